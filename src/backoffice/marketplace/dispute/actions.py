"""What customers and staff do with disputes. Each runs inside one write and holds the customer first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.kernel.approval import Standing
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import actions as bookings
from backoffice.marketplace.booking import rules as booking_rules
from backoffice.marketplace.booking.rules import MovedBy
from backoffice.marketplace.booking.store import BookingRow
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.customer.actions import hold as hold_customer
from backoffice.marketplace.dispute import rules, store
from backoffice.marketplace.dispute.rules import DisputeAct, Resolution, Source, Status
from backoffice.marketplace.dispute.store import DisputeRow
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment import store as payment_store
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund import rules as refund_rules
from backoffice.marketplace.refund import store as refund_store
from backoffice.marketplace.refund.actions import Wanted
from backoffice.marketplace.refund.rules import Origin, RequestedBy
from backoffice.marketplace.refund.store import Decision, RefundRow

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

    UserNotFound, UserDeleted, BookingNotFound, DisputeExists.
    """
    await hold_customer(tx, new["customer_id"])
    booking = await bookings.hold(tx, new["booking_id"]) if new["booking_id"] else None
    if booking is not None and booking.customer_id != new["customer_id"]:
        raise booking_rules.BookingNotFound(booking_id=new["booking_id"])
    row = {
        **new,
        "source": source,
        "booking_id": booking.id if booking else None,
        "vendor_id": booking.vendor_id if booking else None,
        "payment_id": new.get("payment_id")
        or (await payment_store.find_captured_of(tx, booking.id) if booking else None),
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


async def update_dispute(
    tx: Tx, dispute_id: int, wanted: DisputeUpdate, *, thresholds: Mapping[str, int]
) -> Standing | None:
    """Move a dispute, decide it, note something: all that is wanted or nothing.

    Where the money that goes back needs a second person it stays in progress until they have approved: the standing
    tells how far that got. InvalidStatusTransition, ResolutionMissing, RefundAmountMismatch, MayNotRefund, and what the
    refund core refuses.
    """
    dispute, booking = await hold(tx, dispute_id)
    if wanted.notes is not None:
        await store.set_notes(tx, dispute_id, wanted.notes)
        await store.insert_event(tx, dispute_id, "notes_changed", actor="staff")
    to, standing = wanted.status or dispute.status, None
    if to is not dispute.status:
        rules.check_move(dispute.status, to)
    if to is Status.RESOLVED and dispute.status is not Status.RESOLVED:
        standing = await _decide(tx, dispute, wanted, thresholds=thresholds)
    elif to is Status.REJECTED and dispute.status is not Status.REJECTED:
        await _take_back(tx, dispute, wanted)
    if standing is not None and not standing.is_reached:
        to = dispute.status
    if to is not dispute.status:
        await _move(tx, dispute, to, booking=booking, resolution=wanted.resolution)
    if to is not dispute.status or wanted.notes is not None or standing is not None:
        tx.audit(
            DisputeAct.UPDATED,
            dispute_id,
            before={"status": dispute.status},
            after={"status": to, "resolution_type": wanted.resolution},
            person=customer_rules.person(dispute.customer_id),
        )
    return standing


async def follow_refund(tx: Tx, refund: RefundRow) -> None:
    """A dispute that waited for a second person's approval is resolved with it; a rejected refund leaves it open."""
    if refund.dispute_id is None:
        return
    dispute, booking = await hold(tx, refund.dispute_id)
    if dispute.status is not Status.IN_PROGRESS:
        return
    if refund.status is refund_rules.Status.REJECTED:
        await store.insert_event(tx, dispute.id, "refund_rejected", actor="staff", refund=refund.number)
    elif refund.status in (refund_rules.Status.APPROVED, refund_rules.Status.PROCESSED):
        await _note_refund(tx, dispute, refund)
        await _move(tx, dispute, Status.RESOLVED, booking=booking, resolution=dispute.resolution_type)
    tx.audit(
        DisputeAct.UPDATED,
        dispute.id,
        before={"status": dispute.status},
        after={"refund": refund.status},
        person=customer_rules.person(dispute.customer_id),
    )


async def _move(
    tx: Tx, dispute: DisputeRow, to: Status, *, booking: BookingRow | None, resolution: Resolution | None
) -> None:
    await store.set_status(tx, dispute, to)
    await store.insert_event(tx, dispute.id, "status_changed", actor="staff", status=to, before=dispute.status)
    if booking is not None:
        await _settle(tx, booking, to, resolution=resolution)
    tx.send_ahead(customers.recount(tx, dispute.customer_id))


async def _decide(
    tx: Tx, dispute: DisputeRow, wanted: DisputeUpdate, *, thresholds: Mapping[str, int]
) -> Standing | None:
    """What was decided, with the money that goes back for it."""
    if wanted.resolution is None:
        raise rules.ResolutionMissing
    waiting = await _take_back(tx, dispute, wanted)
    amount = waiting.amount_minor if waiting else await _refund_amount(tx, dispute, wanted)
    await store.set_resolution(tx, dispute.id, wanted.resolution, amount_minor=amount or None, details=wanted.details)
    if not amount:
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
        await _note_refund(tx, dispute, refund)
    else:
        await store.insert_event(tx, dispute.id, "refund_awaits_approval", actor="staff", refund=refund.number)
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


async def _note_refund(tx: Tx, dispute: DisputeRow, refund: RefundRow) -> None:
    amount = refund.amount_minor
    await store.insert_event(tx, dispute.id, "refund_approved", actor="staff", refund=refund.number, amount=amount)


async def _refund_amount(tx: Tx, dispute: DisputeRow, wanted: DisputeUpdate) -> int:
    """A full refund is all that is left of the payment, a partial one less than that, any other nothing."""
    resolution, amount = wanted.resolution or Resolution.NO_REFUND, wanted.refund_minor
    if resolution not in rules.REFUNDING:
        if amount:
            raise rules.RefundAmountMismatch(resolution_type=resolution, sentence="gives nothing back")
        return 0
    if dispute.payment_id is None:
        raise rules.NothingToRefund
    payment = await payments.hold(tx, dispute.payment_id)
    if resolution is Resolution.FULL_REFUND:
        if amount not in (None, payment.left_minor):
            raise rules.RefundAmountMismatch(resolution_type=resolution, sentence=f"gives back {payment.left_minor}")
        return payment.left_minor
    if not amount:
        raise rules.RefundAmountMismatch(resolution_type=resolution, sentence="needs a refund_amount")
    return amount


async def _settle(tx: Tx, booking: BookingRow, to: Status, *, resolution: Resolution | None) -> None:
    """A decided dispute settles its booking: all the money back cancels it, anything else leaves it done."""
    if booking.status is booking_rules.Status.DISPUTED and to in (Status.RESOLVED, Status.REJECTED):
        is_off = to is Status.RESOLVED and resolution is Resolution.FULL_REFUND
        became = booking_rules.Status.CANCELLED if is_off else booking_rules.Status.COMPLETED
        await bookings.move(tx, booking, became, by=MovedBy.STAFF, reason="Dispute resolved with a full refund")
    elif booking.status is booking_rules.Status.COMPLETED and to is Status.IN_PROGRESS:
        await bookings.move(tx, booking, booking_rules.Status.DISPUTED, by=MovedBy.STAFF)
