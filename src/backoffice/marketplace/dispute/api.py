"""The staff doors of disputes (users and disputes, 6 and 7)."""

from backoffice.kernel.approval import AgreedAlready, NotIndependent
from backoffice.kernel.approval.rules import ApprovalAct
from backoffice.kernel.database import Db, together
from backoffice.kernel.identity.step_up import MfaRequired, StepUpRequired
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingAct
from backoffice.marketplace.dispute import actions, rules, store
from backoffice.marketplace.dispute.actions import DisputeUpdate
from backoffice.marketplace.dispute.answers import detail_out
from backoffice.marketplace.dispute.rules import DisputeAct
from backoffice.marketplace.dispute.schemas import DetailOut, UpdatedOut, UpdateIn
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
    audit=[
        DisputeAct.UPDATED,
        RefundAct.REQUESTED,
        RefundAct.APPROVED,
        RefundAct.REJECTED,
        RefundAct.PROCESSED,
        BookingAct.MOVED,
        ApprovalAct.AGREED,
        ApprovalAct.VOIDED,
    ],
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
        AgreedAlready,
        NotIndependent,
        MfaRequired,
        StepUpRequired,
    ],
)
async def update_dispute(dispute_id: Id, body: UpdateIn, tx: Tx, call: Call) -> Success[UpdatedOut]:
    """Move a dispute, decide it with or without a refund, note something; what is not sent stays."""
    wanted = DisputeUpdate(
        status=body.status,
        resolution=body.resolution_type,
        refund_minor=body.refund_amount,
        notes=body.admin_notes,
        details=body.resolution_details,
    )
    thresholds = call.house.settings.dual_approval_minor
    standing = await actions.update_dispute(tx, dispute_id, wanted, thresholds=thresholds)
    row, events = await together(store.get_detail(tx, dispute_id), store.list_events(tx, dispute_id))
    return success(
        {
            **detail_out(row, events),
            "approvals_required": standing.required if standing else None,
            "approvals_received": standing.received if standing else None,
        }
    )
