"""The platform's doors of bookings: what customers and vendors did there."""

from dataclasses import replace

from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import actions, rules
from backoffice.marketplace.booking.rules import BookingAct
from backoffice.marketplace.booking.schemas import BookingOut, MoveIn, NewBookingIn
from backoffice.marketplace.booking.store import BookingRow
from backoffice.marketplace.catalogue.rules import ServiceNotFound
from backoffice.marketplace.customer.rules import UserNotFound, UserRestricted, UserSuspended
from backoffice.marketplace.fields import PathReference
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: bookings", prefix="/api/v1/platform/bookings")


def booking_out(row: BookingRow) -> BookingOut:
    return {
        "id": row.id,
        "external_id": row.external_id,
        "booking_reference": row.reference,
        "booking_number": row.reference,
        "user_id": row.customer_id,
        "vendor_id": row.vendor_id,
        "service_id": row.service_id,
        "status": row.status,
        "scheduled_at": row.scheduled_at,
        "amount_cents": row.amount_minor,
        "currency": row.currency,
        "created_at": row.created_at,
    }


@door.post(
    "",
    scope=Scope.BOOKINGS_WRITE,
    status=201,
    audit=[BookingAct.CREATED],
    errors=[UserNotFound, UserSuspended, UserRestricted, ServiceNotFound, rules.BookingExists],
)
async def create_booking(body: NewBookingIn, tx: Tx) -> Success[BookingOut]:
    """A booking, if its customer may book; sent again it is the same one."""
    return success(booking_out(await actions.create_booking(tx, body.columns(), service=body.service_id)))


@door.post(
    "/{booking_id}/moves",
    scope=Scope.BOOKINGS_WRITE,
    audit=[BookingAct.MOVED],
    errors=[rules.BookingNotFound, rules.InvalidStatusTransition, rules.CancellationReasonMissing],
)
async def move_booking(booking_id: PathReference, body: MoveIn, tx: Tx) -> Success[BookingOut]:
    """What the customer, the vendor or time made of a booking; a dispute makes it disputed by itself."""
    booking = await actions.hold(tx, booking_id)
    await actions.move(tx, booking, body.status, by=body.by, reason=body.cancellation_reason)
    return success(booking_out(replace(booking, status=body.status)))
