"""What a delivery may become, when it is tried again, and what is refused. Pure: no SQL, no HTTP, no clock.

pending --> delivered
   |  ^         |
   v  |_________|    a replay, of what failed too
failed               after 24 hours, or because the endpoint is gone
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.moves import Transitions

DELIVER = JobName("kernel.deliver_webhook", Lane.BULK)
PING = "ping"
"""The event of a test; every endpoint gets it, whatever it subscribed to."""
LIFETIME = timedelta(hours=24)
LONGEST_WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000)
"""Seconds until the next attempt, at most: after the first failure, the second ...; the last holds for all others."""
MOST_PATIENCE_SECONDS = 21_600
"""An endpoint that asks for more patience than this is tried again all the same."""
ALONE_SECONDS = 30
"""How long an endpoint that can't be reached is left alone, so that waiting for it does not occupy the worker."""
KEPT = timedelta(days=30)
LONGEST_URL = 2_048
LONGEST_ERROR = 200
OK, REDIRECTS, GONE = range(200, 300), range(300, 400), 410
LEFT_ALONE = "left alone: nobody was there a moment ago"
DISABLED = "the endpoint is disabled"


class Status(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.DELIVERED, Status.FAILED}),
    Status.DELIVERED: frozenset({Status.PENDING}),
    Status.FAILED: frozenset({Status.PENDING}),
}


class WebhookAct(Act):
    ENDPOINT_ADDED = "webhook.endpoint_added"
    ENDPOINT_REMOVED = "webhook.endpoint_removed"
    ENDPOINT_ENABLED = "webhook.endpoint_enabled"
    ENDPOINT_DISABLED = "webhook.endpoint_disabled"
    SECRET_ROTATED = "webhook.secret_rotated"  # noqa: S105
    TESTED = "webhook.tested"
    REPLAYED = "webhook.replayed"


class EndpointNotFound(NotFound):
    """There is no webhook endpoint {endpoint_id}"""

    endpoint_id: str


class EndpointKnown(Conflict):
    """{url} is an endpoint already"""

    url: str


class EndpointDisabled(Conflict):
    """{url} answered 410 Gone and is disabled: enable it first"""

    url: str


class UnknownEvent(Invalid):
    """There is no event '{event}'. Known: {known}"""

    event: str
    known: str


class AddressRefused(Invalid):
    """{url} is not called: {why}"""

    url: str
    why: str


class DeliveryNotFound(NotFound):
    """There is no delivery {delivery_id}"""

    delivery_id: int


class StillPending(Conflict):
    """Delivery {delivery_id} is still being tried"""

    delivery_id: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. Without an answer, `error` says why; `patience_seconds` is what the endpoint asked for."""

    answer: int | None
    milliseconds: int
    error: str | None = None
    patience_seconds: int | None = None

    @property
    def is_delivered(self) -> bool:
        return self.answer in OK


def check_events(wanted: Collection[str], known: Collection[str]) -> None:
    for event in wanted:
        if event not in known:
            raise UnknownEvent(event=event, known=", ".join(sorted(known)))


def next_attempt(
    now: datetime, *, failures: int, chance: float, patience_seconds: int | None, give_up_at: datetime
) -> datetime | None:
    """When to try again after this many failures; None when the time is up, and the last attempt is when it is.

    `chance` is from 0 to 1: those who failed together do not come back together.
    """
    if now >= give_up_at:
        return None
    wait = chance * LONGEST_WAITS[min(failures, len(LONGEST_WAITS)) - 1]
    patience = min(patience_seconds or 0, MOST_PATIENCE_SECONDS)
    return min(now + timedelta(seconds=max(1, wait, patience)), give_up_at)
