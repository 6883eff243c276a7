"""When a part is healthy, and what the parts make of the whole. Pure.

a part: healthy, degraded (works, but late or alone), unhealthy (does not), not_configured (there is none)
the whole: unhealthy if one part is, else degraded if one is, else healthy
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from backoffice.kernel.errors import Unavailable

LATE_SECONDS = 300.0
"""A job that waits longer for its turn is late."""
FILE_BYTES = "file bytes"
"""What the measured sum of all files is called."""
ALONE_SECONDS = 60.0
"""So long a job may wait where no worker lives: one is started again within seconds."""


class Health(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"
    NOT_CONFIGURED = "not_configured"


class SystemUnhealthy(Unavailable):
    """A part of the system is unhealthy; the answer says which, and how the others are."""

    health: dict[str, Any]


def whole_of(parts: Iterable[Health]) -> Health:
    found = set(parts)
    return next((state for state in (Health.UNHEALTHY, Health.DEGRADED) if state in found), Health.HEALTHY)


def queue_state(*, workers: int, waited_seconds: float) -> tuple[Health, str | None]:
    """Of the job queue: how it is, and why it is not healthy. `waited_seconds` are those of the oldest due job."""
    if not workers and waited_seconds > ALONE_SECONDS:
        return Health.UNHEALTHY, "No worker is alive, and jobs wait"
    if not workers:
        return Health.DEGRADED, "No worker is alive"
    if waited_seconds > LATE_SECONDS:
        return Health.DEGRADED, "Jobs wait for minutes"
    return Health.HEALTHY, None


def mean_ms(seconds: float, requests: int) -> float:
    """Milliseconds from request to answer; 0 where there was none."""
    return round(seconds * 1000 / requests, 1) if requests else 0.0


def percent(failed: int, requests: int) -> float:
    return round(failed * 100 / requests, 2) if requests else 0.0
