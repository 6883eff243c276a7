"""Secrets from files: every secret has a NAME_FILE, and what is wrong with it is one sentence that shows no secret."""

import json
import re
from pathlib import Path
from typing import get_origin

import pytest
from pydantic import SecretStr

from backoffice.configuration import (
    ConfigurationMissing,
    ensure_secrets,
    environment_of,
    environment_settings,
    settings_for,
)
from backoffice.kernel.encryption.keyring import new_key
from backoffice.secret_files import LARGEST_BYTES, secret_names
from backoffice.settings import Settings
from tests.house.test_settings import PAGE

TOKEN = "a secret that is long enough to sign tokens"
GIVEN = {"DATABASE_URL": "postgresql://localhost/x", "ENCRYPTION_KEYS": new_key()}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment and a folder that say nothing but what a start needs beside TOKEN_SECRET."""
    monkeypatch.chdir(tmp_path)
    for name in secret_names(Settings):
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)


def refusal() -> str:
    with pytest.raises(ConfigurationMissing) as refused:
        environment_settings()
    said = str(refused.value).removeprefix("Settings are missing or wrong: ")
    assert TOKEN not in said
    return said


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_comes_from_its_file_without_the_end_of_its_line(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    Path("token").write_bytes((TOKEN + end).encode())
    monkeypatch.setenv("TOKEN_SECRET_FILE", "token")

    assert environment_settings().token_secret.get_secret_value() == TOKEN


def fitting(name: str) -> str:
    """What such a secret may be."""
    if "database" in name:
        one = f"postgresql://{name}"
        return json.dumps([one]) if is_list(name) else one
    return {"redis_url": "redis://cache/1", "notify_url": "mailto://host", "encryption_keys": new_key()}.get(
        name, TOKEN
    )


def is_list(name: str) -> bool:
    return get_origin(Settings.model_fields[name].annotation) is list


def plain(value: SecretStr | list[SecretStr]) -> str:
    return (
        json.dumps([one.get_secret_value() for one in value]) if isinstance(value, list) else value.get_secret_value()
    )


def test_every_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    written = {name: fitting(name) for name in secret_names(Settings)}
    for name, secret in written.items():
        monkeypatch.delenv(name.upper(), raising=False)
        Path(name).write_text(secret + "\n")
        monkeypatch.setenv(f"{name.upper()}_FILE", name)
    monkeypatch.setenv("RAZORPAY_KEY_ID", "rzp")

    settings = environment_settings()

    assert {name: plain(getattr(settings, name)) for name in written} == written


def test_the_page_marks_as_secret_what_may_lie_in_a_file() -> None:
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \|[^|]*\*secret\*", PAGE, re.MULTILINE)

    assert sorted(rows) == sorted(name.upper() for name in secret_names(Settings))


def test_a_secret_given_twice_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text(TOKEN)
    monkeypatch.setenv("TOKEN_SECRET_FILE", "token")
    monkeypatch.setenv("TOKEN_SECRET", TOKEN)

    assert refusal() == "TOKEN_SECRET and TOKEN_SECRET_FILE are both given: which one is meant?."


def test_the_environment_counts_before_the_file_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("TOKEN_SECRET_FILE=nowhere\n")
    monkeypatch.setenv("TOKEN_SECRET", TOKEN)
    assert environment_settings().token_secret.get_secret_value() == TOKEN

    monkeypatch.delenv("TOKEN_SECRET")
    Path(".env").write_text(f"TOKEN_SECRET={'x' * 40}\n")
    Path("token").write_text(TOKEN)
    monkeypatch.setenv("TOKEN_SECRET_FILE", "token")
    assert environment_settings().token_secret.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (None, "can't be read (No such file or directory)"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe" + b"x" * 40, "is no text in UTF-8"),
        (b"x" * (LARGEST_BYTES + 1), "is too large for a secret"),
    ],
)
def test_a_file_that_holds_no_secret_is_named(monkeypatch: pytest.MonkeyPatch, raw: bytes | None, why: str) -> None:
    if raw is not None:
        Path("token").write_bytes(raw)
    monkeypatch.setenv("TOKEN_SECRET_FILE", "token")

    assert refusal() == f"TOKEN_SECRET_FILE: token {why}."


def test_a_folder_is_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOKEN_SECRET_FILE", str(tmp_path))

    assert refusal() == f"TOKEN_SECRET_FILE: {tmp_path} can't be read (Is a directory)."


def test_what_is_wrong_with_a_secret_of_a_file_is_said_like_that_of_any(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text("short")
    monkeypatch.setenv("TOKEN_SECRET_FILE", "token")

    assert refusal().startswith("TOKEN_SECRET: ")


def test_a_child_gets_the_secret_and_no_second_mention_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text(TOKEN)
    monkeypatch.setenv("TOKEN_SECRET_FILE", "token")

    handed = environment_of(environment_settings())

    assert handed["TOKEN_SECRET"] == TOKEN
    assert "TOKEN_SECRET_FILE" not in handed


def test_an_address_in_a_file_names_a_database_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    Path("database").write_text("postgresql://elsewhere/x\n")
    monkeypatch.setenv("DATABASE_URL_FILE", "database")
    monkeypatch.setenv("TOKEN_SECRET", TOKEN)

    assert settings_for(Path("data")).database_url.get_secret_value() == "postgresql://elsewhere/x"
    assert not Path("data").exists()


def test_a_file_counts_before_what_a_first_start_made(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("token").write_text(TOKEN)
    monkeypatch.setenv("TOKEN_SECRET_FILE", "token")
    made = ensure_secrets(Path("data"))

    settings = environment_settings(_env_file=(made, ".env"))

    assert settings.token_secret.get_secret_value() == TOKEN
    assert "TOKEN_SECRET=" in made.read_text()
