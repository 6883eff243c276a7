"""`backoffice import shield`: the command, against a real database."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backoffice.cli import app
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.encryption.keyring import new_key
from backoffice.speaking import Refused
from tests.conftest import superuser


@pytest.fixture
def environment(clean: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> EmbeddedServer:
    monkeypatch.setenv("DATABASE_URL", clean.app_url)
    monkeypatch.setenv("TOKEN_SECRET", "a secret of the tests, long enough to sign")
    monkeypatch.setenv("ENCRYPTION_KEYS", new_key())
    return clean


def write(folder: Path) -> Path:
    file = folder / "members.jsonl"
    right = {"email": "ada@example.com", "profile": {"first_name": "Ada", "last_name": "Lovelace"}}
    file.write_text(json.dumps(right) + "\n" + json.dumps({**right, "email": "nobody"}) + "\n")
    return file


def count(server: EmbeddedServer) -> int:
    with superuser(server) as connection:
        row = connection.execute("SELECT count(*) FROM shield.member").fetchone()
    return int(row[0]) if row else 0


def test_a_file_with_a_refused_line_imports_nothing(environment: EmbeddedServer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["import", "shield", str(write(tmp_path)), "--data", str(tmp_path / "var")])

    assert isinstance(result.exception, Refused)
    assert "line 2: email: must be an e-mail address" in result.output
    assert count(environment) == 0


def test_members_come_with_their_dates_as_their_platform_sends_them(
    environment: EmbeddedServer, tmp_path: Path
) -> None:
    file = tmp_path / "members.jsonl"
    profile = {"first_name": "Ada", "last_name": "Lovelace", "date_of_birth": "1990-05-15"}
    dates = {"signup_date": "2024-01-15T10:30:00Z", "last_activity": "2024-03-20T14:22:00Z"}
    file.write_text(json.dumps({"email": "ada@example.com", "profile": profile, **dates}))

    result = CliRunner().invoke(app, ["import", "shield", str(file), "--data", str(tmp_path / "var")])

    assert (result.exit_code, count(environment)) == (0, 1), result.output


def test_refused_lines_are_skipped_on_demand(environment: EmbeddedServer, tmp_path: Path) -> None:
    sent = ["import", "shield", str(write(tmp_path)), "--skip-refused", "--data", str(tmp_path / "var")]

    result = CliRunner().invoke(app, sent)

    assert (result.exit_code, count(environment)) == (0, 1), result.output
    assert "1 members imported, 1 lines refused." in result.output
