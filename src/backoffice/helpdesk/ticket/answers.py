"""From rows to the shapes of the contract: nested agents, exchanges, the log. No database, no decisions."""

from collections.abc import Callable, Mapping

from backoffice.helpdesk.message.answers import more_out, quoted_out
from backoffice.helpdesk.ticket.listing import (
    LONGEST_CONVERSATION,
    ActivityRow,
    DetailRow,
    ListedRow,
    MessageRow,
    WaitingRow,
)
from backoffice.helpdesk.ticket.rules import Activity
from backoffice.helpdesk.ticket.schemas import (
    ActivityOut,
    AgentOut,
    AgentWithEmailOut,
    ExchangeOut,
    FactsOut,
    InternalNoteOut,
    LanguageOut,
    LoggedOut,
    TicketDetailOut,
    TicketOut,
    WaitingOut,
)
from backoffice.helpdesk.whatsapp.payload import as_digits


def facts_out(row: ListedRow) -> FactsOut:
    return {
        "id": row.id,
        "ticket_id": row.code,
        "phone_number": as_digits(row.phone),
        "merchant_id": row.merchant_id,
        "status": row.status,
        "category": row.category,
        "escalation_reason": row.escalation_reason,
        "assigned_agent_id": row.assigned_agent_id,
        "assigned_at": row.assigned_at,
        "auto_assigned": row.auto_assigned,
        "reassignment_count": row.reassignment_count,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "resolved_at": row.resolved_at,
        "closed_at": row.closed_at,
    }


def agent_out(row: ListedRow, agent_id: int) -> AgentOut:
    return {
        "id": agent_id,
        "username": row.agent_username or "",
        "full_name": row.agent_full_name or "",
        "department": row.agent_department,
    }


def listed_out(row: ListedRow) -> TicketOut:
    agent_id = row.assigned_agent_id
    return {**facts_out(row), "assigned_agent": None if agent_id is None else agent_out(row, agent_id)}


def waiting_out(row: WaitingRow) -> WaitingOut:
    return {
        "id": row.id,
        "ticket_id": row.code,
        "phone_number": as_digits(row.phone),
        "merchant_id": row.merchant_id,
        "category": row.category,
        "escalation_reason": row.escalation_reason,
        "created_at": row.created_at,
        "waiting_time_minutes": row.waiting_minutes,
    }


def detail_out(
    ticket: DetailRow, messages: list[MessageRow], *, activities: list[ActivityRow], sign: Callable[[str], str]
) -> TicketDetailOut:
    """`messages` and `activities` come newest first; `sign` makes the link of a file."""
    agent_id = ticket.assigned_agent_id
    shown = messages[:LONGEST_CONVERSATION][::-1]
    answers = {message.answers_id: message.content for message in shown}
    agent: AgentWithEmailOut | None = None
    if agent_id is not None:
        agent = {**agent_out(ticket, agent_id), "email": ticket.agent_email or ""}
    return {
        **facts_out(ticket),
        "assigned_agent": agent,
        "agent_response_count": ticket.agent_response_count,
        "resolution_notes": ticket.resolution_notes,
        "conversation_history": [exchange_out(message, answers, sign=sign) for message in shown],
        "conversation_truncated": len(messages) > LONGEST_CONVERSATION,
        "activities": [activity_out(row) for row in activities],
        "internal_notes": [note_out(row) for row in activities if row.activity_type == Activity.NOTE_ADDED],
    }


def exchange_out(message: MessageRow, answers: dict[int | None, str], *, sign: Callable[[str], str]) -> ExchangeOut:
    from_customer = message.author == "user"
    audio = message.kind == "audio" and message.file_id is not None
    quoted = quoted_out(message.quoted_id, message.quoted_author, content=message.quoted_content)
    return {
        "id": message.id,
        "role": message.author,
        "content": message.content,
        "message": message.content if from_customer else None,
        "response": answers.get(message.id) if from_customer else None,
        "timestamp": message.created_at,
        "message_type": message.kind,
        "language": language_out(message.languages, message.language, from_customer=from_customer),
        "audio": {"file_url": sign(message.file_id or ""), "transcription": message.transcription} if audio else None,
        "file_url": sign(message.file_id) if message.file_id else None,
        "delivery": message.delivery,
        "outbound_id": message.outbound_id,
        "resent_count": message.resent_count,
        **more_out(message.details, stored_kind=message.kind, error=message.error, quoted=quoted),
    }


def language_out(
    known: Mapping[str, str | None] | None, written: str | None, *, from_customer: bool
) -> LanguageOut | None:
    """What was told with the message; else the language it is written in, in its place."""
    known = known or {}
    detected = known.get("detected") or (written if from_customer else None)
    response = known.get("response") or (None if from_customer else written)
    return {"detected": detected, "response": response} if detected or response else None


def activity_out(row: ActivityRow) -> ActivityOut:
    return {
        "id": row.id,
        "activity_type": row.activity_type,
        "action_type": row.activity_type,
        "description": row.description,
        "admin_user_id": row.staff_id,
        "action_by": row.staff_id,
        "action_by_name": row.staff_full_name,
        "metadata": row.metadata,
        "delivery": row.delivery,
        "error": row.error,
        "created_at": row.created_at,
        "timestamp": row.created_at,
    }


def note_out(row: ActivityRow) -> InternalNoteOut:
    return {
        "id": row.id,
        "note": row.description,
        "created_by": row.staff_id,
        "created_by_name": row.staff_full_name,
        "created_at": row.created_at,
    }


def logged_out(row: ActivityRow) -> LoggedOut:
    return {
        "id": row.id,
        "activity_type": row.activity_type,
        "description": row.description,
        "metadata": row.metadata,
        "delivery": row.delivery,
        "error": row.error,
        "created_at": row.created_at,
        "admin_user": None
        if row.staff_id is None
        else {
            "id": row.staff_id,
            "username": row.staff_username or "",
            "full_name": row.staff_full_name or "",
            "role": row.staff_role or "",
        },
    }
