"""Requests of all processes, counted together: each keeps its own counts in memory and folds them into a minute's row.

Nothing of it is on a request's way. A process that is killed takes the counts of its last seconds along; while the
database is away they stay, and count for the minute in which it is back.
"""

import asyncio
from collections.abc import Mapping

import structlog

from backoffice.kernel.actor import system
from backoffice.kernel.database import together
from backoffice.kernel.failures import plain
from backoffice.kernel.health import store
from backoffice.kernel.house import House
from backoffice.kernel.telemetry import TALLIES, Tally

FOLD_EVERY_SECONDS = 10.0
LAST_FOLD_SECONDS = 1.0
log = structlog.get_logger("backoffice.health")


async def keep_folding(house: House) -> None:
    """Fold again and again; once more when it is cancelled, if that takes no longer than a second."""
    try:
        while True:
            await asyncio.sleep(FOLD_EVERY_SECONDS)
            await fold_requests(house)
    finally:
        try:
            async with asyncio.timeout(LAST_FOLD_SECONDS):
                await fold_requests(house)
        except TimeoutError:
            log.warning("the last requests were not counted")


async def fold_requests(house: House) -> None:
    """Add what this process counted since to the minute that it is. What could not be written is counted later."""
    taken = {product: tally for product, tally in TALLIES.items() if tally.requests}
    TALLIES.clear()
    try:
        if taken:
            await _write(house, taken)
    except Exception as failure:
        _put_back(taken)
        log.warning("requests could not be counted yet", cause=plain(failure))
    except asyncio.CancelledError:
        _put_back(taken)
        raise


async def _write(house: House, taken: Mapping[str, Tally]) -> None:
    async with house.database.write(system("kernel", "health")) as tx:
        await together(
            store.insert_requests(
                tx,
                products=list(taken),
                requests=[tally.requests for tally in taken.values()],
                failed=[tally.failed for tally in taken.values()],
                seconds=[tally.seconds for tally in taken.values()],
            ),
            store.delete_old_requests(tx),
        )


def _put_back(taken: Mapping[str, Tally]) -> None:
    for product, tally in taken.items():
        now = TALLIES[product]
        now.requests += tally.requests
        now.failed += tally.failed
        now.seconds += tally.seconds
