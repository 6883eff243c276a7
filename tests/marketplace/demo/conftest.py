"""The command line that loads the demo, and who reads it."""

from tests.cli.conftest import command, database_settings
from tests.contract.conftest import marketplace, settings

__all__ = ["command", "database_settings", "marketplace", "settings"]
