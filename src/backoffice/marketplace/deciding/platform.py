"""The platform's door of refunds: what customers and vendors ask for. Staff decide."""

from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer.rules import UserDeleted
from backoffice.marketplace.deciding import actions
from backoffice.marketplace.payment.rules import PaymentNotFound
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.refund import rules
from backoffice.marketplace.refund.actions import Wanted
from backoffice.marketplace.refund.rules import Origin, RefundAct
from backoffice.marketplace.refund.schemas import NewRefundIn, RequestedOut

door = Doors(MARKETPLACE, tag="Platform: refunds", prefix="/api/v1/platform/refunds")


@door.post(
    "",
    scope=Scope.REFUNDS_WRITE,
    status=201,
    audit=[RefundAct.REQUESTED],
    errors=[
        PaymentNotFound,
        UserDeleted,
        rules.RefundExists,
        *rules.ASKING_ERRORS,
    ],
)
async def request_refund(body: NewRefundIn, tx: Tx) -> Success[RequestedOut]:
    """A request to give money back, with what shows it; sent again it is the same one."""
    wanted = Wanted(
        payment_id=body.payment_id,
        amount_minor=body.amount_cents,
        origin=Origin.REQUEST,
        reason=body.reason,
        requested_by=body.requested_by,
        description=body.description,
        priority=body.priority,
        external_id=body.external_id,
        evidence=[one.model_dump() for one in body.evidence],
    )
    refund = await actions.request_refund(tx, wanted)
    return success(
        {
            "id": refund.id,
            "external_id": body.external_id,
            "refund_number": refund.number,
            "status": refund.status,
            "payment_id": refund.payment_id,
            "requested_amount_cents": refund.requested_minor,
            "currency": refund.currency,
        }
    )
