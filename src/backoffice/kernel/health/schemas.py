"""How health looks from outside. What could not be measured is null; `error` says why a part is not healthy."""

from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from backoffice.kernel.health.rules import Health


class PartOut(TypedDict):
    status: Health
    error: NotRequired[str]


class ConnectionsOut(TypedDict):
    """To the whole server. Those of other roles count only where ours may see what they do."""

    active: int
    idle: int
    max: int


class DatabaseOut(PartOut):
    latency_ms: float | None
    connections: ConnectionsOut | None


class RedisOut(PartOut):
    """`memory_max_mb` is null where Redis has no limit."""

    latency_ms: float | None
    memory_used_mb: float | None
    memory_max_mb: float | None


class StorageOut(PartOut):
    """`used_gb` is measured every hour, at `measured_at`. `quota_gb`: of a folder, what is used and what is free."""

    provider: str
    latency_ms: float | None
    used_gb: float | None
    quota_gb: float | None
    measured_at: datetime | None


class QueueOut(PartOut):
    pending_jobs: int | None
    processing_jobs: int | None
    failed_jobs_24h: int | None
    workers: int | None
    oldest_waiting_seconds: float | None


class ServicesOut(TypedDict):
    database: DatabaseOut
    redis: RedisOut
    storage: StorageOut
    queue: QueueOut


class MetricsOut(TypedDict):
    """`uptime_seconds` is that of the process that answers; the others are of all processes, over 24 hours."""

    uptime_seconds: int
    request_count_24h: int | None
    avg_response_time_ms: float | None
    error_rate_percent: float | None


class HealthOut(TypedDict):
    status: Health
    timestamp: datetime
    version: str
    environment: str
    services: ServicesOut
    metrics: MetricsOut
