"""Prometheus for one process: its own numbers, and the figures that only the database knows, read now and then.

async with answered(house, figures) as port:     None, and nothing is done, where no metrics are set up
    log.info("serving", **at_start(house, url, metrics_port=port))
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from backoffice import __version__
from backoffice.kernel.database.limits import place_of
from backoffice.kernel.database.schema import newest
from backoffice.kernel.health.figures import Board, Figure
from backoffice.kernel.health.own_figures import FIGURES
from backoffice.kernel.house import House
from backoffice.kernel.telemetry import BUILD, POOL_IN_USE, POOL_SIZE, POOL_WAITING, serve_metrics
from backoffice.settings import Settings

PROCESSES_AT_MOST = 50
"""On one machine, under the same settings."""


def ports_of(settings: Settings) -> list[int]:
    """Where a process may answer Prometheus: it takes the first that is free. None where no metrics are set up."""
    if settings.metrics_port is None:
        return []
    first = settings.metrics_port
    return [port for port in range(first, min(first + PROCESSES_AT_MOST, 65_536)) if port != settings.port]


@contextlib.asynccontextmanager
async def answered(house: House, figures: Sequence[Figure]) -> AsyncIterator[int | None]:
    """Meanwhile Prometheus gets an answer on the first of these ports that is free. Yields which; None: on none."""
    ports = ports_of(house.settings)
    if not ports:
        yield None
        return
    _show_pool(house)
    BUILD.labels(__version__, newest()).set(1)
    port = serve_metrics(ports, house.settings.metrics_host or house.settings.host)
    reading = asyncio.create_task(Board([*FIGURES, *figures]).keep_reading(house))
    try:
        yield port
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def at_start(house: House, database: str, *, metrics_port: int | None) -> dict[str, Any]:
    """What a process says once it has begun: which code it is, on which data, and where it is watched."""
    settings = house.settings
    return {
        "version": __version__,
        "schema": newest(),
        "database": place_of(database),
        "metrics": f"{settings.metrics_host or settings.host}:{metrics_port}" if metrics_port else "off",
    }


def _show_pool(house: House) -> None:
    pool = house.database.pool
    POOL_WAITING.set_function(house.database.waiting)
    POOL_SIZE.set(pool.max_size)
    POOL_IN_USE.set_function(lambda: _in_use(pool.get_stats()))


def _in_use(stats: dict[str, int]) -> float:
    return float(stats.get("pool_size", 0) - stats.get("pool_available", 0))
