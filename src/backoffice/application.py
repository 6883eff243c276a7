"""Builds what a process serves: the house, and every product mounted on it."""

import asyncio
import gc
import importlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial

import structlog
import uvloop
from pydantic import SecretStr

from backoffice import __version__
from backoffice.kernel.encryption.keyring import new_key
from backoffice.kernel.health.figures import Figure
from backoffice.kernel.health.metrics import answered, at_start
from backoffice.kernel.house import House
from backoffice.kernel.identity.factor_store import SEALED as SEALED_FACTORS
from backoffice.kernel.jobs.worker import run_worker
from backoffice.kernel.notify.store import SEALED as SEALED_NOTIFICATIONS
from backoffice.kernel.process import Watchdog, die_with_parent
from backoffice.kernel.recovery import settle_if_held
from backoffice.kernel.telemetry import start_logging
from backoffice.kernel.traces import traces
from backoffice.kernel.web.door import Doors
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.product import Later, Product, every_product
from backoffice.kernel.web.product_app import ProductApp
from backoffice.kernel.webhooks.endpoints import SEALED as SEALED_BY_WEBHOOKS
from backoffice.settings import Settings

log = structlog.get_logger("backoffice.jobs")
YOUNG_OBJECTS = 50_000
"""Collections of the youngest generation are rare enough not to show in the slowest answers."""
STILL_SECONDS = 30.0
"""How long a server process whose loop stands still is borne with."""
JOBS = (
    "backoffice.kernel.proof.jobs",
    "backoffice.kernel.recovery.jobs",
    "backoffice.kernel.identity.jobs",
    "backoffice.kernel.health.jobs",
    "backoffice.kernel.jobs.keeping",
    "backoffice.kernel.jobs.kept_sums",
    "backoffice.kernel.notify.jobs",
    "backoffice.kernel.bulk.jobs",
    "backoffice.kernel.backup.jobs",
    "backoffice.kernel.task.jobs",
    "backoffice.kernel.restore.jobs",
    "backoffice.kernel.approval.jobs",
    "backoffice.kernel.web.idempotency",
    "backoffice.kernel.webhooks.jobs",
    *(product.jobs for product in every_product() if product.jobs),
)
"""Loaded by workers alone: they bring the clients of the outside world with them."""
SEALED_BY_PRODUCTS = [column for one in every_product() if one.sealed for column in one.sealed.load()]
SEALED = (SEALED_NOTIFICATIONS, SEALED_FACTORS, *SEALED_BY_WEBHOOKS, *SEALED_BY_PRODUCTS)
"""What the house and its products keep sealed under the key ring."""


def products(house: House) -> dict[str, ProductApp]:
    """The product applications by name, which is also their path segment."""
    return {product.name: ProductApp(product, house, doors=_doors_of(product)) for product in every_product()}


def _doors_of(product: Product) -> Sequence[Doors]:
    """Named as text: doors name their product already."""
    if product.doors is None:
        return ()
    declared: Later[Sequence[Doors]] = Later(product.doors)
    return declared.load()


def front(settings: Settings) -> Front:
    house = House.build(settings)
    return Front(house, products(house), opened=settle_if_held)


@cache
def described() -> dict[str, ProductApp]:
    """The products for reading only: their doors and documents, without a database. Made once in a process."""
    nothing = SecretStr("postgresql://")
    settings = Settings(
        _env_file=None, database_url=nothing, token_secret=SecretStr("-" * 32), encryption_keys=SecretStr(new_key())
    )
    return products(House.build(settings))


def figures() -> list[Figure]:
    """What the products tell Prometheus."""
    return [figure for product in every_product() if product.figures for figure in product.figures.load()]


@asynccontextmanager
async def _told(house: House) -> AsyncIterator[None]:
    """Prometheus gets its answers from a worker as well, and the log says that it has begun."""
    async with answered(house, figures()) as port:
        said = at_start(house, house.settings.direct_url, metrics_port=port)
        traced = traces.start("worker", __version__)
        log.info("working", **said, products=[product.name for product in every_product()], traces=traced)
        try:
            yield
        finally:
            await asyncio.to_thread(traces.stop)


def work(settings: Settings) -> None:
    """Run the worker until it is told to stop, or loses its database."""
    start_logging(style=settings.log_format, level=settings.log_level)
    for module in JOBS:
        importlib.import_module(module)
    uvloop.run(run_worker(settings, opened=partial(settle_if_held, is_worker=True), beside=_told))


def serve() -> Front:
    """What the server calls in each of its processes."""
    die_with_parent()
    settings = Settings()
    start_logging(style=settings.log_format, level=settings.log_level)
    application = front(settings)
    application.watchdog = Watchdog("api", still_seconds=STILL_SECONDS)
    application.figures = figures()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    return application
