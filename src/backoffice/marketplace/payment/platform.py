"""The platform's door of payments."""

from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingNotFound
from backoffice.marketplace.payment import actions, rules
from backoffice.marketplace.payment.actions import Told
from backoffice.marketplace.payment.rules import PaymentAct
from backoffice.marketplace.payment.schemas import NewPaymentIn, PaymentOut
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: payments", prefix="/api/v1/platform/payments")


@door.post(
    "",
    scope=Scope.PAYMENTS_WRITE,
    status=201,
    audit=[PaymentAct.RECORDED],
    errors=[BookingNotFound, rules.PaymentExists, rules.PaymentSettled],
)
async def record_payment(body: NewPaymentIn, tx: Tx) -> Success[PaymentOut]:
    """A payment for a booking, as it stands; sent again it is the same one, moved to where it is now."""
    told = Told(
        external_id=body.external_id,
        booking_id=body.booking_id,
        amount_minor=body.amount_cents,
        method=body.method,
        gateway=body.gateway,
        gateway_payment_id=body.gateway_payment_id,
        status=body.status,
        failure_reason=body.failure_reason,
        completed_at=body.completed_at,
    )
    payment = await actions.record_payment(tx, told)
    return success(
        {
            "id": payment.id,
            "external_id": body.external_id,
            "booking_id": payment.booking_id,
            "user_id": payment.customer_id,
            "status": payment.status,
            "amount_cents": payment.amount_minor,
            "currency": payment.currency,
        }
    )
