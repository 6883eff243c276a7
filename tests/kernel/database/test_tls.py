"""TLS to PostgreSQL: whatever connects believes only the authority and the host that its address names."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from backoffice.kernel.actor import system
from backoffice.kernel.database.embedded import PORT, EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.database.query import together
from backoffice.kernel.house import House
from backoffice.settings import Settings
from tests.encrypted import Authority, Front, behind_tls
from tests.kernel.jobs.holding import HOLD_ON
from tests.workers import wait_until, workers

PHONE = "+919876500001"
JOB_DONE = f"SELECT count(*) = 1 FROM helpdesk.whatsapp_user WHERE phone = '{PHONE}'"
LISTENS = "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture(scope="module")
def encrypted(server: EmbeddedServer, authority: Authority) -> Iterator[Front]:
    socket = server.folder.socket_folder / f".s.PGSQL.{PORT}"
    with behind_tls(socket, authority.certify("localhost")) as front:
        yield front


def verified(url: str, front: Front, *, trusted: Path, host: str = "localhost") -> str:
    return make_conninfo(url, host=host, port=front.port, sslmode="verify-full", sslrootcert=str(trusted))


@pytest.fixture
def settings(settings: Settings, encrypted: Front, authority: Authority) -> Settings:
    url = verified(settings.database_url.get_secret_value(), encrypted, trusted=authority.own)
    return settings.model_copy(update={"database_url": SecretStr(url)})


async def test_reads_writes_migrations_and_the_listener_of_a_worker_all_speak_tls(
    house: House, encrypted: Front, authority: Authority, clean: EmbeddedServer, watcher: psycopg.Connection[object]
) -> None:
    async with house.database.read() as db:
        assert await together(db.value(int, "SELECT 1::bigint"), db.value(int, "SELECT 2::bigint")) == (1, 2)
        assert db.connection.pgconn.ssl_in_use
    migrate(verified(clean.owner_url, encrypted, trusted=authority.own), app_role="backoffice_app")

    with workers(house, "tests.kernel.jobs.holding") as start:
        worker = start()
        await asyncio.to_thread(wait_until, watcher, LISTENS)
        async with house.database.write(system("helpdesk", "tests")) as tx:
            tx.defer(HOLD_ON, phone=PHONE)
        await asyncio.to_thread(wait_until, watcher, JOB_DONE)
        worker.terminate()
        assert await asyncio.to_thread(worker.wait) == 0
    assert encrypted.came == encrypted.encrypted > 4


async def test_nobody_else_is_believed(
    encrypted: Front, authority: Authority, clean: EmbeddedServer, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "theirs")
    strangers = (
        (verified(clean.app_url, encrypted, trusted=other.own), "certificate verify failed"),
        (verified(clean.app_url, encrypted, trusted=authority.own, host="127.0.0.1"), "does not match host name"),
    )
    for url, why in strangers:
        with pytest.raises(psycopg.OperationalError, match=why):
            await psycopg.AsyncConnection.connect(url)
        with pytest.raises(psycopg.OperationalError, match=why):
            migrate(url)
