"""From rows to the shapes of the contract: a ticket with its exchanges and its log. No database, no decisions."""

from collections.abc import Callable

from backoffice.helpdesk.message.answers import read_out
from backoffice.helpdesk.message.listing import MessageRow
from backoffice.helpdesk.ticket.listing import LONGEST_CONVERSATION
from backoffice.helpdesk.ticket.rules import Activity
from backoffice.helpdesk.ticket.schemas import (
    ActivityOut,
    AloneOut,
    ExchangeOut,
    InternalNoteOut,
    LoggedOut,
    TicketDetailOut,
)
from backoffice.kernel.database.rows import values_of


def detail_out(
    ticket: AloneOut, messages: list[MessageRow], *, activities: list[LoggedOut], sign: Callable[[str], str]
) -> TicketDetailOut:
    """`messages` and `activities` come newest first; `sign` makes the link of a file."""
    shown = messages[:LONGEST_CONVERSATION][::-1]
    answers = {message.answers_id: message.content for message in shown}
    return TicketDetailOut(
        **values_of(ticket),
        conversation_history=[exchange_out(message, answers, sign=sign) for message in shown],
        conversation_truncated=len(messages) > LONGEST_CONVERSATION,
        activities=[activity_out(row) for row in activities],
        internal_notes=[note_out(row) for row in activities if row.activity_type == Activity.NOTE_ADDED],
    )


def exchange_out(message: MessageRow, answers: dict[int | None, str], *, sign: Callable[[str], str]) -> ExchangeOut:
    from_customer = message.author == "user"
    return {
        **read_out(message, sign),
        "message": message.content if from_customer else None,
        "response": answers.get(message.id) if from_customer else None,
        "message_type": message.kind,
        "outbound_id": message.outbound_id,
        "resent_count": message.resent_count,
    }


def activity_out(row: LoggedOut) -> ActivityOut:
    by = row.admin_user.id if row.admin_user else None
    return {
        "id": row.id,
        "activity_type": row.activity_type,
        "action_type": row.activity_type,
        "description": row.description,
        "admin_user_id": by,
        "action_by": by,
        "action_by_name": row.admin_user.full_name if row.admin_user else None,
        "metadata": row.metadata,
        "delivery": row.delivery,
        "error": row.error,
        "created_at": row.created_at,
        "timestamp": row.created_at,
    }


def note_out(row: LoggedOut) -> InternalNoteOut:
    by = row.admin_user
    return {
        "id": row.id,
        "note": row.description,
        "created_by": by.id if by else None,
        "created_by_name": by.full_name if by else None,
        "created_at": row.created_at,
    }
