"""What staff decide about disputes: moving, resolving with or without money. Each runs inside one write."""

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice.kernel.approval import Standing
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.actions import hold as hold_customer
from backoffice.marketplace.dispute import actions, rules, store
from backoffice.marketplace.dispute.rules import DisputeAct, Event, Resolution, Status
from backoffice.marketplace.dispute.store import DisputeRow
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund import store as refund_store
from backoffice.marketplace.refund.actions import Wanted
from backoffice.marketplace.refund.rules import Origin, RequestedBy
from backoffice.marketplace.refund.store import Decision, RefundRow


@dataclass(frozen=True, slots=True)
class DisputeUpdate:
    """What staff want of a dispute; None leaves it as it is. Customer and vendor are told of a move as is wished."""

    status: Status | None = None
    resolution: Resolution | None = None
    refund_minor: int | None = None
    notes: str | None = None
    details: str | None = None
    notify_user: bool = True
    notify_vendor: bool = True


async def update_dispute(
    tx: Tx, dispute_id: int, wanted: DisputeUpdate, *, thresholds: Mapping[str, int]
) -> Standing | None:
    """Move a dispute, decide it, note something: all that is wanted or nothing.

    Where the money that goes back needs a second person it stays in progress until they have approved: the standing
    tells how far that got. InvalidStatusTransition, ResolutionMissing, RefundAmountMismatch, MayNotRefund, UserDeleted
    where something is to be noted of somebody who was erased, and what the refund core refuses.
    """
    dispute, booking = await actions.hold(tx, dispute_id)
    if wanted.notes is not None:
        await hold_customer(tx, dispute.customer_id)
        await store.set_notes(tx, dispute_id, wanted.notes)
        await store.insert_event(tx, dispute_id, Event.NOTES_CHANGED, actor="staff")
    to, standing = wanted.status or dispute.status, None
    if to is not dispute.status:
        rules.check_move(dispute.status, to)
        await store.set_wishes(tx, dispute_id, user=wanted.notify_user, vendor=wanted.notify_vendor)
    if to is Status.RESOLVED and dispute.status is not Status.RESOLVED:
        standing = await _decide(tx, dispute, wanted, thresholds=thresholds)
    elif to is Status.REJECTED and dispute.status is not Status.REJECTED:
        await _take_back(tx, dispute, wanted)
        await store.set_rejected(tx, dispute_id, details=wanted.details)
    if standing is not None and not standing.is_reached:
        to = dispute.status
    if to is not dispute.status:
        await actions.move(tx, dispute, to, booking=booking, resolution=wanted.resolution)
    if to is not dispute.status or wanted.notes is not None or standing is not None:
        _audit(tx, dispute, wanted, to=to)
    return standing


def _audit(tx: Tx, dispute: DisputeRow, wanted: DisputeUpdate, *, to: Status) -> None:
    written = {"admin_notes": wanted.notes, "resolution_details": wanted.details}
    tx.audit(
        DisputeAct.UPDATED,
        dispute.id,
        before={"status": dispute.status},
        after={
            "status": to,
            "resolution_type": wanted.resolution,
            **{name: personal(text) for name, text in written.items() if text is not None},
        },
        person=customer_rules.person(dispute.customer_id),
    )


async def _decide(
    tx: Tx, dispute: DisputeRow, wanted: DisputeUpdate, *, thresholds: Mapping[str, int]
) -> Standing | None:
    """What was decided, with the money that goes back for it."""
    if wanted.resolution is None:
        raise rules.ResolutionMissing
    waiting = await _take_back(tx, dispute, wanted)
    amount = waiting.amount_minor if waiting else await _refund_amount(tx, dispute, wanted)
    await store.set_resolution(tx, dispute.id, wanted.resolution, amount_minor=amount, details=wanted.details)
    if amount is None:
        return None
    if not tx.actor.can(Market.DISPUTES_REFUND):
        raise rules.MayNotRefund(required_permission=Market.DISPUTES_REFUND)
    refund = waiting or await refunds.request_refund(
        tx,
        Wanted(
            payment_id=dispute.payment_id or "",
            amount_minor=amount,
            origin=Origin.DISPUTE,
            reason=wanted.resolution,
            requested_by=RequestedBy.ADMIN,
            dispute_id=dispute.id,
        ),
    )
    refund, standing = await refunds.approve(tx, refund, Decision(), thresholds=thresholds)
    if standing is None or standing.is_reached:
        await actions.note_refund(tx, dispute, refund)
    else:
        event = Event.REFUND_AWAITS_APPROVAL
        await store.insert_event(tx, dispute.id, event, actor="staff", refund=refund.number)
    return standing


async def _take_back(tx: Tx, dispute: DisputeRow, wanted: DisputeUpdate) -> RefundRow | None:
    """The refund that waits for a second person, where the same is wanted again; another one ends it."""
    refund_id = await refund_store.find_pending_of(tx, dispute.id)
    if refund_id is None:
        return None
    waiting = await refunds.hold(tx, refund_id)
    if wanted.resolution is dispute.resolution_type and wanted.refund_minor in (None, waiting.amount_minor):
        return waiting
    await refunds.reject(tx, waiting, Decision(reason="Another resolution was wanted"))
    return None


async def _refund_amount(tx: Tx, dispute: DisputeRow, wanted: DisputeUpdate) -> int | None:
    """A full refund is all that is left of the payment, a partial one less than that, any other nothing: None.

    Of a payment of which nothing is left the smallest amount is asked for, so that the refund core says why.
    """
    resolution, amount = wanted.resolution or Resolution.NO_REFUND, wanted.refund_minor
    if resolution not in rules.REFUNDING:
        if amount:
            raise rules.NothingGoesBack(resolution_type=resolution)
        return None
    if dispute.payment_id is None:
        raise rules.NothingToRefund
    payment = await payments.hold(tx, dispute.payment_id)
    if resolution is Resolution.FULL_REFUND:
        if payment.left_minor and amount not in (None, payment.left_minor):
            raise rules.AllGoesBack(resolution_type=resolution, refund_amount=payment.left_minor)
        return max(payment.left_minor, 1)
    if not amount:
        raise rules.RefundAmountMismatch(resolution_type=resolution)
    return amount
