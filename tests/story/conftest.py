"""The house of the stories: one first start for all of them, copied for each."""

import fcntl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kills.desk import running_desk
from benchmarks.kills.shield.play import SHIELD


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The data folder of a house that started once and was stopped; whichever worker comes first makes it.

    The demo's own payouts wait as long as these settings say: a storm that waits for all payouts waits for them too.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "begun"
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "is-made").exists():
            with running_desk(folder / "var", **SHIELD.settings):
                pass
            (folder / "is-made").touch()
    return folder / "var"


@pytest.fixture(scope="module")
def moved_in(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`moved_in("story")`: a data folder of its own, as the first start left it. Its owners stay who they are."""

    def copied(name: str) -> Path:
        data = tmp_path_factory.mktemp(name) / "var"
        subprocess.run(["cp", "-a", begun, data], check=True)
        return data

    return copied
