"""What a claim may become, what may be approved, and the facts a reviewer weighs. Pure: no SQL, no clock, no HTTP.

pending --> under_review --> approved <--> paid       completed payouts reach the approved amount; one comes back
   |          |  ^  ^____________|                    taken back, while no payout is alive
   |__________v__|
      denied  reopened
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.actor import Actor
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.kernel.files.content import find_type, label_of
from backoffice.kernel.money import CENTS
from backoffice.kernel.moves import Transitions
from backoffice.shield.free_text import masked_name
from backoffice.shield.permissions import ROLES, Shield


class Status(StrEnum):
    PENDING = "pending"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"
    DENIED = "denied"
    PAID = "paid"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.UNDER_REVIEW, Status.DENIED}),
    Status.UNDER_REVIEW: frozenset({Status.APPROVED, Status.DENIED}),
    Status.DENIED: frozenset({Status.UNDER_REVIEW}),
    Status.APPROVED: frozenset({Status.UNDER_REVIEW, Status.PAID}),
    Status.PAID: frozenset({Status.APPROVED}),
}
DUPLICATE_DAYS = 30
"""Two claims of one member whose jobs ended within so many days of each other may be one claim told twice."""
MOST_BYTES = 10 * 1024 * 1024
SUBMITTED = "Claim submitted by user"
REACHED = "Completed payouts reached the approved amount"
CAME_BACK = "A completed payout came back"


class ClaimAct(Act):
    SUBMITTED = "claim.submitted"
    DOCUMENT_ADDED = "claim.document_added"
    STATUS_UPDATE = "claim.status_update"
    AMOUNT_UPDATE = "claim.amount_update"
    ASSIGNED = "claim.assigned"
    NOTE_ADDED = "claim.note_added"
    DOCUMENT_VERIFIED = "claim.document_verified"


class ClaimNotFound(NotFound):
    """Claim {claim_id} not found"""

    claim_id: str


class DocumentNotFound(NotFound):
    """Document {document_id} not found"""

    document_id: str


class AdminNotFound(NotFound):
    """Admin {admin_id} not found"""

    admin_id: str


class MayNotApprove(Forbidden):
    """Approving a claim, and changing an approved amount, needs the permission claims:approve"""


class IllegalMove(Conflict):
    """A claim that is {current} can't become {requested}"""

    current: str
    requested: str


class PaidByPayouts(Conflict):
    """Only completed payouts make a claim paid, and only a returned one makes it approved again"""


class AmountMissing(Invalid):
    """amount_approved is needed to approve a claim"""


class AmountOfUnapproved(Conflict):
    """A claim that is {status} has no approved amount to set"""

    status: str


class AboveRequested(Conflict):
    """No more than the requested {requested} can be approved"""

    requested: str


class AboveCoverage(Conflict):
    """No more than the remaining coverage of {remaining} can be approved"""

    remaining: str


class BelowPayouts(Conflict):
    """Payouts of {live} are under way or completed: less can't be approved"""

    live: str


class HasLivePayouts(Conflict):
    """Payouts of {live} are under way or completed: the approval can't be taken back"""

    live: str


class DoesNotHandleClaims(Conflict):
    """Admin {admin_id} is not active or does not handle claims"""

    admin_id: str


class NeverInsured(Conflict):
    """User {user_id} was never on a plan"""

    user_id: str


class ClaimKnown(Conflict):
    """The external_id '{external_id}' names another claim already"""

    external_id: str


class UnknownContent(Invalid):
    """A document must be a PDF, JPEG or PNG file, by what is in it"""


@dataclass(frozen=True, slots=True)
class WaitingPeriod:
    """`ends_at` is None for somebody who was never enrolled before they lost their work."""

    ends_at: datetime | None
    is_satisfied: bool


def check_move_by_hand(current: Status, requested: Status) -> None:
    """Staff make every move but those that money makes."""
    if requested is Status.PAID or (current is Status.PAID and requested is Status.APPROVED):
        raise PaidByPayouts
    moves.check(
        TRANSITIONS, old=current, new=requested, refusal=lambda: IllegalMove(current=current, requested=requested)
    )


def check_may_approve(actor: Actor) -> None:
    if not actor.can(Shield.CLAIMS_APPROVE):
        raise MayNotApprove


def check_amount(amount: int, *, now_approved: int, requested: int, remaining: int, live: int) -> None:
    """At most what was requested and what the coverage leaves, at least what payouts already take.

    Approving less than before needs no coverage, even where a plan covers less than it did.
    """
    if amount > requested:
        raise AboveRequested(requested=spoken(requested))
    if amount > now_approved and amount > remaining:
        raise AboveCoverage(remaining=spoken(remaining))
    if amount < live:
        raise BelowPayouts(live=spoken(live))


def approver(actor_id: int, amount: int, *, known: int | None, now_approved: int | None) -> int:
    """Who answers for the amount: whoever approved at least as much, else who approves it now.

    Otherwise a cent less, taken off by a second person, would let the first pay out what they alone approved.
    """
    return known if known is not None and now_approved is not None and amount <= now_approved else actor_id


def check_handles_claims(admin_id: str, role: str, *, is_active: bool) -> None:
    if not is_active or Shield.CLAIMS_WRITE not in ROLES.get(role, frozenset()):
        raise DoesNotHandleClaims(admin_id=admin_id)


def settled(status: Status, *, approved: int | None, completed: int) -> Status:
    """What completed payouts make of a claim: paid when they reach the approved amount, approved when they don't."""
    if status is Status.APPROVED and approved is not None and completed >= approved:
        return Status.PAID
    if status is Status.PAID and completed < (approved or 0):
        return Status.APPROVED
    return status


def waiting_period(
    enrolled_at: datetime | None, days: int, *, termination_date: datetime, was_enrolled: bool
) -> WaitingPeriod:
    """Whoever loses their work within so many days of enrolling, or while not enrolled, was not covered yet."""
    if enrolled_at is None:
        return WaitingPeriod(None, False)
    ends_at = enrolled_at + timedelta(days=days)
    return WaitingPeriod(ends_at, was_enrolled and termination_date >= ends_at)


def recognised(content: bytes) -> str:
    """The content type that the bytes themselves show."""
    content_type = find_type(content)
    if content_type is None:
        raise UnknownContent
    return content_type


def shown_name(filename: str) -> str:
    """A sender's file name as a label, its digits masked where they tell a number."""
    return masked_name(label_of(filename))


def spoken(minor: int) -> str:
    """Cents as people read them in a sentence."""
    return f"${minor // CENTS:,}.{minor % CENTS:02d}"
