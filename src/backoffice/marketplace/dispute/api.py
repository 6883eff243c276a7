"""The staff doors of disputes (users and disputes, 6 and 7)."""

from backoffice.kernel.database import Db, together
from backoffice.kernel.web import Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingAct
from backoffice.marketplace.dispute import actions, rules, store
from backoffice.marketplace.dispute.actions import DisputeUpdate
from backoffice.marketplace.dispute.answers import detail_out
from backoffice.marketplace.dispute.rules import DisputeAct
from backoffice.marketplace.dispute.schemas import DetailOut, UpdateIn
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.refund.rules import NothingCaptured, PaymentFrozen, RefundAct, RefundExceedsBalance

door = Doors(MARKETPLACE, tag="Disputes", prefix="/api/v1/admin/disputes")


@door.get("/{dispute_id}", permission=Market.DISPUTES_VIEW, errors=[rules.DisputeNotFound])
async def get_dispute(dispute_id: Id, db: Db) -> Success[DetailOut]:
    """A dispute with its timeline."""
    row, events = await together(store.get_detail(db, dispute_id), store.list_events(db, dispute_id))
    return success(detail_out(row, events))


@door.patch(
    "/{dispute_id}",
    permission=Market.DISPUTES_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[DisputeAct.UPDATED, RefundAct.REQUESTED, RefundAct.APPROVED, BookingAct.MOVED],
    errors=[
        rules.DisputeNotFound,
        rules.InvalidStatusTransition,
        rules.ResolutionMissing,
        rules.RefundAmountMismatch,
        rules.NothingToRefund,
        rules.MayNotRefund,
        RefundExceedsBalance,
        NothingCaptured,
        PaymentFrozen,
    ],
)
async def update_dispute(dispute_id: Id, body: UpdateIn, tx: Tx) -> Success[DetailOut]:
    """Move a dispute, decide it with or without a refund, note something; what is not sent stays."""
    wanted = DisputeUpdate(
        status=body.status,
        resolution=body.resolution_type,
        refund_minor=body.refund_amount,
        notes=body.admin_notes,
        details=body.resolution_details,
    )
    await actions.update_dispute(tx, dispute_id, wanted)
    row, events = await together(store.get_detail(tx, dispute_id), store.list_events(tx, dispute_id))
    return success(detail_out(row, events))
