"""The doors of finance: refunds of which a gateway's books say something else than ours."""

from backoffice.kernel.approval import VOTE_ERRORS
from backoffice.kernel.approval.rules import ApprovalAct
from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success
from backoffice.marketplace.reconciling import actions, listing, rules
from backoffice.marketplace.reconciling.answers import difference_out
from backoffice.marketplace.reconciling.rules import DifferenceAct
from backoffice.marketplace.reconciling.schemas import CloseIn, DifferenceOut, DifferencesQuery
from backoffice.marketplace.refund.rules import LeftBeforeRestore, RefundAct, RefundExceedsBalance, RestoreNotSettled

door = Doors(MARKETPLACE, tag="Refunds", prefix="/api/v1/admin/refund-differences")


@door.get("", permission=Market.REFUNDS_LIST)
async def list_refund_differences(query: DifferencesQuery, db: Db, call: Call) -> Listed[DifferenceOut]:
    """What differs, newest first. The refunds of the last days are compared every night."""
    rows, total = await listing.DIFFERENCES.page(db, query, call)
    return {
        "success": True,
        "data": [difference_out(row) for row in rows],
        "meta": meta(query.number, query.size, total=total),
    }


@door.post(
    "/{difference_id}/close",
    permission=Market.REFUNDS_APPROVE,
    audit=[DifferenceAct.CLOSED, RefundAct.PROCESSED, RefundAct.FAILED, ApprovalAct.AGREED, ApprovalAct.VOIDED],
    errors=[
        rules.DifferenceNotFound,
        rules.DifferenceEnded,
        RefundExceedsBalance,
        LeftBeforeRestore,
        RestoreNotSettled,
        *VOTE_ERRORS,
    ],
)
async def close_refund_difference(difference_id: Id, body: CloseIn, tx: Tx, call: Call) -> Success[DifferenceOut]:
    """Somebody found out what it is: it is not listed anew, and what a gateway gave counts from now on.

    Where much money may go back again by that it stays open until a second person has closed it, too.
    """
    thresholds = call.house.settings.dual_approval_minor
    await actions.close_difference(tx, difference_id, why=body.reason, thresholds=thresholds)
    missing = rules.DifferenceNotFound(difference_id=difference_id)
    return success(difference_out(await listing.DIFFERENCES.one(tx, difference_id, missing=missing)))
