"""`backoffice serve` for real: what it does when its process dies, and what is left when it is killed itself."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.serving import Serving, eventually, is_there


@pytest.fixture
def serving(database_settings: dict[str, str], tmp_path: Path) -> Iterator[Serving]:
    one = Serving(tmp_path, **database_settings)
    yield one
    one.end()


def test_a_process_that_dies_is_replaced_and_none_outlives_a_server_that_is_killed(serving: Serving) -> None:
    first = serving.answering()
    first.kill()
    second = serving.answering(but=frozenset({first.pid}))

    assert serving.process.poll() is None
    below = serving.below()
    os.kill(serving.process.pid, signal.SIGKILL)
    serving.process.wait()

    eventually(lambda: not any(is_there(process) for process in below))
    assert not is_there(second)
    eventually(serving.port_is_free)
