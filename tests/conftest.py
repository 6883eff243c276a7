"""The real parts every test stands on: one PostgreSQL a process, a clean database a test, the real application."""

import asyncio
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from pydantic import SecretStr

from backoffice.application import front
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.encryption.keyring import new_key
from backoffice.kernel.house import House
from backoffice.kernel.identity import passwords
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.begun import Begun, begun_in
from tests.connections import Kept
from tests.making import Make
from tests.waits import Waits

PASSWORD = "Secret123!"
MEMORY, ROOM_IN_MEMORY = Path("/dev/shm"), 4 << 30  # noqa: S108 - folders of their own are made there; free bytes
HERE = Path(__file__).parent
HOMES = "TESTS_HOMES"
CLEAN = Path(__file__).with_name("clean.sql").read_text()
LONGEST = (
    "cli/test_run.py",
    "benchmarks/",
    "walls/test_jobs.py",
    "contract/test_schemathesis.py",
    "shield/payout/test_walk.py",
    "marketplace/bulk/test_users.py",
    "story/",
    "cli/",
    "demo/",
)
"""What takes longest is begun first, so that no worker is left alone with it at the end. The stories want the house
that cli/test_run.py begins: later, they need not wait for it.
"""

for interrupted in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(interrupted) is signal.SIG_IGN:
        # Begun in the background, where a shell makes signals ignored; what tests start would ignore them as well.
        signal.signal(interrupted, signal.default_int_handler)

hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.register_profile("long", hypothesis.settings.get_profile("house"))
"""`--hypothesis-profile=long` takes the walks of payouts and of refunds, and requests made up, further."""
hypothesis.settings.load_profile("house")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: what starts servers waits for a good part of its time."""
    return (os.cpu_count() or 1) + 2


def pytest_configure(config: pytest.Config) -> None:
    """Houses live in one folder for all workers, and not below pytest's, as the server below."""
    if not hasattr(config, "workerinput"):
        os.environ[HOMES] = tempfile.mkdtemp(prefix="backoffice-homes-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[HOMES])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(HERE).as_posix()
        return next((place for place, start in enumerate(LONGEST) if path.startswith(start)), len(LONGEST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What was loaded stays: the collector need not look at it again and again, as in a server process."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session")
def begun() -> Begun:
    """The house that was begun once for the tests of all workers."""
    return begun_in(Path(os.environ[HOMES]))


@pytest.fixture(scope="module")
def moved_in(begun: Begun) -> Callable[[str], Path]:
    """`moved_in("story")`: a data folder of its own, as the first start left it."""
    return lambda name: begun.copy(Path(tempfile.mkdtemp(prefix=name, dir=os.environ[HOMES])) / "var")


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """PostgreSQL, migrated. It may lose data in a crash, which makes writing cheap; in memory it is cheaper still.

    Its folder is not below pytest's: another session of root closes that one to the server's user.
    """
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_IN_MEMORY
    with tempfile.TemporaryDirectory(prefix="backoffice-tests-", dir=MEMORY if has_room else None) as folder:
        yield from _migrated(EmbeddedServer(Path(folder)))


def _migrated(running: EmbeddedServer) -> Iterator[EmbeddedServer]:
    running.start()
    migrate(running.owner_url, app_role="backoffice_app")
    with superuser(running) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(CLEAN)
    yield running
    Kept.close_all()
    running.stop()


def superuser(server: EmbeddedServer) -> psycopg.Connection[tuple[Any, ...]]:
    """In the product's database, past all its walls."""
    return psycopg.connect(psycopg.conninfo.make_conninfo(server.superuser_url, dbname="backoffice"), autocommit=True)


def look_at_rows(server: EmbeddedServer) -> None:
    """Plan from now on for the rows that are there, not for those of the tests before."""
    with superuser(server) as connection:
        connection.execute("ANALYZE")


def forget_rows(server: EmbeddedServer, table: str) -> None:
    """Plan for this table as for a new one, whatever the tests before had in it."""
    schema, name = table.split(".")
    with superuser(server) as connection:
        connection.execute(SQL("VACUUM FULL {}").format(Identifier(schema, name)))
        connection.execute("SET allow_system_table_mods = on")
        connection.execute("SELECT pg_clear_relation_stats(%s, %s)", [schema, name])
        connection.execute(
            """
            DELETE FROM pg_statistic
             WHERE starelid = %(table)s::regclass
                OR starelid IN (SELECT indexrelid FROM pg_index WHERE indrelid = %(table)s::regclass)
            """,
            {"table": table},
        )


class Sweeper:
    """Puts everything back as the migrations left it. One connection for all tests: by now it knows every table."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.connection = self._connect()

    def __call__(self) -> None:
        try:
            self.connection.execute("CALL tests.clean()")
        except psycopg.OperationalError:
            if not self.connection.closed:
                raise
            self.connection = self._connect()
            self.connection.execute("CALL tests.clean()")

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        connection = superuser(self.server)
        connection.execute("SET session_replication_role = replica")
        return connection


@pytest.fixture(scope="session")
def sweep(server: EmbeddedServer) -> Iterator[Sweeper]:
    """`sweep()` in the middle of a test. Whether sweeping leaves nothing is asked once all tests have been here."""
    sweeper = Sweeper(server)
    yield sweeper
    sweeper()
    with sweeper.connection as connection:
        assert connection.execute("SELECT tests.unclean()").fetchall() == []


@pytest.fixture
def clean(server: EmbeddedServer, sweep: Sweeper) -> Iterator[EmbeddedServer]:
    """The database as the migrations left it."""
    yield server
    sweep()


@pytest.fixture
def app_url(clean: EmbeddedServer) -> str:
    return clean.app_url


@pytest.fixture
def owner_url(clean: EmbeddedServer) -> str:
    return clean.owner_url


@pytest.fixture(scope="session")
def usual_settings(server: EmbeddedServer) -> Settings:
    """Read once: to ask the environment for each of them takes longer than some tests."""
    return Settings(
        _env_file=None,
        database_url=SecretStr(server.app_url),
        token_secret=SecretStr("a secret of the tests, long enough to sign"),
        encryption_keys=SecretStr(new_key()),
        api_docs=True,
        reads_per_minute=100_000,
        writes_per_minute=100_000,
        refused_per_address=100_000,
        sign_ins_per_account=1_000,
        sign_ins_per_address=1_000,
        outcome_wait_seconds=0,
        whatsapp_phone_number_id="100200300",
        whatsapp_access_token=SecretStr("graph-token"),
        whatsapp_app_secret=SecretStr("app-secret"),
        whatsapp_verify_token=SecretStr("verify-token"),
    )


@pytest.fixture
def settings(usual_settings: Settings, clean: EmbeddedServer, tmp_path: Path) -> Settings:
    own = {"encryption_keys": SecretStr(new_key()), "data_folder": tmp_path / "var"}
    return usual_settings.model_copy(update=own)


@pytest.fixture
def application(settings: Settings) -> Front:
    return front(settings)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """`with waits.counted() as seen`: how many waits each taken connection had."""
    return Waits(monkeypatch)


@pytest.fixture
async def house(application: Front) -> AsyncIterator[House]:
    """The running house of this test."""
    application.house.database.pool.connection_class = Kept
    await application.house.open()
    yield application.house
    await application.house.close()


passwords.hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1), BcryptHasher()))
"""A fifth of a second of every sign-in is what keeps passwords safe, and proves nothing here."""


@pytest.fixture(scope="session")
def password_hash() -> str:
    return asyncio.run(passwords.hash_password(PASSWORD))


@pytest.fixture
def make(house: House, password_hash: str) -> Make:
    """Makes rows as the product would have left them."""
    return Make(house, password_hash)


@pytest.fixture
async def visitor(application: Front, house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the helpdesk who is not signed in."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test/helpdesk") as client:
        yield client


@pytest.fixture
async def signed_in(application: Front, make: Make) -> AsyncIterator[Any]:
    """`signed_in(member)`: a client that sends the member's token."""
    clients: list[httpx.AsyncClient] = []

    async def client_of(member: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {await make.token(member)}"}
        client = httpx.AsyncClient(transport=transport, base_url="http://desk.test/helpdesk", headers=headers)
        clients.append(client)
        return client

    yield client_of
    for client in clients:
        await client.aclose()
