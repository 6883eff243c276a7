"""The embedded PostgreSQL, really started: first and later starts, privacy, and what crashes leave behind."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import psutil
import psycopg
import pytest

from backoffice.kernel.database.data_folder import DataFolderInUse, PasswordMissing
from backoffice.kernel.database.embedded import BINARIES, EmbeddedServer, ServerDidNotStart

RUN_FOR_EVER = """
import signal, sys
from pathlib import Path
from backoffice.kernel.database.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start()
print(server.process.pid, flush=True)
signal.pause()
"""


@contextlib.contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """A data folder to be made, at a path short enough for a socket, whatever pytest's own folders are called."""
    home = Path(tempfile.mkdtemp(prefix="backoffice-"))
    yield home / "data"
    shutil.rmtree(home)


@pytest.fixture
def data() -> Iterator[Path]:
    with folder_of_its_own() as folder:
        yield folder


@contextlib.contextmanager
def started(folder: Path) -> Iterator[EmbeddedServer]:
    made = EmbeddedServer(folder)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def only_server() -> Iterator[EmbeddedServer]:
    with folder_of_its_own() as folder, started(folder) as made:
        yield made


@pytest.fixture
def server(only_server: EmbeddedServer) -> EmbeddedServer:
    """A running server; tests may do to it what they like, the next one starts it again."""
    if not only_server.is_alive():
        only_server.start()
    return only_server


def run_sql(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as db:
        cursor = db.execute(text.encode())
        return cursor.fetchall() if cursor.description else []


def written(server: EmbeddedServer, *, since: int = 0) -> str:
    return server.folder.log.read_text()[since:]


def test_a_first_start_makes_one_process_and_a_database_that_belongs_to_the_owner_role(server: EmbeddedServer) -> None:
    asked = "SELECT pg_get_userbyid(datdba), datlocprovider, datlocale FROM pg_database WHERE datname = 'backoffice'"
    assert run_sql(server.owner_url, asked) == [("backoffice_owner", "b", "C.UTF-8")]
    with psycopg.connect(server.owner_url) as db:
        assert db.info.server_version // 10000 == 18
    assert server.launch() is server.process


def test_a_server_that_works_is_not_stuck(server: EmbeddedServer) -> None:
    assert not server.is_stuck()


def test_nothing_that_protects_the_data_is_switched_off_and_no_port_is_open(server: EmbeddedServer) -> None:
    names = ["data_checksums", "fsync", "synchronous_commit", "summarize_wal", "listen_addresses", "timezone"]
    shown = [run_sql(server.superuser_url, f"SHOW {name}")[0][0] for name in names]
    assert shown == ["on", "on", "on", "on", "", "UTC"]


def test_a_second_start_keeps_the_data_and_the_passwords(server: EmbeddedServer) -> None:
    run_sql(server.owner_url, "CREATE TABLE kept_over_a_stop AS SELECT 7 AS value")
    url = server.owner_url
    server.stop()

    server.start()

    assert run_sql(url, "SELECT value FROM kept_over_a_stop") == [(7,)]


@pytest.mark.parametrize("role", ["postgres", "backoffice_owner", "backoffice_app"])
def test_no_role_gets_in_without_its_password(server: EmbeddedServer, role: str) -> None:
    host = f"host={server.folder.socket_folder} dbname=backoffice user={role}"

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host, password="wrong")
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host, passfile=os.devnull)


def test_socket_secrets_logs_and_cluster_are_private(server: EmbeddedServer) -> None:
    folder = server.folder

    private = [folder.socket_folder, folder.root / "secrets", folder.log.parent, folder.cluster]
    assert [path.stat().st_mode & 0o777 for path in private] == [0o700] * 4
    assert folder.socket_folder.stat().st_uid == folder.cluster.stat().st_uid != 0
    assert {path.stat().st_mode & 0o777 for path in (folder.root / "secrets").iterdir()} == {0o600}
    assert not list(folder.root.glob("postgres.new"))


def test_a_socket_folder_moves_out_of_a_path_that_is_too_long(data: Path) -> None:
    with started(data / ("a" * 60) / ("b" * 60)) as deep:
        folder = deep.folder.socket_folder
        assert not folder.is_relative_to(data)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert str(folder) in unquote(deep.app_url)
        assert run_sql(deep.app_url, "SELECT 1") == [(1,)]
    folder.rmdir()


def test_the_application_role_owns_nothing_and_can_make_nothing(server: EmbeddedServer) -> None:
    owned = "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = 'backoffice_app'::regrole"
    assert run_sql(server.superuser_url, owned) == [(0,)]
    for attempt in ("CREATE TABLE public.mine (id int)", "CREATE SCHEMA mine", "CREATE TEMP TABLE mine (id int)"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run_sql(server.app_url, attempt)


def test_the_application_role_waits_for_nothing_for_ever(server: EmbeddedServer) -> None:
    names = ["search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
    shown = [run_sql(server.app_url, f"SHOW {name}")[0][0] for name in names]
    assert shown == ["public, procrastinate", "30s", "10s", "1min"]


def test_roles_that_were_changed_by_hand_are_put_right_at_the_next_start(server: EmbeddedServer) -> None:
    run_sql(server.superuser_url, "ALTER ROLE backoffice_app PASSWORD 'other'")
    run_sql(server.superuser_url, "ALTER ROLE backoffice_app RESET ALL")

    server.stop()
    server.start()
    assert run_sql(server.app_url, "SHOW statement_timeout") == [("30s",)]


def test_a_killed_server_starts_again_with_everything_that_was_committed(server: EmbeddedServer) -> None:
    run_sql(server.owner_url, "CREATE TABLE kept_over_a_kill AS SELECT 7 AS value")
    server.process.kill()
    server.process.wait()

    server.start()

    assert run_sql(server.owner_url, "SELECT value FROM kept_over_a_kill") == [(7,)]
    assert "automatic recovery in progress" in written(server)


def test_a_query_that_outlives_its_killed_server_does_not_keep_the_next_one_out(server: EmbeddedServer) -> None:
    busy = psycopg.connect(server.owner_url)
    backend = psutil.Process(busy.info.backend_pid)
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b")
    busy.pgconn.flush()
    counting = f"SELECT 1 FROM pg_stat_activity WHERE pid = {backend.pid} AND state = 'active'"
    while not run_sql(server.superuser_url, counting):
        assert backend.is_running()
    server.process.kill()
    server.process.wait()
    assert backend.status() != psutil.STATUS_ZOMBIE  # busy counting, it has not noticed

    server.start()
    busy.close()

    assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
    assert run_sql(server.owner_url, "SELECT 1") == [(1,)]


def test_an_orphaned_server_is_shut_down_cleanly_and_replaced(server: EmbeddedServer) -> None:
    server.stop()
    mark = len(written(server))
    owner = server.folder.cluster.stat().st_uid
    orphan = subprocess.Popen(
        [BINARIES / "postgres", "-D", server.folder.cluster, "-h", "", "-k", server.folder.socket_folder],
        user=owner if os.geteuid() == 0 else None,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    with orphan:
        while "ready" not in "".join(server._pid_file()[7:]):
            assert orphan.poll() is None
        server.start()
        assert orphan.wait() == 0

    assert run_sql(server.app_url, "SELECT 1") == [(1,)]
    assert "not properly shut down" not in written(server, since=mark)


def test_killing_whoever_runs_the_server_costs_no_crash_recovery(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN_FOR_EVER, data], stdout=subprocess.PIPE) as runner:
        assert runner.stdout is not None
        assert int(runner.stdout.readline()) > 0
        runner.kill()

    with started(data) as again:
        assert run_sql(again.app_url, "SELECT 1") == [(1,)]
        assert "not properly shut down" not in written(again)


def test_a_kill_in_the_middle_of_the_first_start_leaves_nothing_half_made(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN_FOR_EVER, data]) as runner:
        while not (data / "postgres.new" / "cluster" / "base").exists():
            assert runner.poll() is None
        runner.kill()
    assert not (data / "postgres").exists()

    with started(data) as again:
        assert run_sql(again.app_url, "SELECT 1") == [(1,)]
        assert not (data / "postgres.new").exists()


def test_a_second_server_on_one_data_folder_is_refused_until_the_first_stops(server: EmbeddedServer) -> None:
    folder = server.folder.root
    with pytest.raises(DataFolderInUse, match=f"^The data folder {folder} is in use: backoffice already runs on it.$"):
        EmbeddedServer(folder).start()
    assert run_sql(server.app_url, "SELECT 1") == [(1,)]

    server.stop()
    with started(folder) as second:
        assert run_sql(second.app_url, "SELECT 1") == [(1,)]


def test_a_process_id_file_that_names_a_stranger_does_not_keep_the_server_down(server: EmbeddedServer) -> None:
    server.process.kill()
    server.process.wait()
    stale = server.folder.cluster / "postmaster.pid"
    stale.write_text(stale.read_text().replace(str(server.process.pid), str(os.getpid()), 1))

    server.start()

    assert run_sql(server.app_url, "SELECT 1") == [(1,)]


def test_a_cluster_of_another_version_is_said_in_one_sentence(server: EmbeddedServer) -> None:
    server.stop()
    version = server.folder.cluster / "PG_VERSION"
    version.write_text("17\n")

    with pytest.raises(ServerDidNotStart, match=r"did not start: database files are incompatible with server$"):
        server.start()

    assert not server.is_alive()
    assert not server.folder.claimed
    version.write_text("18\n")


def test_urls_of_a_folder_that_was_never_started_say_so(data: Path) -> None:
    never = EmbeddedServer(data)
    with pytest.raises(PasswordMissing):
        _ = never.app_url
    with pytest.raises(ServerDidNotStart):
        _ = never.process
    assert not data.exists()


def test_what_people_entered_is_not_in_the_log(server: EmbeddedServer) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as db:
        db.execute("CREATE TABLE person (email text CONSTRAINT one_person_per_email PRIMARY KEY)")
        for _ in range(2):
            with contextlib.suppress(psycopg.errors.UniqueViolation):
                db.execute("INSERT INTO person VALUES (%s)", ["asha@example.com"])
                db.execute("INSERT INTO person VALUES ('ravi@example.com')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            db.execute("SELECT 'x'::text::int, 'ravi@example.com'")

    assert "one_person_per_email" in written(server)
    assert "asha" not in written(server)
    assert "ravi" not in written(server)


def test_stopping_is_clean_and_may_be_repeated(server: EmbeddedServer) -> None:
    with psycopg.connect(server.app_url):  # somebody who stays connected does not hold it up
        server.stop()
    server.stop()

    assert server.process.returncode == 0
    assert not server.is_alive()
    assert not (server.folder.cluster / "postmaster.pid").exists()
