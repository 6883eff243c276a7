"""One look at the whole house: every part at once, each for a bounded time. What hangs is unhealthy, and holds up no
other; all who look at once see the same.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg_pool import PoolClosed, PoolTimeout
from redis.exceptions import RedisError

from backoffice import __version__
from backoffice.kernel.asking import NoAnswer
from backoffice.kernel.breaker import LeftAlone
from backoffice.kernel.failures import plain
from backoffice.kernel.files.storage import FileNotThere, FilesUnavailable
from backoffice.kernel.health import parts
from backoffice.kernel.health.rules import whole_of
from backoffice.kernel.health.schemas import HealthOut
from backoffice.kernel.house import House

T = TypeVar("T")
LONGEST_SECONDS = 1.7
"""From the request to the last part; the answer is there within two seconds."""
LEAST_SECONDS = 0.3
"""What each part has at least, however long the request took to come here."""
AWAY = (psycopg.Error, PoolClosed, PoolTimeout, RedisError, OSError, FileNotThere, FilesUnavailable)
log = structlog.get_logger("backoffice.health")


async def health_of(house: House, *, began: float) -> HealthOut:
    """How everything is. `began` is when the request came, of time.monotonic()."""
    look = partial(_look, house, seconds=max(LEAST_SECONDS, began + LONGEST_SECONDS - time.monotonic()))
    database, redis, storage, queue, used, metrics = await asyncio.gather(
        look("database", parts.database, parts.no_database),
        look("redis", parts.redis, parts.no_redis),
        look("storage", parts.storage, partial(parts.no_storage, house.files.provider)),
        look("queue", parts.queue, parts.no_queue),
        look("used", parts.used, lambda _: (None, None)),
        look("metrics", parts.metrics, lambda _: parts.no_metrics()),
    )
    return {
        "status": whole_of((database["status"], redis["status"], storage["status"], queue["status"])),
        "timestamp": datetime.now(UTC),
        "version": __version__,
        "environment": house.settings.environment,
        "services": {
            "database": database,
            "redis": redis,
            "storage": parts.with_use(storage, used),
            "queue": queue,
        },
        "metrics": metrics,
    }


async def _look(
    house: House,
    what: str,
    part: Callable[[House], Coroutine[Any, Any, T]],
    unseen: Callable[[str], T],
    *,
    seconds: float,
) -> T:
    try:
        return await house.asking.of(f"health of {what}", partial(part, house), within_seconds=seconds)
    except NoAnswer:
        return unseen("No answer in time")
    except Exception as failure:
        log.warning("a part is unhealthy", part=what, cause=plain(failure.__cause__ or failure))
        return unseen(_in_words(failure))


def _in_words(failure: Exception) -> str:
    """Why, without an address or a name: those are for the log."""
    if isinstance(failure.__cause__, LeftAlone):
        return f"Failed, and is tried again in {failure.__cause__.seconds} seconds"
    timed_out = isinstance(failure, TimeoutError | PoolTimeout) or isinstance(failure.__cause__, TimeoutError)
    if timed_out:
        return "Connection timeout"
    return "Connection failed" if isinstance(failure, AWAY) else "Could not be looked at"
