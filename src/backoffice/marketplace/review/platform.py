"""The platform's doors of reviews."""

from backoffice.kernel.web import Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingNotFound
from backoffice.marketplace.customer.rules import UserDeleted
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.review import actions, rules
from backoffice.marketplace.review.rules import ReviewAct
from backoffice.marketplace.review.schemas import HelpfulIn, NewReviewIn, ResponseIn, ReviewOut
from backoffice.marketplace.review.store import ReviewRow

door = Doors(MARKETPLACE, tag="Platform: reviews", prefix="/api/v1/platform/reviews")


def review_out(row: ReviewRow) -> ReviewOut:
    return {
        "id": row.id,
        "external_id": row.external_id,
        "booking_id": row.booking_id,
        "user_id": row.customer_id,
        "vendor_id": row.vendor_id,
        "status": row.status,
        "rating": row.rating,
        "helpful_count": row.helpful_count,
        "vendor_responded_at": row.vendor_responded_at,
        "created_at": row.created_at,
    }


@door.post(
    "",
    scope=Scope.REVIEWS_WRITE,
    status=201,
    audit=[ReviewAct.CREATED],
    errors=[BookingNotFound, UserDeleted, rules.NotReviewable, rules.ReviewExists],
)
async def create_review(body: NewReviewIn, tx: Tx) -> Success[ReviewOut]:
    """What a customer says of a completed booking, once; sent again it is the same review."""
    new = body.model_dump() | {"photos": list(body.photos)}
    return success(review_out(await actions.create_review(tx, new)))


@door.post(
    "/{review_id}/response",
    scope=Scope.REVIEWS_WRITE,
    audit=[ReviewAct.ANSWERED],
    errors=[rules.ReviewNotFound, UserDeleted],
)
async def answer_review(review_id: Id, body: ResponseIn, tx: Tx) -> Success[ReviewOut]:
    """What the vendor answers."""
    return success(review_out(await actions.answer_review(tx, review_id, body.response, at=body.responded_at)))


@door.post("/{review_id}/helpful", scope=Scope.REVIEWS_WRITE, errors=[rules.ReviewNotFound])
async def count_helpful(review_id: Id, body: HelpfulIn, tx: Tx) -> Success[ReviewOut]:
    """How many found the review helpful by now."""
    return success(review_out(await actions.count_helpful(tx, review_id, body.helpful_count)))
