"""The doors of the conversation: an agent's reply, and the files that customers sent."""

from typing import Annotated

import fastapi
from starlette.responses import Response

from backoffice.helpdesk.conversation import replying, rules
from backoffice.helpdesk.conversation.schemas import FileQuery, RepliedOut, ReplyIn
from backoffice.helpdesk.outbox.rules import Status, TooLongForTemplate, template_room
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import FILES, HELPDESK, Success, success
from backoffice.helpdesk.ticket.rules import NotYourTicketToUpdate, TicketAct, TicketNotFound
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Conversation", prefix="/api/v1")
FileId = Annotated[str, fastapi.Path(max_length=200)]


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


@door.get(
    "/files/{file_id}",
    public="the signature in the link is the proof, so that a browser can show the file",
    errors=[rules.LinkNotGenuine, FileNotThere],
)
async def get_file(file_id: FileId, query: FileQuery, call: Call) -> Response:
    """A file that a customer sent, to whoever holds its link; links live an hour."""
    if not call.house.links.is_genuine(FILES, file_id, until=query.until, signature=query.signature):
        raise rules.LinkNotGenuine
    kept = await call.house.files.fetch(file_id)
    disposition = "inline" if kept.content_type in rules.SHOWN_INLINE else "attachment"
    headers = {"Content-Disposition": f'{disposition}; filename="{file_id.partition(".")[0]}"'}
    return Response(kept.content, media_type=kept.content_type, headers=headers)
