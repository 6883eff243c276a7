"""The supervisor as a process of its own, with real children: restarts, waits, and an end that leaves nobody behind."""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

PREAMBLE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from backoffice.kernel.process import Child, Supervisor, spawn, supervisor

home = Path(sys.argv[1])

BEGINNING = "import os, signal, subprocess, sys, time; print(os.getpid(), file=open(%r, 'a'), flush=True)"

def child(name, code, **options):
    # Writes its process id into a file of its name, once per life, and then runs `code`.
    text = BEGINNING % str(home / name) + "\\n" + code
    return Child(name, lambda: spawn([sys.executable, "-c", text]), **options)
"""

Run = Callable[[str], "Supervised"]


class Supervised:
    """A running supervisor, the folder its children write to, and what it has logged."""

    def __init__(self, home: Path, script: str) -> None:
        self.home = home
        self.log = home / "log"
        command = [sys.executable, "-c", PREAMBLE + textwrap.dedent(script), str(home)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def lives(self, name: str) -> list[int]:
        """The process ids that wrote themselves down under this name, oldest first."""
        path = self.home / name
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def life(self, name: str, number: int) -> int:
        """The process id of the given life, waited for."""
        eventually(lambda: len(self.lives(name)) >= number, self)
        return self.lives(name)[number - 1]

    def restarts(self) -> list[str]:
        lines = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text()).splitlines()
        return [line for line in lines if "child_restarts" in line]

    def waits(self) -> list[float]:
        return [float(found[1]) for line in self.restarts() if (found := re.search(r"wait=([\d.]+)", line))]


def eventually(holds: Callable[[], bool], supervised: Supervised) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, supervised.log.read_text()
        with contextlib.suppress(subprocess.TimeoutExpired):
            supervised.process.wait(0.01)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def run() -> Iterator[Run]:
    homes: list[Path] = []
    running: list[Supervised] = []

    def start(script: str) -> Supervised:
        homes.append(Path(tempfile.mkdtemp(prefix="backoffice-")))
        running.append(Supervised(homes[-1], script))
        return running[-1]

    yield start
    for supervised in running:
        supervised.process.terminate()
        supervised.process.wait(20)
    for home in homes:
        shutil.rmtree(home)


def test_a_killed_child_is_started_again_and_the_log_says_so_in_one_line(run: Run) -> None:
    one = run("Supervisor([child('api', 'time.sleep(99)'), child('worker', 'time.sleep(99)')]).run()")
    worker = one.life("worker", 1)
    psutil.Process(one.life("api", 1)).kill()

    assert one.life("api", 2) != one.life("api", 1)
    assert one.lives("worker") == [worker]
    assert not is_gone(worker)
    assert len(one.restarts()) == 1
    assert all(fact in one.restarts()[0] for fact in ("child=api", "exit_code=-9", "wait=0.2"))


def test_a_child_that_keeps_dying_waits_twice_as_long_each_time_up_to_a_limit(run: Run) -> None:
    one = run("""
        supervisor.LONGEST_WAIT = 0.5
        Supervisor([child("api", "sys.exit(3)")]).run()
    """)

    eventually(lambda: len(one.waits()) >= 4, one)
    assert one.waits()[:4] == [0.2, 0.4, 0.5, 0.5]
    assert "exit_code=3" in one.restarts()[0]


def test_a_child_that_lived_long_enough_starts_over_with_the_short_wait(run: Run) -> None:
    one = run("""
        supervisor.STEADY_AFTER = 0.2
        Supervisor([child("api", "time.sleep(0.3)")]).run()
    """)

    eventually(lambda: len(one.waits()) >= 3, one)
    assert one.waits()[:3] == [0.2, 0.2, 0.2]


def test_a_child_that_lives_but_will_never_work_again_is_killed_and_started_anew(run: Run) -> None:
    one = run("""
        supervisor.ASK_EVERY, supervisor.STUCK_AFTER = 0.05, 0.2
        stuck = Child("api", child("api", "time.sleep(99)").start, is_stuck=lambda: True)
        well = Child("worker", child("worker", "time.sleep(99)").start, is_stuck=lambda: False)
        Supervisor([stuck, well]).run()
    """)

    assert one.life("api", 2) != one.life("api", 1)
    assert "exit_code=-9" in one.restarts()[0]
    assert "child_stuck" in one.log.read_text()
    assert len(one.lives("worker")) == 1


def test_what_a_killed_child_leaves_behind_is_killed_before_its_next_life(run: Run) -> None:
    one = run("""
        stubborn = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(99)"
        code = f"left = subprocess.Popen([sys.executable, '-c', {stubborn!r}]).pid;"
        code += f"print(left, file=open('{home}/left', 'a'), flush=True)"
        Supervisor([child("api", code + "; time.sleep(99)", grace=1)]).run()
    """)
    left = one.life("left", 1)
    psutil.Process(one.life("api", 1)).kill()

    one.life("api", 2)
    eventually(lambda: is_gone(left), one)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_children_the_last_one_first_and_leaves_no_process(run: Run, how: signal.Signals) -> None:
    one = run("""
        stop = "signal.signal(15, lambda *_: (open('%s/order', 'a').write('%d\\\\n'), sys.exit()));"
        Supervisor([
            child(name, stop % (home, number) + f"open('{home}/ready', 'a').write('1\\\\n'); time.sleep(99)")
            for number, name in enumerate(["database", "api", "worker"])
        ]).run()
        print("all stopped")
    """)
    eventually(lambda: len(one.lives("ready")) == 3, one)
    one.process.send_signal(how)

    assert one.process.wait(10) == 0
    assert one.lives("order") == [2, 1, 0]
    assert all(is_gone(one.life(name, 1)) for name in ("database", "api", "worker"))
    assert one.log.read_text() == "all stopped\n"


def test_a_child_that_will_not_stop_is_killed_after_its_grace_time(run: Run) -> None:
    one = run("""
        stubborn = f"signal.signal(15, signal.SIG_IGN); open('{home}/ready', 'a').write('1'); time.sleep(99)"
        Supervisor([child("api", stubborn, grace=0.3)]).run()
    """)
    one.life("ready", 1)
    one.process.terminate()

    assert one.process.wait(10) == 0
    assert is_gone(one.life("api", 1))
    assert "child_killed" in one.log.read_text()


def test_children_die_with_a_supervisor_that_is_killed(run: Run) -> None:
    one = run("Supervisor([child('api', 'time.sleep(99)'), child('worker', 'time.sleep(99)')]).run()")
    children = [one.life("api", 1), one.life("worker", 1)]
    one.process.kill()

    eventually(lambda: all(map(is_gone, children)), one)


def test_a_first_start_that_fails_stops_what_was_started_and_is_raised(run: Run) -> None:
    one = run("""
        def broken():
            while not ((home / "api").exists() and (home / "api").read_text()):
                time.sleep(0.01)
            raise OSError("no such program")
        Supervisor([child("api", "time.sleep(99)"), Child("worker", broken)]).run()
    """)

    assert one.process.wait(10) == 1
    assert is_gone(one.life("api", 1))
    assert "OSError: no such program" in one.log.read_text()


def test_a_restart_that_fails_is_tried_again(run: Run) -> None:
    one = run("""
        first = child("api", "time.sleep(0.1)")
        lives = iter([first.start, lambda: 1 / 0, first.start])
        Supervisor([Child("api", lambda: next(lives)())]).run()
    """)

    one.life("api", 2)
    assert "reason='division by zero'" in one.restarts()[1]
    assert one.waits()[:2] == [0.2, 0.4]


def test_a_killed_database_comes_back_while_the_others_keep_running_and_ctrl_c_shuts_it_down_cleanly(run: Run) -> None:
    one = run("""
        from backoffice.kernel.database.embedded import EmbeddedServer
        server = EmbeddedServer(home / "data")
        server.start()
        (home / "url").write_text(server.app_url)
        database = Child("postgresql", server.launch, stop_signal=signal.SIGINT)
        Supervisor([database, child("api", "time.sleep(99)")]).run()
        server.stop()
    """)
    api = one.life("api", 1)
    pid_file = one.home / "data" / "postgres" / "postmaster.pid"
    killed = int(pid_file.read_text().split()[0])
    psutil.Process(killed).kill()

    eventually(lambda: answers((one.home / "url").read_text()), one)
    database = int(pid_file.read_text().split()[0])
    assert database != killed
    assert one.lives("api") == [api]
    assert not is_gone(api)

    one.process.send_signal(signal.SIGINT)
    assert one.process.wait(10) == 0
    assert is_gone(database)
    assert is_gone(api)
    assert not pid_file.exists()


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as db:
            return db.execute("SELECT pg_postmaster_start_time() > now() - interval '1 minute'").fetchone() == (True,)
    except psycopg.OperationalError:
        return False
