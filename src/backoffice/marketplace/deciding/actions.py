"""Deciding refunds, and giving a payment back at once. Each runs inside one write and holds the customer first."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backoffice.kernel.write import Tx
from backoffice.marketplace.customer.actions import hold as hold_customer
from backoffice.marketplace.deciding import notices, rules
from backoffice.marketplace.dispute import actions as disputes
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund.actions import Wanted
from backoffice.marketplace.refund.rules import Status
from backoffice.marketplace.refund.store import Decision, RefundRow


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told of a decision."""

    customer: bool = True
    vendor: bool = False

    async def tell(self, tx: Tx, decided: RefundRow) -> None:
        if self.customer:
            await notices.tell_customer(tx, decided)
        if self.vendor:
            await notices.tell_vendor(tx, decided)


async def request_refund(tx: Tx, wanted: Wanted) -> RefundRow:
    """What somebody outside asks for, with their words: nothing for whoever was erased, to whom staff may still give
    back. PaymentNotFound, UserDeleted, and what the core refuses.
    """
    payment = await payments.hold(tx, wanted.payment_id)
    await hold_customer(tx, payment.customer_id)
    return await refunds.request_refund(tx, wanted)


async def approve_refund(
    tx: Tx, refund_id: UUID, decision: Decision, *, telling: Telling, thresholds: Mapping[str, int]
) -> RefundRow:
    """Approve a refund that waits, or once more one that failed. The dispute that waited for it is resolved with it.

    RefundNotFound, DecidedByDispute, and what the core refuses.
    """
    refund = await refunds.hold(tx, refund_id)
    if refund.dispute_id is not None and decision.amount_minor not in (None, refund.amount_minor):
        raise rules.DecidedByDispute(dispute_id=refund.dispute_id, amount_cents=refund.amount_minor)
    approved, _ = await refunds.approve(tx, refund, decision, thresholds=thresholds)
    if refund.status is Status.PENDING and approved.status is not refund.status:
        await disputes.follow_refund(tx, approved)
    if approved.status is not refund.status:
        await telling.tell(tx, approved)
    return approved


async def reject_refund(tx: Tx, refund_id: UUID, decision: Decision, *, telling: Telling) -> RefundRow:
    """Reject a refund that waits; the dispute that it was to resolve stays open. RefundNotFound, AlreadyResolved."""
    rejected = await refunds.reject(tx, await refunds.hold(tx, refund_id), decision)
    await disputes.follow_refund(tx, rejected)
    await telling.tell(tx, rejected)
    return rejected


async def refund_payment(
    tx: Tx, wanted: Wanted, decision: Decision, *, telling: Telling, thresholds: Mapping[str, int]
) -> UUID:
    """Ask for a refund and approve it in one: above the threshold it then waits for a second person. Its id.

    PaymentNotFound, and what the core refuses.
    """
    refund = await refunds.request_refund(tx, wanted)
    approved, _ = await refunds.approve(tx, refund, decision, thresholds=thresholds)
    if approved.status is not refund.status:
        await telling.tell(tx, approved)
    return refund.id
