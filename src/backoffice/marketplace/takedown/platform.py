"""The platform's doors of takedowns: what vendors ask for, and what they may know of it."""

from backoffice.kernel.database import Db
from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer.rules import UserDeleted
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.review.rules import ReviewNotFound
from backoffice.marketplace.takedown import actions, rules, told
from backoffice.marketplace.takedown.outside import ToldOut, told_out
from backoffice.marketplace.takedown.rules import TakedownAct
from backoffice.marketplace.takedown.schemas import AppealIn, NewRequestIn, RequestId

door = Doors(MARKETPLACE, tag="Platform: takedown requests", prefix="/api/v1/platform/takedown-requests")


@door.post(
    "",
    scope=Scope.REVIEWS_WRITE,
    status=201,
    audit=[TakedownAct.REQUESTED],
    errors=[
        ReviewNotFound,
        UserDeleted,
        rules.NotPublished,
        rules.RequestOpen,
        rules.DecidedAlready,
        rules.RequestExists,
    ],
)
async def request_takedown(body: NewRequestIn, tx: Tx) -> Success[ToldOut]:
    """A vendor asks to take a review of theirs down; sent again it is the same request."""
    request = await actions.file_request(tx, body.model_dump())
    return success(told_out(await told.get_told(tx, request.id)))


@door.get("/{request_id}", scope=Scope.REVIEWS_WRITE, errors=[rules.RequestNotFound])
async def get_told_request(request_id: RequestId, db: Db) -> Success[ToldOut]:
    """A request as its vendor and the reviewer may know it: nothing that staff note among themselves."""
    return success(told_out(await told.get_told(db, request_id)))


@door.post(
    "/{request_id}/appeal",
    scope=Scope.REVIEWS_WRITE,
    audit=[TakedownAct.APPEALED],
    errors=[
        rules.RequestNotFound,
        UserDeleted,
        rules.NotResolved,
        rules.NotTheirsToAppeal,
        rules.AppealedAlready,
        rules.AppealTooLate,
    ],
)
async def appeal_takedown(request_id: RequestId, body: AppealIn, tx: Tx) -> Success[ToldOut]:
    """Whom the decision went against asks for another one, once: somebody else decides then."""
    await actions.appeal_request(tx, request_id, body.by, reason=body.reason)
    return success(told_out(await told.get_told(tx, request_id)))
