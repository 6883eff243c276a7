"""The command line that loads the demo."""

from tests.cli.conftest import command, database_settings

__all__ = ["command", "database_settings"]
