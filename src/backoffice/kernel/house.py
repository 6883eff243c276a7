"""What a running process holds: settings, database, token signer, limits, cache, files, journal.

Made once at start.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from backoffice.kernel.actor import system
from backoffice.kernel.asking import Asking
from backoffice.kernel.cache import Cache
from backoffice.kernel.database.replicas import Replicas
from backoffice.kernel.database.schema import refuse_other_schema
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.files.links import Links
from backoffice.kernel.files.storage import Storage
from backoffice.kernel.journal import hold, standing
from backoffice.kernel.journal.book import Journal
from backoffice.kernel.limits import Limits
from backoffice.kernel.pause import Pause
from backoffice.kernel.secrets.check import Secrets, introduce, refuse_other_secrets
from backoffice.kernel.tokens import Tokens
from backoffice.kernel.write import Database
from backoffice.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    database: Database
    replicas: Replicas
    keys: KeyRing
    tokens: Tokens
    limits: Limits
    cache: Cache
    files: Storage
    links: Links
    pause: Pause
    journal: Journal
    asking: Asking

    @classmethod
    def build(cls, settings: Settings, *, database_url: str | None = None) -> "House":
        """Everything a process needs, not yet connected. The worker names the direct address of the database."""
        keys = KeyRing(settings.encryption_keys.get_secret_value())
        redis = settings.redis_url.get_secret_value() if settings.redis_url else None
        url = database_url or settings.database_url.get_secret_value()
        size, prepare = settings.database_pool_size, settings.database_prepare_statements
        others = [one.get_secret_value() for one in settings.database_replica_urls]
        lag = settings.database_replica_lag_seconds
        return cls(
            settings=settings,
            keys=keys,
            database=Database(url, keys=keys, size=size, prepare=prepare, marks=bool(others)),
            replicas=Replicas(url, others, lag_seconds=lag, size=size, prepare=prepare),
            tokens=Tokens(settings.token_secret.get_secret_value()),
            limits=Limits(redis),
            cache=Cache(redis),
            files=Storage(settings.files_url or (settings.data_folder / "files").absolute().as_uri()),
            links=Links(settings.token_secret.get_secret_value()),
            pause=Pause(settings.data_folder),
            journal=Journal(settings.data_folder.absolute()),
            asking=Asking(),
        )

    async def open(self) -> None:
        """Connect. SchemaDiffers or SecretsDiffer when this is not the database of this code and these secrets."""
        await self.database.open()
        try:
            if await self.refuse_unfit_database(timeout_seconds=30.0):
                async with self.database.write(system("kernel", "start")) as tx:
                    await introduce(tx, self._secrets)
            await self.hold_if_behind()
        except BaseException:
            await self.close()
            raise

    async def refuse_unfit_database(self, *, timeout_seconds: float) -> set[str]:
        """Return when this process and this database belong together; `timeout_seconds` bounds the whole question.

        The names of secrets that the database does not know yet: of a process that runs there are none.
        """
        async with asyncio.timeout(timeout_seconds), self.database.read() as db:
            await refuse_other_schema(db)
            return await refuse_other_secrets(db, self._secrets)

    async def hold_if_behind(self) -> None:
        """Begin to hold where this database is behind its journal: somebody restored it with tools of their own."""
        async with self.database.read() as db:
            found = await standing.look(db, self.journal)
        self.journal.server = found.standing.server
        if found.is_behind:
            async with self.database.write(system("kernel", "start")) as tx:
                await hold.begin_anew(
                    tx, standing.RESTORED, moment=found.standing.at, looked_at=found.standing.looked_at
                )

    @property
    def _secrets(self) -> Secrets:
        return Secrets(self.keys, self.settings.token_secret.get_secret_value())

    def away(self) -> list[str]:
        """What is left alone at the moment; the house serves without it, as far as it goes."""
        breakers = (self.limits.breaker, self.cache.breaker, self.files.breaker)
        return [*(breaker.what for breaker in breakers if breaker.away), *self.replicas.away()]

    async def close(self) -> None:
        self.asking.close()
        await self.replicas.close()
        await self.database.close()
        await self.cache.close()
        await self.limits.close()


Opened: TypeAlias = Callable[[House], Awaitable[None]]
"""What a process does once its house is open, before anybody comes in and before any job runs."""
