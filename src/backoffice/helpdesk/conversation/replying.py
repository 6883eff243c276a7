"""What an agent writes to a customer under their ticket."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.helpdesk.conversation import rules, store
from backoffice.helpdesk.conversation.store import Said
from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.outbox import store as outbound
from backoffice.helpdesk.outbox.rules import Purpose, check_fits_template
from backoffice.helpdesk.ticket import rules as ticket_rules
from backoffice.helpdesk.ticket import store as tickets
from backoffice.helpdesk.ticket.rules import OCCUPYING, Activity, TicketAct
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.database import together
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class Replied:
    """An agent's words, on their way."""

    message_id: int
    outbound_id: int
    created_at: datetime
    author: str | None


async def reply_to_customer(tx: Tx, ticket_id: int, text: str, *, as_template: bool, room: int | None) -> Replied:
    """Write to a ticket's customer. 24 hours after their last message WhatsApp takes nothing but a template.

    `room`: how many characters the template takes; None when there is none.
    """
    ticket = await tickets.lock_ticket(tx, ticket_id)
    ticket_rules.check_may_work(tx.actor, ticket.assigned_agent_id)
    if ticket.status not in OCCUPYING:
        raise rules.ReplyToFinishedTicket(status=ticket.status)
    customer = await store.get_customer(tx, ticket.whatsapp_user_id)
    rules.check_reachable(
        opted_out=customer.opted_out_at is not None,
        window_open=customer.window_open,
        as_template=as_template,
        has_template=room is not None,
    )
    if as_template and room is not None:
        check_fits_template(text, room)
    said = Said("agent", text, ticket_id=ticket_id, staff_id=tx.actor.id)
    message, _ = await together(store.insert_message(tx, customer.id, said), store.set_answered(tx, ticket_id))
    queue = outbox.queue_template if as_template else outbox.queue_text
    outbound_id = await queue(tx, customer.id, text, purpose=Purpose.AGENT, message_id=message.id)
    logged = {"replied_by": tx.actor.label, "as_template": as_template, "outbound_id": outbound_id}
    activity = await tickets.insert_activity(tx, ticket_id, Activity.REPLIED, description=text, metadata=logged)
    after = {"message_id": message.id, "message": personal(text)}
    tx.audit(TicketAct.REPLIED, ticket_id, after=after, person=f"whatsapp:{customer.id}")
    return Replied(message.id, outbound_id, message.created_at, activity.author)


async def resend_reply(tx: Tx, outbound_id: int) -> None:
    """Send an uncertain reply again; whoever may work on its ticket decides."""
    row = await outbound.lock_reply(tx, outbound_id)
    ticket_rules.check_may_work(tx.actor, row.assigned_agent_id)
    await outbox.resend(tx, row)
