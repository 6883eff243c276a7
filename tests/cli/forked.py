"""Commands that end soon, each in a process of its own that was forked once the product was loaded: loading takes far
longer than what they do.
"""

import os
import subprocess
import sys
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

from backoffice.__main__ import main
from tests.cli.commands import COMMAND, PATIENCE_SECONDS, environment

LOADED = ["backoffice.cli", "tests.cli.forked"]


def run_forked(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command from start to end, in its folder and its environment."""
    said = folder.parent / f"{folder.name}.said"
    said.mkdir(exist_ok=True)
    process = _context().Process(target=_command, args=(arguments, folder, environment(**settings), said))
    process.start()
    try:
        process.join(PATIENCE_SECONDS)
        assert process.exitcode is not None, arguments
    finally:
        process.kill()
    out, err = ((said / name).read_text() for name in ("out", "err"))
    return subprocess.CompletedProcess([*COMMAND, *arguments], process.exitcode, out, err)


def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def _command(arguments: tuple[str, ...], folder: Path, settings: dict[str, str], said: Path) -> None:
    """As `python -m backoffice` would find the world."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(settings)
    for number, name in ((1, "out"), (2, "err")):
        opened = os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, number)
    sys.argv = [COMMAND[-1], *arguments]
    main()
