"""The staff doors of goodwill. Much of it waits for a second person, however it is parted."""

from backoffice.kernel.approval import VOTE_ERRORS
from backoffice.kernel.approval.rules import ApprovalAct
from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer.rules import UserNotFound
from backoffice.marketplace.goodwill import actions, rules, store
from backoffice.marketplace.goodwill.answers import credit_out
from backoffice.marketplace.goodwill.rules import GoodwillAct
from backoffice.marketplace.goodwill.schemas import CreditIn, CreditOut, CreditsQuery, GoodwillId
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success

customer_door = Doors(MARKETPLACE, tag="Goodwill", prefix="/api/v1/admin/users")
door = Doors(MARKETPLACE, tag="Goodwill", prefix="/api/v1/admin/goodwill")


@customer_door.post(
    "/{user_id}/goodwill",
    permission=Market.REFUNDS_APPROVE,
    status=201,
    key=KeyRule.REQUIRED,
    audit=[GoodwillAct.REQUESTED, GoodwillAct.GRANTED, ApprovalAct.AGREED],
    errors=[UserNotFound],
)
async def give_goodwill(user_id: Id, body: CreditIn, tx: Tx, call: Call) -> Success[CreditOut]:
    """Money into a customer's wallet, from us. What they got within 30 days counts together."""
    thresholds = call.house.settings.dual_approval_minor
    given = await actions.credit(tx, user_id, amount_minor=body.amount_cents, reason=body.reason, thresholds=thresholds)
    return success(credit_out(given))


@door.get("", permission=Market.REFUNDS_LIST)
async def list_goodwill(query: CreditsQuery, db: Db, call: Call) -> Listed[CreditOut]:
    """Goodwill, newest first."""
    rows, total = await store.CREDITS.page(db, query, call)
    return {
        "success": True,
        "data": [credit_out(row) for row in rows],
        "meta": meta(query.number, query.size, total=total),
    }


@door.post(
    "/{goodwill_id}/approve",
    permission=Market.REFUNDS_APPROVE,
    key=KeyRule.REQUIRED,
    audit=[GoodwillAct.GRANTED, ApprovalAct.AGREED, ApprovalAct.VOIDED],
    errors=[rules.GoodwillNotFound, rules.GoodwillDecided, *VOTE_ERRORS],
)
async def approve_goodwill(goodwill_id: GoodwillId, tx: Tx, call: Call) -> Success[CreditOut]:
    """The second person agrees; it is in the wallet then."""
    thresholds = call.house.settings.dual_approval_minor
    return success(credit_out(await actions.approve(tx, goodwill_id, thresholds=thresholds)))


@door.post(
    "/{goodwill_id}/reject",
    permission=Market.REFUNDS_APPROVE,
    key=KeyRule.REQUIRED,
    audit=[GoodwillAct.REJECTED, ApprovalAct.VOIDED],
    errors=[rules.GoodwillNotFound, rules.GoodwillDecided],
)
async def reject_goodwill(goodwill_id: GoodwillId, tx: Tx) -> Success[CreditOut]:
    """No money moves."""
    return success(credit_out(await actions.reject(tx, goodwill_id)))
