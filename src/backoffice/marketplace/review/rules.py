"""What a review may become. Pure: no SQL, no clock, no HTTP.

published <--> hidden --> removed
   ^______________________^          removed is soft: it can be shown again
"""

from enum import StrEnum

from backoffice.kernel import moves
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.moves import Transitions
from backoffice.marketplace.booking.rules import Status as BookingStatus


class Status(StrEnum):
    """Only what is published counts in the vendor's rating."""

    PUBLISHED = "published"
    HIDDEN = "hidden"
    REMOVED = "removed"


TRANSITIONS: Transitions[Status] = {
    Status.PUBLISHED: frozenset({Status.HIDDEN, Status.REMOVED}),
    Status.HIDDEN: frozenset({Status.PUBLISHED, Status.REMOVED}),
    Status.REMOVED: frozenset({Status.PUBLISHED}),
}


class ReviewAct(Act):
    CREATED = "review.created"
    ANSWERED = "review.answered"
    HIDDEN = "review.hidden"
    RESTORED = "review.restored"
    REMOVED = "review.removed"


class ReviewNotFound(NotFound):
    """Review not found"""

    review_id: int | str


class ReviewExists(Conflict):
    """This booking has a review already, or the external_id names another"""

    booking_id: str


class ReviewIsRemoved(Conflict):
    """This review is {current_status}: what was removed is restored before it is hidden"""

    current_status: str
    requested_status: str
    allowed_transitions: list[str]


class NotReviewable(Invalid):
    """Only a completed booking is reviewed; this one is {booking_status}"""

    booking_status: str


def check_reviewable(booking: BookingStatus) -> None:
    if booking is not BookingStatus.COMPLETED:
        raise NotReviewable(booking_status=booking)


def check_move(current: Status, requested: Status) -> None:
    """ReviewIsRemoved."""
    moves.check(
        TRANSITIONS,
        old=current,
        new=requested,
        refusal=lambda: ReviewIsRemoved(
            current_status=current, requested_status=requested, allowed_transitions=sorted(TRANSITIONS[current])
        ),
    )
