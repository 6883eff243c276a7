"""The staff doors of takedown requests: the queue, one of them, and deciding it."""

from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, meta, success
from backoffice.marketplace.review.rules import ReviewAct
from backoffice.marketplace.takedown import actions, listing, rules
from backoffice.marketplace.takedown.answers import lister, resolved_out, summary_out
from backoffice.marketplace.takedown.detail import detail_out
from backoffice.marketplace.takedown.rules import TakedownAct
from backoffice.marketplace.takedown.schemas import RequestId, RequestsQuery, ResolveIn
from backoffice.marketplace.takedown.shapes import DetailOut, RequestsPage, ResolvedOut
from backoffice.marketplace.takedown.whole import get_whole

door = Doors(MARKETPLACE, tag="Takedown requests", prefix="/api/v1/admin/reviews/takedown-requests")


@door.get("", permission=Market.REVIEWS_MODERATE, per_minute=60)
async def list_takedown_requests(query: RequestsQuery, db: Db, call: Call) -> RequestsPage:
    """Requests of vendors, open ones unless asked otherwise: urgent before others, then newest; totals of all."""
    rows, sums, total = await listing.REQUESTS.page(db, query, call, beside=listing.count_all(db))
    page = meta(query.number, query.size, total=total)
    return {"success": True, "data": [*map(lister(call), rows)], "meta": {**page, "summary": summary_out(sums)}}


@door.get("/{request_id}", permission=Market.REVIEWS_MODERATE, per_minute=120, errors=[rules.RequestNotFound])
async def get_takedown_request(request_id: RequestId, db: Db, call: Call) -> Success[DetailOut]:
    """A request with the review, its booking and reviewer, the vendor, evidence, history and timeline."""
    return success(detail_out(await get_whole(db, request_id), call))


@door.post(
    "/{request_id}/resolve",
    permission=Market.REVIEWS_MODERATE,
    key=KeyRule.REQUIRED,
    per_minute=30,
    audit=[TakedownAct.RESOLVED, ReviewAct.HIDDEN, ReviewAct.REMOVED, ReviewAct.RESTORED],
    errors=[rules.RequestNotFound, rules.AlreadyResolved, rules.AnotherModerator],
)
async def resolve_takedown_request(request_id: RequestId, body: ResolveIn, tx: Tx) -> Success[ResolvedOut]:
    """Accept a request and hide or remove the review, or reject it. Of two who decide at once the first wins."""
    held = await actions.hold(tx, request_id)
    sent = await actions.resolve_request(tx, held, verdict=body.verdict())
    return success(resolved_out(await listing.get_request(tx, request_id), sent))
