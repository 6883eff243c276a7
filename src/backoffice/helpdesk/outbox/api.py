"""The outbox's door: sending again a reply whose delivery nobody knows."""

from backoffice.helpdesk.outbox import actions, rules
from backoffice.helpdesk.outbox.rules import OutboxAct
from backoffice.helpdesk.outbox.schemas import ResentOut
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK, Success, success
from backoffice.helpdesk.ticket.rules import NotYourTicketToUpdate
from backoffice.kernel.web import Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Conversation", prefix="/api/v1/outbox")


@door.post(
    "/{outbound_id}/resend",
    permission=Desk.TICKETS_WORK,
    audit=[OutboxAct.RESENT],
    errors=[rules.OutboundNotFound, rules.NotUncertain, NotYourTicketToUpdate],
)
async def resend_message(outbound_id: Id, tx: Tx) -> Success[ResentOut]:
    """Send an uncertain reply again. It may reach the customer twice, so a person decides."""
    await actions.resend(tx, outbound_id)
    return success({"message": "Message queued again", "id": outbound_id, "status": rules.Status.QUEUED})
