"""What becomes of bookings: made and moved by the platform, disputed and settled by what happens here."""

from datetime import UTC, datetime
from typing import Any

from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import rules, store
from backoffice.marketplace.booking.rules import BookingAct, MovedBy, Status
from backoffice.marketplace.booking.store import BookingRow
from backoffice.marketplace.catalogue import store as services
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers


async def create_booking(tx: Tx, new: dict[str, Any], *, service: str) -> BookingRow:
    """A booking as the platform took it, if its customer may book. Sent again it changes nothing.

    UserNotFound, UserSuspended, UserRestricted, ServiceNotFound, BookingExists.
    """
    customer = await customers.lock_customer(tx, new["customer_id"])
    offered = await services.get_service(tx, service)
    row = {
        **new,
        "id": new_id("bkg"),
        "service_id": offered.id,
        "vendor_id": offered.vendor_id,
        "duration_minutes": new["duration_minutes"] or offered.duration_minutes,
    }
    booking = await store.insert_booking(tx, row)
    if booking is None:
        known = await store.lock_booking(tx, new["external_id"])
        if (known.customer_id, known.service_id, known.amount_minor) != (customer.id, offered.id, new["amount"]):
            raise rules.BookingExists(external_id=new["external_id"])
        return known
    customer_rules.check_may_book(customer, is_prepaid=new["is_prepaid"], at=datetime.now(UTC))
    await store.insert_first_move(tx, booking.id)
    tx.send_ahead(customers.recount(tx, customer.id))
    tx.audit(
        BookingAct.CREATED,
        booking.id,
        after={"amount": booking.amount_minor, "service_id": offered.id},
        person=customer_rules.person(customer.id),
    )
    return booking


async def hold(tx: Tx, booking_id: str) -> BookingRow:
    """The booking and before it its customer, held until this write ends. BookingNotFound."""
    customer_id = await store.find_customer_id(tx, booking_id)
    if customer_id is None:
        raise rules.BookingNotFound(booking_id=booking_id)
    await customers.lock_customer(tx, customer_id)
    return await store.lock_booking(tx, booking_id)


async def move(tx: Tx, booking: BookingRow, to: Status, *, by: MovedBy, reason: str | None = None) -> int:
    """One move of a booking that is held, and its id in the history; moving it to where it is changes nothing: 0.

    InvalidStatusTransition, CancellationReasonMissing.
    """
    if to is booking.status:
        return 0
    rules.check_move(booking.status, to)
    if to is Status.CANCELLED and not reason:
        raise rules.CancellationReasonMissing
    move_id = await store.set_status(tx, booking, to, by=by, reason=reason)
    tx.send_ahead(customers.recount(tx, booking.customer_id))
    tx.audit(
        BookingAct.MOVED,
        booking.id,
        before={"status": booking.status},
        after={"status": to, "by": by},
        person=customer_rules.person(booking.customer_id),
    )
    return move_id
