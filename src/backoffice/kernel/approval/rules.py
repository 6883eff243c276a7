"""What is agreed to, and how far agreement got. Pure: no SQL, no clock, no HTTP.

open --> used        enough people agreed: the act happened in the same write
   |---> void        somebody agreed to something else of the same, or it can't happen any more
   |---> expired     nobody completed it in time
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import orjson

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Forbidden
from backoffice.kernel.moves import Transitions

LASTS = timedelta(days=7)
STRANGERS_AFTER = timedelta(days=30)
"""Whoever opens accounts sees their first passwords: so long they all count as one person."""


class Status(StrEnum):
    OPEN = "open"
    USED = "used"
    VOID = "void"
    EXPIRED = "expired"


TRANSITIONS: Transitions[Status] = {
    Status.OPEN: frozenset({Status.USED, Status.VOID, Status.EXPIRED}),
    Status.USED: frozenset(),
    Status.VOID: frozenset(),
    Status.EXPIRED: frozenset(),
}


class ApprovalAct(Act):
    AGREED = "approval.agreed"
    VOIDED = "approval.voided"


class AgreedAlready(Conflict):
    """You have agreed to this already: another person must"""


class NotIndependent(Forbidden):
    """One person opened accounts of those who agree less than {days} days ago: somebody else must agree"""

    days: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act on a subject with all that matters of it: whatever is not in `payload` nobody agreed to.

    `payload` holds ids, amounts and codes alone. `permission` is what everybody needs who agrees, and still has when
    the last of them does; where a `role` is named, that too. Whoever proposes without it has asked, and not agreed.
    """

    act: str
    subject: str
    payload: Mapping[str, Any]
    quorum: int = 2
    permission: str = ""
    role: str = ""
    lasts: timedelta = LASTS

    @property
    def content(self) -> bytes:
        """The same bytes for the same act, whoever proposes it."""
        return orjson.dumps([self.act, self.subject, self.payload, self.quorum], option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Standing:
    """`required` different people must agree, `received` have."""

    required: int
    received: int

    @property
    def is_reached(self) -> bool:
        return self.received >= self.required
