"""What customers and staff do with disputes. Each runs inside one write and holds the customer first."""

from dataclasses import dataclass
from typing import Any

from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import actions as bookings
from backoffice.marketplace.booking import rules as booking_rules
from backoffice.marketplace.booking.rules import MovedBy
from backoffice.marketplace.booking.store import BookingRow
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.dispute import rules, store
from backoffice.marketplace.dispute.rules import DisputeAct, Resolution, Source, Status
from backoffice.marketplace.dispute.store import DisputeRow
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment import store as payment_store
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund.actions import Wanted
from backoffice.marketplace.refund.rules import Origin, RequestedBy
from backoffice.marketplace.refund.store import Decision

DISPUTABLE = frozenset({booking_rules.Status.IN_PROGRESS, booking_rules.Status.COMPLETED})


@dataclass(frozen=True, slots=True)
class DisputeUpdate:
    """What staff want of a dispute; None leaves it as it is."""

    status: Status | None = None
    resolution: Resolution | None = None
    refund_minor: int | None = None
    notes: str | None = None
    details: str | None = None


async def open_dispute(tx: Tx, new: dict[str, Any], *, source: Source) -> DisputeRow:
    """A complaint, to be resolved within 48 hours. Its booking becomes disputed. Sent again it is the same one.

    UserNotFound, BookingNotFound, DisputeExists.
    """
    await customers.lock_customer(tx, new["customer_id"])
    booking = await bookings.hold(tx, new["booking_id"]) if new["booking_id"] else None
    if booking is not None and booking.customer_id != new["customer_id"]:
        raise booking_rules.BookingNotFound(booking_id=new["booking_id"])
    row = {
        **new,
        "source": source,
        "booking_id": booking.id if booking else None,
        "vendor_id": booking.vendor_id if booking else None,
        "payment_id": await payment_store.find_captured_of(tx, booking.id) if booking else None,
    }
    hours = int(rules.TIME_TO_RESOLVE.total_seconds() // 3600)
    dispute_id = await store.insert_dispute(tx, row, hours=hours)
    if dispute_id is None:
        return await _known(tx, row)
    await store.insert_event(tx, dispute_id, "created", actor=source if source is not Source.GATEWAY else "system")
    dispute = await store.lock_dispute(tx, dispute_id)
    tx.audit(
        DisputeAct.CREATED,
        dispute.id,
        after={"type": dispute.type, "booking_id": dispute.booking_id},
        person=customer_rules.person(dispute.customer_id),
    )
    if booking is not None and booking.status in DISPUTABLE:
        await bookings.move(tx, booking, booking_rules.Status.DISPUTED, by=MovedBy.SYSTEM)
    tx.send_ahead(customers.recount(tx, dispute.customer_id))
    return dispute


async def _known(tx: Tx, row: dict[str, Any]) -> DisputeRow:
    """The dispute that has this name already, if it is the same one."""
    dispute_id = await store.find_id(tx, row["external_id"])
    assert dispute_id is not None, "what conflicts is there"
    known = await store.lock_dispute(tx, dispute_id)
    if (known.customer_id, known.booking_id, known.type) != (row["customer_id"], row["booking_id"], row["type"]):
        raise rules.DisputeExists(external_id=row["external_id"])
    return known


async def hold(tx: Tx, dispute_id: int) -> tuple[DisputeRow, BookingRow | None]:
    """The dispute with its booking, and before them the customer, held until this write ends. DisputeNotFound."""
    customer_id = await store.find_customer_id(tx, dispute_id)
    if customer_id is None:
        raise rules.DisputeNotFound(dispute_id=dispute_id)
    await customers.lock_customer(tx, customer_id)
    dispute = await store.lock_dispute(tx, dispute_id)
    booking = await bookings.hold(tx, dispute.booking_id) if dispute.booking_id else None
    return dispute, booking


async def update_dispute(tx: Tx, dispute_id: int, wanted: DisputeUpdate) -> DisputeRow:
    """Move a dispute, decide it, note something: all that is wanted or nothing.

    InvalidStatusTransition, ResolutionMissing, RefundAmountMismatch, MayNotRefund, and what the refund core refuses.
    """
    dispute, booking = await hold(tx, dispute_id)
    if wanted.notes is not None:
        await store.set_notes(tx, dispute_id, wanted.notes)
        await store.insert_event(tx, dispute_id, "notes_changed", actor="staff")
    to = wanted.status or dispute.status
    if to is not dispute.status:
        rules.check_move(dispute.status, to)
    if to is Status.RESOLVED and dispute.status is not Status.RESOLVED:
        await _resolve(tx, dispute, wanted)
    if to is not dispute.status:
        await store.set_status(tx, dispute, to)
        await store.insert_event(tx, dispute_id, "status_changed", actor="staff", status=to, before=dispute.status)
        if booking is not None:
            await _follow(tx, booking, to, wanted.resolution)
    if to is not dispute.status or wanted.notes is not None:
        tx.audit(
            DisputeAct.UPDATED,
            dispute_id,
            before={"status": dispute.status},
            after={"status": to, "resolution_type": wanted.resolution},
            person=customer_rules.person(dispute.customer_id),
        )
        tx.send_ahead(customers.recount(tx, dispute.customer_id))
    return await store.lock_dispute(tx, dispute_id)


async def _resolve(tx: Tx, dispute: DisputeRow, wanted: DisputeUpdate) -> None:
    """What was decided, with the money that goes back for it."""
    if wanted.resolution is None:
        raise rules.ResolutionMissing
    amount = await _refund_amount(tx, dispute, wanted.resolution, wanted.refund_minor)
    await store.set_resolution(tx, dispute.id, wanted.resolution, amount_minor=amount or None, details=wanted.details)
    if not amount:
        return
    if not tx.actor.can(Market.DISPUTES_REFUND):
        raise rules.MayNotRefund(required_permission=Market.DISPUTES_REFUND)
    assert dispute.payment_id is not None, "an amount is only there with a payment"
    refund = await refunds.request_refund(
        tx,
        Wanted(
            payment_id=dispute.payment_id,
            amount_minor=amount,
            origin=Origin.DISPUTE,
            reason=wanted.resolution,
            requested_by=RequestedBy.ADMIN,
            dispute_id=dispute.id,
        ),
    )
    await refunds.approve(tx, refund, Decision())
    await store.insert_event(tx, dispute.id, "refund_approved", actor="staff", refund=refund.number, amount=amount)


async def _refund_amount(tx: Tx, dispute: DisputeRow, resolution: Resolution, wanted: int | None) -> int:
    """A full refund is all that is left of the payment, a partial one less than that, any other nothing."""
    if resolution not in rules.REFUNDING:
        if wanted:
            raise rules.RefundAmountMismatch(resolution_type=resolution, sentence="gives nothing back")
        return 0
    if dispute.payment_id is None:
        raise rules.NothingToRefund
    payment = await payments.hold(tx, dispute.payment_id)
    if resolution is Resolution.FULL_REFUND:
        if wanted not in (None, payment.left_minor):
            raise rules.RefundAmountMismatch(resolution_type=resolution, sentence=f"gives back {payment.left_minor}")
        return payment.left_minor
    if not wanted:
        raise rules.RefundAmountMismatch(resolution_type=resolution, sentence="needs a refund_amount")
    return wanted


async def _follow(tx: Tx, booking: BookingRow, to: Status, resolution: Resolution | None) -> None:
    """A decided dispute settles its booking: all the money back cancels it, anything else leaves it done."""
    if booking.status is booking_rules.Status.DISPUTED and to in (Status.RESOLVED, Status.REJECTED):
        is_off = to is Status.RESOLVED and resolution is Resolution.FULL_REFUND
        became = booking_rules.Status.CANCELLED if is_off else booking_rules.Status.COMPLETED
        await bookings.move(tx, booking, became, by=MovedBy.STAFF, reason="Dispute resolved with a full refund")
    elif booking.status is booking_rules.Status.COMPLETED and to is Status.IN_PROGRESS:
        await bookings.move(tx, booking, booking_rules.Status.DISPUTED, by=MovedBy.STAFF)
