"""A house that was begun: one first start for all tests that need only its data folder, each of which gets a copy.

It was cut twice before it came to its end: while PostgreSQL started, and between two demos.
"""

import fcntl
import json
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.kills.shield.play import SHIELD
from tests.cli.commands import RUNS, Run, processes_of

LOADS = "Loading the demo of {} (once)"
SAID = "said.json"


@dataclass(frozen=True)
class Life:
    """What a run said until it met Ctrl-C, its exit code, and what was left running of it."""

    said: str
    code: int
    left_running: list[str]
    port: int


@dataclass(frozen=True)
class Begun:
    """The data folder as the first start left it, and the three lives that this took."""

    data: Path
    cut_early: Life
    cut_between: Life
    whole: Life

    def copy(self, to: Path) -> Path:
        """A data folder of its own. Its owners stay who they are."""
        subprocess.run(["cp", "-a", self.data, to], check=True)
        return to


def begun_in(folder: Path) -> Begun:
    """Whoever comes first begins it; who comes meanwhile waits.

    The demo's own payouts wait as long as shield's storm of kills says: it waits for them, too.
    """
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said, data = folder / SAID, folder / "var"
        if not said.exists():
            lives = [_life(data, until) for until in (_postgres_starts, _the_second_demo_is_loaded, _it_runs)]
            said.write_text(json.dumps([asdict(one) for one in lives]))
        return Begun(data, *(Life(**one) for one in json.loads(said.read_text())))


def _life(data: Path, until: Callable[[Run], bool]) -> Life:
    with Run(data, settings=SHIELD.settings) as run:
        run.wait_until(lambda: until(run) or has_died(run), until.__name__)
        assert not has_died(run), run.said()
        return ended(run)


def has_died(run: Run) -> bool:
    return run.process.poll() is not None


def ended(run: Run) -> Life:
    """By Ctrl-C."""
    code, said = run.stop()
    return Life(said, code, processes_of(run.data), run.port)


def _postgres_starts(run: Run) -> bool:
    return (run.data / "postgres" / "postmaster.pid").exists()


def _the_second_demo_is_loaded(run: Run) -> bool:
    return LOADS.format("shield") in run.said()


def _it_runs(run: Run) -> bool:
    """It serves once it has said so: nobody is told an address where nobody answers yet."""
    has_told = RUNS in run.said()
    assert not has_told or run.is_ready()
    return has_told
