"""What a command loads before anybody knows which one it is: each of dozens of starts a day waits for it."""

import subprocess
import sys

LOADED = "import sys, backoffice.cli; print(*sys.modules, sep='\\n')"
HEAVY = {"backoffice.kernel.house", "backoffice.kernel.write", "fastapi", "procrastinate", "redis", "joserfc"}


def test_the_command_line_is_there_without_the_house() -> None:
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

    assert HEAVY & set(said.stdout.split()) == set()
