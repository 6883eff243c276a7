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
from backoffice.kernel.urgency import Priority

TIME_TO_RESOLVE = timedelta(hours=48)
REMINDED_BEFORE = timedelta(hours=12)
"""How long before the deadline whoever has the dispute is reminded of it."""
MOST_BYTES = 10 * 1024 * 1024


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


LIVE = frozenset({Status.OPEN, Status.IN_PROGRESS})
"""Not decided yet: these have a deadline."""
DECIDED = frozenset({Status.RESOLVED, Status.REJECTED})


class Sender(StrEnum):
    """Who said something, in the contract's words."""

    USER = "user"
    VENDOR = "vendor"
    ADMIN = "admin"


class Party(StrEnum):
    """For whom the platform speaks."""

    USER = "user"
    VENDOR = "vendor"


class EvidenceType(StrEnum):
    IMAGE = "image"
    DOCUMENT = "document"


class Event(StrEnum):
    """What the timeline tells."""

    CREATED = "dispute_created"
    STATUS_CHANGED = "status_changed"
    NOTES_CHANGED = "notes_changed"
    NOTE_ADDED = "note_added"
    MESSAGE_ADDED = "message_added"
    EVIDENCE_ADDED = "evidence_added"
    VENDOR_RESPONDED = "vendor_responded"
    ASSIGNED = "assigned"
    PRIORITY_CHANGED = "priority_changed"
    REFUND_APPROVED = "refund_approved"
    REFUND_AWAITS_APPROVAL = "refund_awaits_approval"
    REFUND_REJECTED = "refund_rejected"
    REMINDED = "deadline_reminder"
    ESCALATED = "escalated"


class DisputeAct(Act):
    CREATED = "dispute.created"
    UPDATED = "dispute.updated"
    ASSIGNED = "dispute.assigned"
    MESSAGE_ADDED = "dispute.message_added"
    NOTE_ADDED = "dispute.note_added"
    EVIDENCE_ADDED = "dispute.evidence_added"
    VENDOR_RESPONDED = "dispute.vendor_responded"
    ESCALATED = "dispute.escalated"


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
    """A {resolution_type} needs a refund_amount"""

    resolution_type: str


class NothingGoesBack(RefundAmountMismatch):
    """A {resolution_type} gives nothing back"""


class AllGoesBack(RefundAmountMismatch):
    """A {resolution_type} gives back {refund_amount} paise"""

    refund_amount: int


class MessageExists(Conflict):
    """The external_id names another message already"""

    external_id: str


class DisputeClosed(Conflict):
    """This dispute is {current_status}: nothing is added to it any more"""

    current_status: str


class NoVendor(Conflict):
    """This dispute is about no vendor"""


class NotAssignable(Conflict):
    """Only active staff who may manage disputes are given one; {admin_user_id} is not"""

    admin_user_id: int


class UnknownContent(Invalid):
    """Evidence must be a PDF, JPEG or PNG file, by what is in it"""


class MayNotRefund(Forbidden):
    """Giving money back in a dispute needs the permission disputes:refund"""

    required_permission: str


def check_move(current: Status, requested: Status) -> None:
    moves.check(
        TRANSITIONS,
        old=current,
        new=requested,
        refusal=lambda: InvalidStatusTransition(
            current_status=current, requested_status=requested, allowed_transitions=sorted(TRANSITIONS[current])
        ),
    )


def check_open_to_words(status: Status) -> None:
    """Customers and vendors may speak until the dispute is closed: a decision may be questioned."""
    if status is Status.CLOSED:
        raise DisputeClosed(current_status=status)


def check_open_to_proof(status: Status) -> None:
    """Evidence and the vendor's answer come before the decision, or after it was opened again."""
    if status not in LIVE:
        raise DisputeClosed(current_status=status)


def raised(priority: Priority) -> Priority:
    """One step more urgent; urgent stays."""
    steps = list(Priority)
    return steps[min(steps.index(priority) + 1, len(steps) - 1)]
