"""An installation with a database of its own, and its command line, called where no process of its own matters."""

import asyncio
import contextlib
import io
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from backoffice import cli
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.settings import Settings
from tests.cli.commands import OURS
from tests.conftest import superuser


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Awaitable[Said]]


@pytest.fixture
def database_settings(settings: Settings, clean: EmbeddedServer) -> dict[str, str]:
    """The environment of an installation with a PostgreSQL of its own: that of the tests."""
    return {
        "DATABASE_URL": clean.app_url,
        "DATABASE_OWNER_URL": clean.owner_url,
        "DATABASE_APP_ROLE": "backoffice_app",
        "TOKEN_SECRET": settings.token_secret.get_secret_value(),
        "ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
    }


@pytest.fixture
def command(database_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """`await command("staff", "list")` on that installation; more settings as keywords."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    async def run(*arguments: str, **more: str) -> Said:
        for name, value in {**database_settings, **more}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["backoffice", *arguments])
        return await asyncio.to_thread(called)

    return run


def called() -> Said:
    """The command line as it was put into sys.argv. It opens a loop of its own, so this needs a thread."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
        except SystemExit as end:
            return Said(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("a command line always ends with an exit code")


@pytest.fixture
def empty_database(server: EmbeddedServer) -> Iterator[dict[str, str]]:
    """The addresses of a database without anything in it."""
    with superuser(server) as connection:
        connection.execute("CREATE DATABASE fresh OWNER backoffice_owner")
    yield {
        "DATABASE_URL": make_conninfo(server.app_url, dbname="fresh"),
        "DATABASE_OWNER_URL": make_conninfo(server.owner_url, dbname="fresh"),
    }
    with superuser(server) as connection:
        connection.execute("DROP DATABASE fresh WITH (FORCE)")
