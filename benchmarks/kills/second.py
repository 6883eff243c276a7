"""A second API and a second worker beside a run, as another machine would have them, with the environment of the run's.

python -m benchmarks.kills.second        keeps both alive, like a run does; the environment says where it listens
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.kernel.process import Child, Process, Supervisor, spawn
from benchmarks.kills import victims
from benchmarks.kills.desk import STARTS_WITHIN, STOPS_WITHIN, Desk, free_port, listens, log_file, wait_until
from benchmarks.kills.victims import Role


@contextmanager
def running_second(desk: Desk) -> Iterator[None]:
    """Start both, wait until they serve, and tell the desk of them."""
    port = free_port()
    (first,) = victims.alive(desk, Role.API)
    environment = {**first.environ(), "PORT": str(port)}
    environment.pop("METRICS_PORT", None)
    with log_file(desk.data).open("ab") as log:
        keeper = spawn([sys.executable, "-m", "benchmarks.kills.second"], stdout=log, stderr=log, env=environment)
    try:
        wait_until(lambda: listens(port) or keeper.poll() is not None, within=STARTS_WITHIN, desk=desk)
        desk.beside.append(keeper)
        desk.ports.append(port)
        yield
    finally:
        keeper.terminate()
        keeper.wait(STOPS_WITHIN)


def _kept(name: str) -> Child:
    def start() -> Process:
        return spawn([sys.executable, "-m", "backoffice", name])

    return Child(name, start)


if __name__ == "__main__":
    Supervisor([_kept("serve"), _kept("worker")]).run()
