"""The staff doors of reviews: the list, one of them, hiding, restoring and removing it."""

from backoffice.kernel.database import Db, together
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success
from backoffice.marketplace.review import listing, moderating, past, rules
from backoffice.marketplace.review.answers import review_out, whole_out
from backoffice.marketplace.review.rules import ReviewAct, Status
from backoffice.marketplace.review.schemas import ModerateIn, RemoveQuery, ReviewsQuery
from backoffice.marketplace.review.shapes import ReviewOut, WholeOut

door = Doors(MARKETPLACE, tag="Reviews", prefix="/api/v1/admin/reviews")


@door.get("", permission=Market.REVIEWS_LIST)
async def list_reviews(query: ReviewsQuery, db: Db, call: Call) -> Listed[ReviewOut]:
    """Reviews of all customers, newest first unless sorted otherwise; hidden and removed ones too."""
    rows, total = await listing.REVIEWS.page(db, query, call)
    shows_pii = call.caller.can(Market.USERS_VIEW_PII)
    shown = [review_out(row, shows_pii=shows_pii) for row in rows]
    return {"success": True, "data": shown, "meta": meta(query.number, query.size, total=total)}


@door.get("/{review_id}", permission=Market.REVIEWS_VIEW, errors=[rules.ReviewNotFound])
async def get_review(review_id: Id, db: Db, call: Call) -> Success[WholeOut]:
    """A review with what staff did with it."""
    return success(await _whole(db, review_id, call))


@door.post(
    "/{review_id}/hide",
    permission=Market.REVIEWS_HIDE,
    audit=[ReviewAct.HIDDEN],
    errors=[rules.ReviewNotFound, rules.ReviewIsRemoved],
)
async def hide_review(review_id: Id, body: ModerateIn, tx: Tx, call: Call) -> Success[WholeOut]:
    """Nobody sees it for now, and it does not count for the vendor. What is hidden stays so."""
    await moderating.moderate(tx, await moderating.hold(tx, review_id), Status.HIDDEN, reason=body.reason)
    return success(await _whole(tx, review_id, call))


@door.post(
    "/{review_id}/restore",
    permission=Market.REVIEWS_MODERATE,
    audit=[ReviewAct.RESTORED],
    errors=[rules.ReviewNotFound],
)
async def restore_review(review_id: Id, body: ModerateIn, tx: Tx, call: Call) -> Success[WholeOut]:
    """Everybody sees it again, and it counts for the vendor. What is published stays so."""
    await moderating.moderate(tx, await moderating.hold(tx, review_id), Status.PUBLISHED, reason=body.reason)
    return success(await _whole(tx, review_id, call))


@door.delete(
    "/{review_id}",
    permission=Market.REVIEWS_REMOVE,
    audit=[ReviewAct.REMOVED],
    errors=[rules.ReviewNotFound],
)
async def remove_review(review_id: Id, query: RemoveQuery, tx: Tx, call: Call) -> Success[WholeOut]:
    """Take it down for good. The row stays, so that it can be restored where that was a mistake."""
    await moderating.moderate(tx, await moderating.hold(tx, review_id), Status.REMOVED, reason=query.reason)
    return success(await _whole(tx, review_id, call))


async def _whole(db: Db, review_id: int, call: Call) -> WholeOut:
    row, moderations = await together(listing.get_review(db, review_id), past.list_moderations(db, review_id))
    return whole_out(row, moderations, shows_pii=call.caller.can(Market.USERS_VIEW_PII))
