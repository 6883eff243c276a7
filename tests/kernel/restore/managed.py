"""A house on a server of somebody else, where its roles have ordinary rights; and a new server to move it to."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from backoffice.kernel.backup import scratch
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.encryption.keyring import new_key
from backoffice.kernel.house import House
from backoffice.settings import Settings
from tests.conftest import superuser

T = TypeVar("T")
DATABASE = "elsewhere"
ADMINISTRATOR = "dba"


@contextmanager
def managed(server: EmbeddedServer) -> Iterator[Settings]:
    """The settings of a house in a database of its own. It may not replicate."""
    home = Path(tempfile.mkdtemp(prefix="backoffice-managed-"))
    with superuser(server) as db:
        db.execute(f"CREATE DATABASE {DATABASE} OWNER backoffice_owner")
        try:
            app, owner = (make_conninfo(url, dbname=DATABASE) for url in (server.app_url, server.owner_url))
            migrate(owner, app_role="backoffice_app")
            yield Settings(
                _env_file=None,
                database_url=SecretStr(app),
                database_owner_url=SecretStr(owner),
                database_app_role="backoffice_app",
                token_secret=SecretStr("a secret of the tests, long enough to sign"),
                encryption_keys=SecretStr(new_key()),
                data_folder=home / "var",
                backups_url=(home / "kept").as_uri(),
            )
        finally:
            db.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
            shutil.rmtree(home)


def in_house(settings: Settings, work: Callable[[House], Awaitable[T]]) -> T:
    """What a process of this house does there, from its start to its end."""

    async def done() -> T:
        house = House.build(settings, database_url=settings.direct_url)
        await house.open()
        try:
            return await work(house)
        finally:
            await house.close()

    return asyncio.run(done())


@dataclass(frozen=True)
class NewServer:
    """A server that knows none of our roles, with an administrator who is no superuser, as providers give one."""

    server: EmbeddedServer

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        url = make_conninfo(self.server.superuser_url, dbname=database)
        return psycopg.connect(url, autocommit=True)

    def make_empty(self, database: str, *, owner: str = ADMINISTRATOR) -> str:
        """Its address as the administrator's."""
        with self.connect() as db:
            db.execute(f"CREATE DATABASE {database} OWNER {owner}")
        return make_conninfo(self.server.superuser_url, dbname=database, user=ADMINISTRATOR, password=ADMINISTRATOR)


@contextmanager
def new_server() -> Iterator[NewServer]:
    home = Path(tempfile.mkdtemp(prefix="backoffice-new-"))
    server = EmbeddedServer(home, settings=scratch.SETTINGS)
    try:
        server.launch()
        server.wait_ready(timeout=60)
        made = NewServer(server)
        with made.connect() as db:
            db.execute(f"CREATE ROLE {ADMINISTRATOR} LOGIN CREATEDB CREATEROLE PASSWORD '{ADMINISTRATOR}'")
        yield made
    finally:
        server.stop()
        shutil.rmtree(home)
