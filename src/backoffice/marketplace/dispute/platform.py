"""The platform's doors of disputes: what customers and vendors say."""

from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingAct, BookingNotFound
from backoffice.marketplace.customer.rules import UserDeleted, UserNotFound
from backoffice.marketplace.dispute import actions, rules
from backoffice.marketplace.dispute.rules import DisputeAct, Source
from backoffice.marketplace.dispute.schemas import CreatedOut, NewDisputeIn
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: disputes", prefix="/api/v1/platform/disputes")


@door.post(
    "",
    scope=Scope.DISPUTES_WRITE,
    status=201,
    audit=[DisputeAct.CREATED, BookingAct.MOVED],
    errors=[UserNotFound, UserDeleted, BookingNotFound, rules.DisputeExists],
)
async def open_dispute(body: NewDisputeIn, tx: Tx) -> Success[CreatedOut]:
    """A customer's complaint; sent again it is the same one."""
    sent = body.model_dump()
    dispute = await actions.open_dispute(tx, {**sent, "customer_id": sent.pop("user_id")}, source=Source.CUSTOMER)
    return success(
        {
            "id": dispute.id,
            "external_id": dispute.external_id,
            "dispute_reference": dispute.reference,
            "status": dispute.status,
            "resolution_deadline": dispute.resolution_deadline,
        }
    )
