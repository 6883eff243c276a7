"""The staff doors of refunds (remaining endpoints, 5). Those that give money back wait for what the gateway says."""

from typing import Any
from uuid import UUID

from backoffice.kernel.approval import VOTE_ERRORS
from backoffice.kernel.approval import listing as approvals
from backoffice.kernel.approval.rules import ApprovalAct
from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.web.outcome import Seen
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingAct
from backoffice.marketplace.deciding import actions
from backoffice.marketplace.deciding.actions import Telling
from backoffice.marketplace.deciding.answers import approval_out
from backoffice.marketplace.deciding.rules import DecidedByDispute
from backoffice.marketplace.deciding.schemas import ApprovalOut, ApprovalsQuery
from backoffice.marketplace.dispute.rules import DisputeAct
from backoffice.marketplace.fields import PathReference
from backoffice.marketplace.payment.rules import PaymentNotFound
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success
from backoffice.marketplace.refund import listing, rules
from backoffice.marketplace.refund.actions import Wanted
from backoffice.marketplace.refund.answers import decision_out, refund_out, summary_out
from backoffice.marketplace.refund.rules import Origin, RefundAct, RequestedBy, Status
from backoffice.marketplace.refund.schemas import (
    ApproveIn,
    DecisionOut,
    RefundId,
    RefundOut,
    RefundPage,
    RefundPaymentIn,
    RefundsQuery,
    RejectIn,
)
from backoffice.marketplace.refund.store import Decision

refund_door = Doors(MARKETPLACE, tag="Refunds", prefix="/api/v1/admin/refunds")
payment_door = Doors(MARKETPLACE, tag="Refunds", prefix="/api/v1/admin/payments")
approval_door = Doors(MARKETPLACE, tag="Refunds", prefix="/api/v1/admin/approvals")
APPROVING = [RefundAct.APPROVED, RefundAct.PROCESSED, ApprovalAct.AGREED, ApprovalAct.VOIDED]
REFUSED = [*rules.ASKING_ERRORS, *VOTE_ERRORS]


async def refund_by_now(db: Db, committed: Any) -> Seen:
    """What the gateway made of a refund so far; one that waits for another person waits for nothing else."""
    row = await listing.get_refund(db, UUID(committed["data"]["id"]))
    required = committed["data"]["approvals_required"]
    return Seen(
        success({**decision_out(row, {}), "approvals_required": required}), is_final=row.status is not Status.APPROVED
    )


@approval_door.get("", permission=Market.SELF)
async def list_approvals(query: ApprovalsQuery, db: Db, call: Call) -> Listed[ApprovalOut]:
    """What needs several people, of all that whoever asks may agree to; `waiting`: what they have not agreed to yet."""
    shown = approvals.of(call.caller, is_waiting=bool(query.waiting))
    rows, total = await approvals.APPROVALS.page(db, query, call, **shown)
    return {
        "success": True,
        "data": [approval_out(row) for row in rows],
        "meta": meta(query.number, query.size, total=total),
    }


@refund_door.get("", permission=Market.REFUNDS_LIST)
async def list_refunds(query: RefundsQuery, db: Db, call: Call) -> RefundPage:
    """Refunds, newest first, with the totals of all refunds by status."""
    rows, sums, total = await listing.REFUNDS.page(db, query, call, beside=listing.get_summary(db))
    thresholds, shows_pii = call.house.settings.dual_approval_minor, call.caller.can(Market.USERS_VIEW_PII)
    return {
        "success": True,
        "data": [refund_out(row, thresholds, shows_pii=shows_pii) for row in rows],
        "meta": {**meta(query.number, query.size, total=total), "summary": summary_out(sums)},
    }


@refund_door.get("/{refund_id}", permission=Market.REFUNDS_LIST, errors=[rules.RefundNotFound])
async def get_refund(refund_id: RefundId, db: Db, call: Call) -> Success[RefundOut]:
    """One refund, as the list shows it."""
    row = await listing.get_refund(db, refund_id)
    shows_pii = call.caller.can(Market.USERS_VIEW_PII)
    return success(refund_out(row, call.house.settings.dual_approval_minor, shows_pii=shows_pii))


@refund_door.post(
    "/{refund_id}/approve",
    permission=Market.REFUNDS_APPROVE,
    key=KeyRule.REQUIRED,
    audit=[*APPROVING, DisputeAct.UPDATED, BookingAct.MOVED],
    errors=[
        rules.RefundNotFound,
        rules.AlreadyResolved,
        rules.RefundExceedsRequest,
        DecidedByDispute,
        *REFUSED,
    ],
    outcome=refund_by_now,
)
async def approve_refund(refund_id: RefundId, body: ApproveIn, tx: Tx, call: Call) -> Success[DecisionOut]:
    """Give the money back, all of it or less; a failed refund is tried again. Much of it waits for a second person."""
    decision = Decision(body.approved_amount_cents, reason=body.reason, notes=body.admin_notes or body.notes)
    thresholds = call.house.settings.dual_approval_minor
    telling = Telling(body.notify_user, body.notify_vendor)
    await actions.approve_refund(tx, refund_id, decision, telling=telling, thresholds=thresholds)
    return success(decision_out(await listing.get_refund(tx, refund_id), thresholds))


@refund_door.post(
    "/{refund_id}/reject",
    permission=Market.REFUNDS_APPROVE,
    key=KeyRule.REQUIRED,
    audit=[RefundAct.REJECTED, ApprovalAct.VOIDED, DisputeAct.UPDATED],
    errors=[rules.RefundNotFound, rules.AlreadyResolved],
)
async def reject_refund(refund_id: RefundId, body: RejectIn, tx: Tx, call: Call) -> Success[DecisionOut]:
    """Give nothing back. What is offered instead is kept; no money moves by it."""
    decision = Decision(reason=body.reason, notes=body.admin_notes or body.notes, offer=body.offer_alternative)
    await actions.reject_refund(tx, refund_id, decision, telling=Telling(body.notify_user))
    return success(decision_out(await listing.get_refund(tx, refund_id), call.house.settings.dual_approval_minor))


@payment_door.post(
    "/{payment_id}/refund",
    permission=Market.PAYMENTS_REFUND,
    key=KeyRule.REQUIRED,
    audit=[RefundAct.REQUESTED, *APPROVING],
    errors=[PaymentNotFound, *REFUSED],
    outcome=refund_by_now,
)
async def refund_payment(payment_id: PathReference, body: RefundPaymentIn, tx: Tx, call: Call) -> Success[DecisionOut]:
    """Give a payment back, all that is left of it or less. Much of it waits for a second person, in the queue."""
    wanted = Wanted(
        payment_id=payment_id,
        amount_minor=body.amount_cents,
        origin=Origin.PAYMENT,
        reason=body.reason or "refunded_by_staff",
        requested_by=RequestedBy.ADMIN,
    )
    decision = Decision(reason=body.reason, notes=body.admin_notes or body.notes)
    thresholds = call.house.settings.dual_approval_minor
    telling = Telling(body.notify_user)
    refund_id = await actions.refund_payment(tx, wanted, decision, telling=telling, thresholds=thresholds)
    return success(decision_out(await listing.get_refund(tx, refund_id), thresholds))
