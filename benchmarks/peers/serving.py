"""A peer as a process: an environment of its own below the load runs' data, and as many processes as we have.

What it is made of stands in its requirements.txt, by hash; the product's own environment knows none of it.
"""

import shutil
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ground import HOST, Ground, claim, console, free_port

FOLDER = Path(__file__).parent
THREADS = 8
"""As many as connections of a load: each of them has its own to PostgreSQL and keeps it."""


@contextmanager
def served(ground: Ground, data: Path, *, peer: str) -> Iterator[int]:
    """The port on which the peer answers from the ground's database, with the ground's tokens."""
    python, port = _ensure_environment(data, peer), free_port()
    command = [
        f"benchmarks.peers.{peer}.wsgi",
        f"--bind={HOST}:{port}",
        f"--workers={ground.settings.workers}",
        "--worker-class=gthread",
        f"--threads={THREADS}",
        "--keep-alive=75",
        "--no-control-socket",
    ]
    with ground.serving("gunicorn", *command, port=port, python=python):
        yield port


def _ensure_environment(data: Path, peer: str) -> Path:
    """Its Python; a new one where there is none, or its requirements changed. CalledProcessError: not to be had."""
    folder = (data / "peers" / peer).absolute()
    wanted, made_of = FOLDER / peer / "requirements.txt", folder / "made-of.txt"
    python = folder / "bin" / "python"
    claim(folder)
    if not made_of.exists() or made_of.read_bytes() != wanted.read_bytes():
        shutil.rmtree(folder)
        claim(folder)
        with console.status(f"installing what {peer} needs"):
            venv.create(folder, with_pip=True)
            pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "install"]
            subprocess.run([*pip, "--no-deps", "--require-hashes", "--requirement", wanted], check=True)
        made_of.write_bytes(wanted.read_bytes())
    return python
