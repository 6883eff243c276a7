"""What opens a dispute and what moves it. Each runs inside one write and holds the customer first.

What staff decide stands in deciding.py, what is said and shown in talking.py, work among staff in assigning.py.
"""

from typing import Any

from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import actions as bookings
from backoffice.marketplace.booking import rules as booking_rules
from backoffice.marketplace.booking.rules import MovedBy
from backoffice.marketplace.booking.store import BookingRow
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.customer.actions import hold as hold_customer
from backoffice.marketplace.dispute import notices, rules, store
from backoffice.marketplace.dispute.rules import DisputeAct, Event, Resolution, Source, Status
from backoffice.marketplace.dispute.store import DisputeRow
from backoffice.marketplace.payment import store as payment_store
from backoffice.marketplace.refund import rules as refund_rules
from backoffice.marketplace.refund.store import RefundRow

DISPUTABLE = frozenset({booking_rules.Status.IN_PROGRESS, booking_rules.Status.COMPLETED})
HOURS = int(rules.TIME_TO_RESOLVE.total_seconds() // 3600)


async def open_dispute(tx: Tx, new: dict[str, Any], *, source: Source) -> DisputeRow:
    """A complaint, to be resolved within 48 hours. Its booking becomes disputed. Sent again it is the same one.

    Customer and vendor are told unless `new` says otherwise; of what a gateway opened nobody outside is.
    A bank takes money back of somebody who was erased, too: that is opened all the same.
    UserNotFound, UserDeleted, BookingNotFound, DisputeExists.
    """
    await (customers.lock_customer if source is Source.GATEWAY else hold_customer)(tx, new["customer_id"])
    booking = await bookings.hold(tx, new["booking_id"]) if new["booking_id"] else None
    if booking is not None and booking.customer_id != new["customer_id"]:
        raise booking_rules.BookingNotFound(booking_id=new["booking_id"])
    is_told = source is not Source.GATEWAY
    row = {
        "notify_user": is_told,
        "notify_vendor": is_told,
        **new,
        "source": source,
        "booking_id": booking.id if booking else None,
        "vendor_id": booking.vendor_id if booking else None,
        "amount_disputed": _disputed(new, booking),
        "payment_id": new.get("payment_id")
        or (await payment_store.find_captured_of(tx, booking.id) if booking else None),
    }
    dispute_id = await store.insert_dispute(tx, row, hours=HOURS)
    if dispute_id is None:
        return await _known(tx, row)
    by = source if source is not Source.GATEWAY else "system"
    event_id = await store.insert_event(tx, dispute_id, Event.CREATED, actor=by)
    dispute = await store.lock_dispute(tx, dispute_id)
    tx.audit(
        DisputeAct.CREATED,
        dispute.id,
        after={"type": dispute.type, "booking_id": dispute.booking_id},
        person=customer_rules.person(dispute.customer_id),
    )
    if booking is not None and booking.status in DISPUTABLE:
        await bookings.move(tx, booking, booking_rules.Status.DISPUTED, by=MovedBy.SYSTEM)
    await notices.tell_opened(tx, dispute_id, event_id, beside=customers.recount(tx, dispute.customer_id))
    return dispute


def _disputed(new: dict[str, Any], booking: BookingRow | None) -> int:
    """What it is about: the sum that was said, or else the booking's, or else what is asked back. In minor units."""
    if (said := new["amount_disputed"]) is not None:
        return int(said)
    return booking.amount_minor if booking else new["refund_amount"] or 0


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


async def follow_refund(tx: Tx, refund: RefundRow) -> None:
    """A dispute that waited for a second person's approval is resolved with it; a rejected refund leaves it open."""
    if refund.dispute_id is None:
        return
    dispute, booking = await hold(tx, refund.dispute_id)
    if dispute.status is not Status.IN_PROGRESS:
        return
    if refund.status is refund_rules.Status.REJECTED:
        await store.insert_event(tx, dispute.id, Event.REFUND_REJECTED, actor=_acting(tx), refund=refund.number)
    elif refund.status in (refund_rules.Status.APPROVED, refund_rules.Status.PROCESSED):
        await note_refund(tx, dispute, refund)
        await move(tx, dispute, Status.RESOLVED, booking=booking, resolution=dispute.resolution_type)
    tx.audit(
        DisputeAct.UPDATED,
        dispute.id,
        before={"status": dispute.status},
        after={"refund": refund.status},
        person=customer_rules.person(dispute.customer_id),
    )


async def note_refund(tx: Tx, dispute: DisputeRow, refund: RefundRow) -> None:
    """The timeline says which refund the decision gives."""
    amount = refund.amount_minor
    event = Event.REFUND_APPROVED
    await store.insert_event(tx, dispute.id, event, actor=_acting(tx), refund=refund.number, amount=amount)


async def move(
    tx: Tx, dispute: DisputeRow, to: Status, *, booking: BookingRow | None, resolution: Resolution | None
) -> None:
    """The move with all that follows it: its booking, the history of decisions, who is told. The caller has checked it.

    What is opened again has 48 hours as if it were new.
    """
    reopened = dispute.status in rules.DECIDED and to is Status.IN_PROGRESS
    await store.set_status(tx, dispute, to)
    if reopened:
        await store.set_begun_anew(tx, dispute.id, hours=HOURS)
    if to in rules.DECIDED:
        await store.insert_decision(tx, dispute.id)
    event = Event.STATUS_CHANGED
    event_id = await store.insert_event(tx, dispute.id, event, actor=_acting(tx), status=to, before=dispute.status)
    if booking is not None:
        await _settle(tx, booking, to, resolution=resolution)
    counted = customers.recount(tx, dispute.customer_id)
    await notices.tell_moved(tx, dispute.id, event_id, reopened=reopened, beside=counted)


def _acting(tx: Tx) -> str:
    """Staff, or the house by itself: a gateway's word may end a refund too."""
    return "system" if tx.actor.staff_id is None else "staff"


async def _settle(tx: Tx, booking: BookingRow, to: Status, *, resolution: Resolution | None) -> None:
    """A decided dispute settles its booking: all the money back cancels it, anything else leaves it done."""
    if booking.status is booking_rules.Status.DISPUTED and to in rules.DECIDED:
        is_off = to is Status.RESOLVED and resolution is Resolution.FULL_REFUND
        became = booking_rules.Status.CANCELLED if is_off else booking_rules.Status.COMPLETED
        await bookings.move(tx, booking, became, by=MovedBy.STAFF, reason="Dispute resolved with a full refund")
    elif booking.status is booking_rules.Status.COMPLETED and to is Status.IN_PROGRESS:
        await bookings.move(tx, booking, booking_rules.Status.DISPUTED, by=MovedBy.STAFF)
