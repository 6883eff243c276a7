"""What each part of the house says of itself, measured now; and how it is shown where it says nothing."""

import time

from backoffice.kernel.health import store
from backoffice.kernel.health.rules import FILE_BYTES, Health, mean_ms, percent, queue_state
from backoffice.kernel.health.schemas import DatabaseOut, MetricsOut, QueueOut, RedisOut, StorageOut
from backoffice.kernel.health.store import MeasuredRow
from backoffice.kernel.house import House
from backoffice.kernel.jobs.worker import DEAD_AFTER_SECONDS
from backoffice.kernel.lanes import Lane
from backoffice.kernel.telemetry import STARTED, TALLIES

MB, GB = 1_000_000, 1_000_000_000


def ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


async def database(house: House) -> DatabaseOut:
    """The way there and back, without the wait for a connection; and who is connected."""
    async with house.database.read() as db:
        began = time.perf_counter()
        await store.ask_anything(db)
        latency = ms_since(began)
        found = await store.get_connections(db)
    return {
        "status": Health.HEALTHY,
        "latency_ms": latency,
        "connections": {"active": found.active, "idle": found.idle, "max": found.most},
    }


def no_database(error: str) -> DatabaseOut:
    return {"status": Health.UNHEALTHY, "error": error, "latency_ms": None, "connections": None}


async def redis(house: House) -> RedisOut:
    began = time.perf_counter()
    memory = await house.limits.look()
    if memory is None:
        return {
            "status": Health.NOT_CONFIGURED,
            "latency_ms": None,
            "memory_used_mb": None,
            "memory_max_mb": None,
        }
    return {
        "status": Health.HEALTHY,
        "latency_ms": ms_since(began),
        "memory_used_mb": round(memory.used / MB, 2),
        "memory_max_mb": None if memory.most is None else round(memory.most / MB, 2),
    }


def no_redis(error: str) -> RedisOut:
    return {
        "status": Health.UNHEALTHY,
        "error": error,
        "latency_ms": None,
        "memory_used_mb": None,
        "memory_max_mb": None,
    }


async def storage(house: House) -> StorageOut:
    """A file is kept, fetched and deleted. What all of them take is added later: another part knows it."""
    began = time.perf_counter()
    await house.files.try_out()
    return {
        "status": Health.HEALTHY,
        "provider": house.files.provider,
        "latency_ms": ms_since(began),
        "used_gb": None,
        "quota_gb": None,
        "measured_at": None,
    }


def no_storage(provider: str, error: str) -> StorageOut:
    return {
        "status": Health.UNHEALTHY,
        "error": error,
        "provider": provider,
        "latency_ms": None,
        "used_gb": None,
        "quota_gb": None,
        "measured_at": None,
    }


async def used(house: House) -> tuple[MeasuredRow | None, int | None]:
    """Bytes of all files as they were measured last, and how many may still come; None where nobody knows."""
    async with house.database.read() as db:
        measured = await store.find_measured(db, FILE_BYTES)
    return measured, await house.files.free_bytes()


def with_use(part: StorageOut, found: tuple[MeasuredRow | None, int | None]) -> StorageOut:
    measured, free = found
    if measured is None:
        return part
    quota = None if free is None else gb(measured.amount + free)
    return {**part, "used_gb": gb(measured.amount), "quota_gb": quota, "measured_at": measured.measured_at}


def gb(size: int) -> float:
    """To the kilobyte."""
    return round(size / GB, 6)


async def queue(house: House) -> QueueOut:
    async with house.database.read() as db:
        found = await store.get_queue(db, alive_within_seconds=DEAD_AFTER_SECONDS, lanes=len(Lane))
    status, error = queue_state(workers=found.workers, waited_seconds=found.waited_seconds)
    part: QueueOut = {
        "status": status,
        "pending_jobs": found.pending,
        "processing_jobs": found.processing,
        "failed_jobs_24h": found.failed,
        "workers": found.workers,
        "oldest_waiting_seconds": round(found.waited_seconds, 1),
    }
    return part if error is None else {**part, "error": error}


def no_queue(error: str) -> QueueOut:
    return {
        "status": Health.UNHEALTHY,
        "error": error,
        "pending_jobs": None,
        "processing_jobs": None,
        "failed_jobs_24h": None,
        "workers": None,
        "oldest_waiting_seconds": None,
    }


async def metrics(house: House) -> MetricsOut:
    """What all processes have folded, and what this one has not yet."""
    async with house.database.read() as db:
        found = await store.get_requests(db)
    requests = found.requests + sum(tally.requests for tally in TALLIES.values())
    failed = found.failed + sum(tally.failed for tally in TALLIES.values())
    seconds = found.seconds + sum(tally.seconds for tally in TALLIES.values())
    return {
        **no_metrics(),
        "request_count_24h": requests,
        "avg_response_time_ms": mean_ms(seconds, requests),
        "error_rate_percent": percent(failed, requests),
    }


def no_metrics() -> MetricsOut:
    return {
        "uptime_seconds": int(time.monotonic() - STARTED),
        "request_count_24h": None,
        "avg_response_time_ms": None,
        "error_rate_percent": None,
    }
