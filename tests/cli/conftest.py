"""A database of one's own in the environment, and a command line to work on it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.settings import Settings
from tests.cli.commands import run_command

Command = Callable[..., subprocess.CompletedProcess[str]]


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
def command(database_settings: dict[str, str], tmp_path: Path) -> Command:
    """`command("staff", "list")` on that installation; more settings as keywords."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run_command(*arguments, folder=tmp_path, **{**database_settings, **more})

    return run
