"""Lanes: a worker's places are divided, so that what is slow in one kind of work holds up no other.

    SEND = JobName("desk.send_outbound", Lane.SENDING)

A job's name carries its lane, because whoever defers it need not know the job itself. `queue` is where jobs are
declared and, inside a write, deferred.
"""

from enum import StrEnum
from typing import Self

import procrastinate

from backoffice.settings import Settings

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())


class Lane(StrEnum):
    """What kind of waiting a job does. The names are those of the queues in the job's row."""

    SENDING = "sending"
    """A person waits for it: replies to customers, payouts on their way."""
    CLOCK = "clock"
    """Short work by the clock: seals, folds, sweeps. Only the database is asked."""
    MODEL = "model"
    """Customers' messages, which may wait for a model."""
    BULK = "bulk"
    """What may take long or is much, and for which nobody waits: broadcasts, mail, other people's webhooks."""


ASKED_BY = "asked_by"
"""The argument of every job that names the request it was queued by."""
BEFORE_LANES = "default"
"""The queue of jobs that were queued before there were lanes; `bulk` does them as well."""


class JobName(str):
    """The name of a job, `product.verb_noun`, and the lane it runs in."""

    __slots__ = ("lane",)
    lane: Lane

    def __new__(cls, name: str, lane: Lane) -> Self:
        named = super().__new__(cls, name)
        named.lane = lane
        return named


def places_of(lane: Lane, settings: Settings) -> int:
    """How many jobs of the lane one worker does at once."""
    match lane:
        case Lane.SENDING:
            return settings.worker_sending
        case Lane.CLOCK:
            return settings.worker_clock
        case Lane.MODEL:
            return settings.worker_model
        case Lane.BULK:
            return settings.worker_bulk


def queues_of(lane: Lane) -> list[str]:
    return [lane, BEFORE_LANES] if lane is Lane.BULK else [lane]
