"""A secret may lie in a file that NAME_FILE names, as container engines and systemd hand secrets to a process.

    TOKEN_SECRET_FILE=/run/secrets/token_secret

Holds for every setting whose type is SecretStr. The ends of the file's last line are no part of the secret. What stands
in the environment counts before what stands in `.env`; in one of them both NAME and NAME_FILE are a mistake.
"""

import os
from collections.abc import Iterable, Mapping
from json import JSONDecodeError
from pathlib import Path
from typing import Any, get_args

from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource

SUFFIX = "_file"
LARGEST_BYTES = 65_536
"""A path given by mistake, of a log or a device, is not read into memory."""
Given = Mapping[str, str | None]


class SecretFileUnfit(ValueError):
    """The sentence names the setting and its file, never what is in it."""


def secret_names(settings: type[BaseSettings]) -> list[str]:
    return [name for name, field in settings.model_fields.items() if _holds_secret(field.annotation)]


def given_in_environment(name: str) -> str:
    """What NAME or NAME_FILE says, in the environment or in `.env`: whether one is there at all."""
    either = (name, f"{name}{SUFFIX.upper()}")
    stored = dotenv_values(".env")
    return next((said for one in either if (said := os.environ.get(one) or stored.get(one))), "")


class SecretFiles(PydanticBaseSettingsSource):
    """The secrets whose file is what counts: named nowhere else, or last of all places."""

    def __init__(self, settings: type[BaseSettings], dotenv: PydanticBaseSettingsSource) -> None:
        super().__init__(settings)
        named = dotenv.env_file if isinstance(dotenv, DotEnvSettingsSource) else None
        stored: list[Any] = [*named] if isinstance(named, list | tuple) else [named] if named else []
        self._places: list[Given] = [*(dotenv_values(file) for file in stored), dict(os.environ)]

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        file = _file_of(field_name, self._places)
        return self._read(field_name, field, file) if file else None, field_name, False

    def _read(self, name: str, field: FieldInfo, file: str) -> Any:
        """Lists are JSON, as in the environment."""
        try:
            return self.prepare_field_value(name, field, read_secret(name, file), value_is_complex=False)
        except JSONDecodeError:
            raise SecretFileUnfit(f"{name.upper()}_FILE: {file} must hold JSON") from None

    def __call__(self) -> dict[str, Any]:
        names = secret_names(self.settings_cls)
        found = {name: self.get_field_value(self.settings_cls.model_fields[name], name)[0] for name in names}
        return {name: value for name, value in found.items() if value is not None}


def _file_of(name: str, places: Iterable[Given]) -> str | None:
    """The file that the last place to speak of this secret names; None when that gives the secret itself."""
    file = None
    for place in places:
        said = {key.lower(): value for key, value in place.items() if value}
        if name in said and name + SUFFIX in said:
            raise SecretFileUnfit(f"{name.upper()} and {name.upper()}_FILE are both given: which one is meant?")
        if name in said or name + SUFFIX in said:
            file = said.get(name + SUFFIX)
    return file


def read_secret(name: str, file: str) -> str:
    """What is in the file, without the end of its last line. SecretFileUnfit when that is no text, or none at all."""
    what = f"{name.upper()}_FILE: {file}"
    try:
        with Path(file).open("rb") as opened:
            raw = opened.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no path"
        raise SecretFileUnfit(f"{what} can't be read ({why})") from None
    if len(raw) > LARGEST_BYTES:
        raise SecretFileUnfit(f"{what} is too large for a secret")
    try:
        secret = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretFileUnfit(f"{what} is no text in UTF-8") from None
    if not secret.strip():
        raise SecretFileUnfit(f"{what} is empty")
    return secret


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(one) for one in get_args(annotation))
