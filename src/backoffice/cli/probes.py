"""What `backoffice check` tries: one function for each thing outside, which says a few words or raises Wrong."""

import asyncio
import tempfile
from datetime import UTC, datetime

import psycopg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backoffice.kernel.database.migration import MigrationRefused
from backoffice.kernel.database.migrations import MINIMUM_VERSION
from backoffice.kernel.database.positions import Asked, Standing
from backoffice.kernel.database.replicas import name_of
from backoffice.kernel.database.standing import StandingRow, standing
from backoffice.kernel.files.storage import FilesUnavailable, Storage
from backoffice.kernel.house import House
from backoffice.kernel.limits import REDIS_SECONDS
from backoffice.kernel.notify.channels import NotTaken, try_server
from backoffice.kernel.secrets.refusal import SecretsDiffer
from backoffice.kernel.web.product import Probe, every_product
from backoffice.probing import HTTP_SECONDS, NOT_SET, Wrong
from backoffice.settings import Settings
from backoffice.speaking import refuse_silent_database

CLOCKS_APART_SECONDS = 5.0


async def database(settings: Settings) -> str:
    """It answers, it is of this version and these secrets, and the role has the rights it needs and no others."""
    url = settings.direct_url
    try:
        await refuse_silent_database(url)
        found = await _standing(House.build(settings, database_url=url))
    except (MigrationRefused, SecretsDiffer) as exc:
        raise Wrong(str(exc)) from None
    except (psycopg.Error, TimeoutError) as exc:
        said = str(exc).splitlines() or ["too slow"]
        raise Wrong(f"it does not answer: {said[0]}") from None
    if found.version < MINIMUM_VERSION:
        raise Wrong(f"PostgreSQL 18 or newer is needed; this is {found.version // 10000}")
    if "procrastinate" not in found.search_path:
        raise Wrong(f"the search_path of {found.role} lacks procrastinate; run `backoffice migrate`")
    if not found.may_write:
        raise Wrong(f"{found.role} may not write; run `backoffice migrate` with DATABASE_APP_ROLE={found.role}")
    _refuse_other_clock(found.now)
    note = f"; it may change {found.changes}, which only another role as owner would prevent" if found.changes else ""
    return f"PostgreSQL {found.version // 10000} as {found.role}{note}"


async def _standing(house: House) -> StandingRow:
    """Asked without opening the house, which would make these secrets those of an empty database."""
    await house.database.open()
    try:
        await house.refuse_unfit_database(timeout_seconds=HTTP_SECONDS)
        async with house.database.read() as db:
            return await standing(db)
    finally:
        await house.close()


def _refuse_other_clock(now: datetime) -> None:
    apart = abs((datetime.now(UTC) - now).total_seconds())
    if apart > CLOCKS_APART_SECONDS:
        raise Wrong(f"its clock and that of this machine are {apart:.0f} seconds apart")


async def replicas(settings: Settings) -> str:
    """Each follows the server that we write to."""
    urls = [one.get_secret_value() for one in settings.database_replica_urls]
    if not urls:
        return f"{NOT_SET}: all reads go to the primary"
    written_to = await _standing_of(settings.database_url.get_secret_value())
    following = 0
    for url in urls:
        found = await _standing_of(url)
        if found.system != written_to.system:
            raise Wrong(f"{name_of(url)} is a copy of another server")
        following += found.follows
    return f"{following} of {len(urls)} follow the primary"


async def _standing_of(url: str) -> Standing:
    asked = Asked(url)
    try:
        async with asyncio.timeout(HTTP_SECONDS):
            return await asked.standing()
    except (psycopg.Error, OSError) as exc:
        said = str(exc).splitlines() or ["too slow"]
        raise Wrong(f"{name_of(url)} does not answer: {said[0]}") from None
    finally:
        await asked.close()


async def data_folder(settings: Settings) -> str:
    folder = settings.data_folder.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"backoffice check")
    except OSError as exc:
        raise Wrong(f"{folder} can't be written: {exc.strerror}") from None
    return str(folder)


async def files(settings: Settings) -> str:
    """A small file is kept, fetched and deleted."""
    url = settings.files_url or (settings.data_folder / "files").absolute().as_uri()
    try:
        await Storage(url).try_out()
    except FilesUnavailable as exc:
        why = str(exc.__cause__ or "it was not there after it was kept").splitlines()[0]
        raise Wrong(f"{url} does not keep files: {why}") from None
    except (OSError, ValueError) as exc:
        raise Wrong(f"FILES_URL is none that can be used: {str(exc).splitlines()[0]}") from None
    return url


async def redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return f"{NOT_SET}: each process counts limits for itself"
    try:
        async with Redis.from_url(
            settings.redis_url.get_secret_value(), socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        ) as client:
            await client.set("backoffice-check", "1", ex=5)
    except (RedisError, ValueError, OSError) as exc:
        raise Wrong(f"it does not serve: {type(exc).__name__}: {exc}") from None
    return "it answers"


async def mail(settings: Settings) -> str:
    if not settings.notify_url.get_secret_value():
        return f"{NOT_SET}: messages are files in {settings.data_folder.absolute() / 'mailbox'}"
    try:
        await try_server(settings)
    except NotTaken as exc:
        raise Wrong(str(exc)) from None
    return "the mail server lets us in; nothing was sent"


PROBES: dict[str, Probe] = {
    "database": database,
    "replicas": replicas,
    "data folder": data_folder,
    "files": files,
    "redis": redis,
    "mail": mail,
}


def every_probe() -> dict[str, Probe]:
    """Those of the house, then those of its products."""
    of_products = [one.probes.load() for one in every_product() if one.probes]
    return {name: probe for probes in (PROBES, *of_products) for name, probe in probes.items()}
