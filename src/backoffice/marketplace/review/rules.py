"""What a review may become. Pure: no SQL, no clock, no HTTP.

visible <--> hidden --> removed
   ^____________________^            removed is soft: it can be shown again
"""

from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.moves import Transitions
from backoffice.marketplace.booking.rules import Status as BookingStatus


class Status(StrEnum):
    VISIBLE = "visible"
    HIDDEN = "hidden"
    REMOVED = "removed"


TRANSITIONS: Transitions[Status] = {
    Status.VISIBLE: frozenset({Status.HIDDEN, Status.REMOVED}),
    Status.HIDDEN: frozenset({Status.VISIBLE, Status.REMOVED}),
    Status.REMOVED: frozenset({Status.VISIBLE}),
}


class ReviewAct(Act):
    CREATED = "review.created"
    ANSWERED = "review.answered"


class ReviewNotFound(NotFound):
    """Review not found"""

    review_id: int


class ReviewExists(Conflict):
    """This booking has a review already, or the external_id names another"""

    booking_id: str


class NotReviewable(Invalid):
    """Only a completed booking is reviewed; this one is {booking_status}"""

    booking_status: str


def check_reviewable(booking: BookingStatus) -> None:
    if booking is not BookingStatus.COMPLETED:
        raise NotReviewable(booking_status=booking)
