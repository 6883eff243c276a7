"""An interlude between the children of a supervisor: who rests stays away, who goes on is started again."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = """
import os, sys
from pathlib import Path
from backoffice.kernel.process import Child, Supervisor, spawn

home = Path(sys.argv[1])
LIVE = "import os, sys, time; print(os.getpid(), file=open(sys.argv[1], 'a'), flush=True); time.sleep(99)"

def child(name):
    return Child(name, lambda: spawn([sys.executable, "-c", LIVE, str(home / name)]))

class Word:
    '''Does what is written in the file `word`, and says so by deleting it.'''
    def look(self, supervisor):
        word = home / "word"
        if word.exists() and (said := word.read_text()):
            supervisor.rest("worker") if said == "rest" else supervisor.go_on()
            word.unlink()
    def stop(self):
        (home / "stopped").touch()

Supervisor([child("api"), child("worker")], interlude=Word()).run()
"""


class Supervised:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(home)], stderr=subprocess.DEVNULL)

    def say(self, word: str) -> None:
        """Returns once it is done."""
        draft = self.home / "draft"
        draft.write_text(word)
        draft.rename(self.home / "word")
        self.wait_until(not_there=self.home / "word")

    def lives(self, name: str, *, at_least: int) -> list[int]:
        deadline = time.monotonic() + 60
        while len(found := self._written(name)) < at_least:
            assert time.monotonic() < deadline
            self._breathe()
        return found

    def wait_until(self, *, not_there: Path) -> None:
        deadline = time.monotonic() + 60
        while not_there.exists():
            assert time.monotonic() < deadline
            self._breathe()

    def _written(self, name: str) -> list[int]:
        file = self.home / name
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    def _breathe(self) -> None:
        try:
            self.process.wait(0.02)
        except subprocess.TimeoutExpired:
            return


@pytest.fixture
def supervised() -> Iterator[Supervised]:
    home = Path(tempfile.mkdtemp(prefix="backoffice-"))
    one = Supervised(home)
    yield one
    one.process.terminate()
    one.process.wait(20)
    shutil.rmtree(home)


def test_who_rests_stays_away_until_it_goes_on_and_nobody_else_notices(supervised: Supervised) -> None:
    (worker,) = supervised.lives("worker", at_least=1)
    (api,) = supervised.lives("api", at_least=1)

    supervised.say("rest")
    assert not Path(f"/proc/{worker}").exists()
    supervised.say("rest")
    assert supervised.lives("worker", at_least=1) == [worker]

    supervised.say("go on")
    assert len(supervised.lives("worker", at_least=2)) == 2
    assert supervised.lives("api", at_least=1) == [api]


def test_an_interlude_is_told_of_the_end(supervised: Supervised) -> None:
    supervised.lives("worker", at_least=1)

    supervised.process.terminate()

    assert supervised.process.wait(20) == 0
    assert (supervised.home / "stopped").exists()
