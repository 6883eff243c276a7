"""Where a command finds its settings: the environment, or the data folder of a `backoffice run`.

With DATABASE_URL set, everything comes from the environment and every secret is required. Without it the embedded
server of the data folder is meant, and secrets are generated there once, readable by their owner only.
"""

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.encryption.keyring import KeyRing, new_key
from backoffice.kernel.notify.mail_server import mail_server_of
from backoffice.kernel.sentences import sentence_of
from backoffice.secret_files import SUFFIX, given_in_environment, secret_names
from backoffice.settings import Settings

SECRETS_FILE = "secrets/house.env"


class ConfigurationMissing(Exception):
    """Settings are missing or wrong; the message is one sentence."""


def uses_own_server() -> bool:
    """Whether DATABASE_URL, or a file of it, in the environment or in .env, names a PostgreSQL that is not ours."""
    return bool(given_in_environment("DATABASE_URL"))


def ensure_secrets(data: Path) -> Path:
    """The secrets of a data folder, made on the first start."""
    file = data / SECRETS_FILE
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = {
            "TOKEN_SECRET": secrets.token_urlsafe(48),
            "ENCRYPTION_KEYS": new_key(),
            "WHATSAPP_APP_SECRET": secrets.token_urlsafe(24),
            "WHATSAPP_VERIFY_TOKEN": secrets.token_urlsafe(16),
        }
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.writelines(f"{name}={value}\n" for name, value in made.items())
    return file


def settings_for(data: Path) -> Settings:
    """The settings of a command that may be run beside a `backoffice run` of this data folder."""
    if uses_own_server():
        return environment_settings(data_folder=data)
    server = EmbeddedServer(data)
    app_url, owner_url = SecretStr(server.app_url), SecretStr(server.owner_url)
    return environment_settings(
        _env_file=(ensure_secrets(data), ".env"),
        data_folder=data,
        database_url=app_url,
        database_owner_url=owner_url,
    )


def environment_settings(**given: Any) -> Settings:
    """The settings of the environment, and what is given. ConfigurationMissing names what is not set."""
    try:
        settings = Settings(**given)
        KeyRing(settings.encryption_keys.get_secret_value())
        if address := settings.notify_url.get_secret_value():
            mail_server_of(address)
    except SettingsError as error:
        raise ConfigurationMissing(f"Settings are missing or wrong: {_unreadable(error)}.") from error
    except ValidationError as error:
        problems = "; ".join(": ".join(filter(None, (_name(one), sentence_of(one)))) for one in error.errors())
        raise ConfigurationMissing(f"Settings are missing or wrong: {problems}.") from error
    except ValueError as error:
        raise ConfigurationMissing(f"Settings are missing or wrong: {error}.") from error
    return settings


def _name(problem: Mapping[str, Any]) -> str:
    """Empty where settings don't go together: such a sentence names them itself."""
    return ".".join(map(str, problem["loc"])).upper()


def _unreadable(error: SettingsError) -> str:
    """The lists and tables among the settings are JSON."""
    found = re.search(r'field "(\w+)"', str(error))
    name = found[1] if found else ""
    example = '["https://app.example"]' if name == "cors_origins" else json.dumps(Settings.model_fields[name].default)
    return f"{name.upper()}: must be JSON, as in {example}"


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that hands these settings to a child process, defaults too: its own could say otherwise.

    Secrets that lay in files are handed over as they were read, so their files are not named again.
    """
    in_files = {name + SUFFIX for name in secret_names(Settings)}
    handed = {name: value for name, value in os.environ.items() if name.lower() not in in_files}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if plain is None:
            continue
        handed[name.upper()] = _listed(plain) if isinstance(plain, dict | list) else str(plain)
    return handed


def _listed(plain: object) -> str:
    """As the environment takes a list or a map, whose parts may be secret."""
    return json.dumps(plain, default=SecretStr.get_secret_value)
