"""The doors of the conversation: an agent's reply, sending it again, and the files that customers sent."""

from starlette.responses import Response

from backoffice.helpdesk.conversation import replying, rules
from backoffice.helpdesk.conversation.schemas import RepliedOut, ReplyIn, ResentOut
from backoffice.helpdesk.outbox.rules import (
    NotUncertain,
    OutboundNotFound,
    OutboxAct,
    Status,
    TooLongForTemplate,
    template_room,
)
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import FILES, HELPDESK, Success, success
from backoffice.helpdesk.ticket.rules import NotYourTicketToUpdate, TicketAct, TicketNotFound
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.files import FileId, FileQuery, LinkNotGenuine, opened
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Conversation", prefix="/api/v1")


@door.post(
    "/tickets/{ticket_id}/messages",
    permission=Desk.TICKETS_WORK,
    audit=[TicketAct.REPLIED],
    errors=[
        TicketNotFound,
        NotYourTicketToUpdate,
        rules.ReplyToFinishedTicket,
        rules.WindowClosed,
        rules.NoTemplate,
        rules.CustomerOptedOut,
        TooLongForTemplate,
    ],
)
async def reply_to_customer(ticket_id: Id, body: ReplyIn, tx: Tx, call: Call) -> Success[RepliedOut]:
    """Write to the ticket's customer on WhatsApp; 24 hours after their last message only by template."""
    settings = call.house.settings
    room = template_room(settings.whatsapp_template, settings.whatsapp_template_text)
    replied = await replying.reply_to_customer(tx, ticket_id, body.message, as_template=body.template, room=room)
    return success(
        {
            "message": "Message queued",
            "reply": {
                "id": replied.message_id,
                "outbound_id": replied.outbound_id,
                "message": body.message,
                "sent_by": replied.author or tx.actor.label,
                "delivery": Status.QUEUED,
                "created_at": replied.created_at,
            },
        }
    )


@door.post(
    "/outbox/{outbound_id}/resend",
    permission=Desk.TICKETS_WORK,
    audit=[OutboxAct.RESENT],
    errors=[OutboundNotFound, NotUncertain, NotYourTicketToUpdate],
)
async def resend_message(outbound_id: Id, tx: Tx) -> Success[ResentOut]:
    """Send an uncertain reply again. It may reach the customer twice, so a person decides."""
    await replying.resend_reply(tx, outbound_id)
    return success({"message": "Message queued again", "id": outbound_id, "status": Status.QUEUED})


@door.get(
    "/files/{file_id}",
    public="the signature in the link is the proof, so that a browser can show the file",
    errors=[LinkNotGenuine, FileNotThere],
)
async def get_file(file_id: FileId, query: FileQuery, call: Call) -> Response:
    """A file that a customer sent, to whoever holds its link; links live an hour."""
    return await opened(call, FILES, file_id=file_id, query=query, shown=rules.SHOWN_INLINE)
