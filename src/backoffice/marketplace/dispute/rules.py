"""What a dispute may become, and what deciding one needs. Pure: no SQL, no clock, no HTTP.

open --> in_progress --> resolved --> closed
  |        |    ^__________|
  |________v______ |
         rejected _|       reopened
"""

from datetime import timedelta
from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.kernel.moves import Transitions

TIME_TO_RESOLVE = timedelta(hours=48)


class Status(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REJECTED = "rejected"


TRANSITIONS: Transitions[Status] = {
    Status.OPEN: frozenset({Status.IN_PROGRESS, Status.REJECTED}),
    Status.IN_PROGRESS: frozenset({Status.RESOLVED, Status.REJECTED}),
    Status.RESOLVED: frozenset({Status.CLOSED, Status.IN_PROGRESS}),
    Status.REJECTED: frozenset({Status.IN_PROGRESS}),
    Status.CLOSED: frozenset(),
}


class Type(StrEnum):
    BOOKING_ISSUE = "booking_issue"
    PAYMENT_ISSUE = "payment_issue"
    SERVICE_QUALITY = "service_quality"
    VENDOR_BEHAVIOR = "vendor_behavior"
    REFUND_REQUEST = "refund_request"
    OTHER = "other"


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class Resolution(StrEnum):
    FULL_REFUND = "full_refund"
    PARTIAL_REFUND = "partial_refund"
    NO_REFUND = "no_refund"
    SERVICE_REDO = "service_redo"


REFUNDING = frozenset({Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND})


class Source(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    GATEWAY = "gateway"


class DisputeAct(Act):
    CREATED = "dispute.created"
    UPDATED = "dispute.updated"


class DisputeNotFound(NotFound):
    """Dispute not found"""

    dispute_id: int | str


class DisputeExists(Conflict):
    """The external_id names another dispute already"""

    external_id: str


class InvalidStatusTransition(Invalid):
    """A dispute that is {current_status} can't become {requested_status}"""

    current_status: str
    requested_status: str
    allowed_transitions: list[str]


class ResolutionMissing(Invalid):
    """Resolving a dispute needs a resolution_type"""


class NothingToRefund(Conflict):
    """This dispute is about no booking that was paid: there is nothing to give back"""


class RefundAmountMismatch(Invalid):
    """A {resolution_type} {sentence}"""

    resolution_type: str
    sentence: str


class MayNotRefund(Forbidden):
    """Giving money back in a dispute needs the permission disputes:refund"""

    required_permission: str


def check_move(current: Status, requested: Status) -> None:
    refusal = InvalidStatusTransition(
        current_status=current, requested_status=requested, allowed_transitions=sorted(TRANSITIONS[current])
    )
    moves.check(TRANSITIONS, old=current, new=requested, refusal=refusal)
