"""A cluster that was fetched from a backup and put in place by hand: its start waits until it takes writes."""

import contextlib
import threading
from collections.abc import Iterator

import psycopg
import pytest

from backoffice.kernel.database.embedded import EmbeddedServer, ServerDidNotStart
from tests.kernel.database.test_embedded import folder_of_its_own, run_sql, started


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with folder_of_its_own() as folder, started(folder) as made:
        yield made


def restored(server: EmbeddedServer, settings: str) -> None:
    """What `backoffice backup fetch` leaves: a stopped cluster that is told where to recover to."""
    server.stop()
    (server.folder.cluster / "recovery.signal").touch()
    (server.folder.cluster / "postgresql.auto.conf").write_text(settings)


def test_a_restored_cluster_that_still_replays_its_log_is_waited_for(server: EmbeddedServer) -> None:
    restored(server, "restore_command = 'sleep 0.3; false'\n")

    server.start()

    assert run_sql(server.owner_url, "SELECT pg_is_in_recovery()") == [(False,)]
    assert not (server.folder.cluster / "recovery.signal").exists()


@contextlib.contextmanager
def knocking(server: EmbeddedServer) -> Iterator[None]:
    """Somebody else who wants to connect all the while, and is refused while the server begins or ends."""
    done = threading.Event()

    def knock() -> None:
        while not done.is_set():
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(server.owner_url).close()

    somebody = threading.Thread(target=knock)
    somebody.start()
    try:
        yield
    finally:
        done.set()
        somebody.join()


def test_a_restored_cluster_that_does_not_come_as_far_as_it_should_says_so(server: EmbeddedServer) -> None:
    restored(server, "restore_command = 'sleep 0.2; false'\nrecovery_target_name = 'never'\n")

    with (
        knocking(server),
        pytest.raises(ServerDidNotStart, match="recovery ended before configured recovery target was reached"),
    ):
        server.start()

    assert not server.folder.claimed
