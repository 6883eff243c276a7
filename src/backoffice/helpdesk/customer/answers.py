"""From rows to the shapes of the customer pages. No database, no decisions.

What the conversation knows about a message beside its words is in its details; what it does not know is null here.
"""

from collections.abc import Callable
from typing import Any

from backoffice.helpdesk.customer.schemas import (
    AudioOut,
    CustomerOut,
    CustomerTicketOut,
    MessageOut,
    OrchestratorOut,
    RoutingOut,
)
from backoffice.helpdesk.customer.store import CustomerRow, MessageRow, TicketRow
from backoffice.helpdesk.message.answers import more_out, quoted_out
from backoffice.helpdesk.ticket.answers import language_out
from backoffice.helpdesk.whatsapp.payload import as_digits

MESSAGE_TYPES = {"audio": "audio", "image": "image", "sticker": "image"}
"""The dashboard knows text, audio and image; everything else reads as text."""


def customer_out(row: CustomerRow) -> CustomerOut:
    return {
        "id": row.id,
        "phone_number": as_digits(row.phone),
        "name": row.name,
        "is_merchant": row.merchant_id is not None,
        "merchant_id": row.merchant_id,
        "language_preference": row.language_preference,
        "created_at": row.created_at,
    }


def ticket_out(row: TicketRow) -> CustomerTicketOut:
    return {
        "id": row.id,
        "ticket_id": row.code,
        "status": row.status,
        "category": row.category,
        "created_at": row.created_at,
    }


def message_out(row: MessageRow, *, sign: Callable[[str], str]) -> MessageOut:
    """`sign` makes the link of a file."""
    quoted = quoted_out(row.quoted_id, row.quoted_author, content=row.quoted_content)
    return {
        "id": row.id,
        "role": row.author,
        "content": row.content,
        "message_type": MESSAGE_TYPES.get(row.kind, "text"),
        "timestamp": row.created_at,
        "language": language_out(row.details.get("language"), row.language, from_customer=row.author == "user"),
        "audio": _audio(row, sign),
        "file_url": sign(row.details["file_id"]) if row.details.get("file_id") else None,
        "delivery": row.delivery,
        **more_out(row.details, stored_kind=row.kind, error=row.error, quoted=quoted),
        "routing": _routing(row.details.get("routing")),
        "orchestrator": _orchestrator(row.details.get("orchestrator")),
    }


def _audio(row: MessageRow, sign: Callable[[str], str]) -> AudioOut | None:
    file_id = row.details.get("file_id")
    if row.kind != "audio" or file_id is None:
        return None
    return {"file_url": sign(file_id), "transcription": row.details.get("transcription")}


def _routing(decision: dict[str, Any] | None) -> RoutingOut | None:
    if decision is None:
        return None
    return {
        "decision": {
            "intent": decision.get("intent"),
            "confidence": decision.get("confidence"),
            "action": decision.get("action"),
            "reason": decision.get("reason"),
        }
    }


def _orchestrator(work: dict[str, Any] | None) -> OrchestratorOut | None:
    if work is None:
        return None
    tokens = work.get("tokens") or {}
    return {
        "flow": work.get("flow"),
        "processing_time_ms": work.get("processing_time_ms"),
        "tokens": {
            "input": tokens.get("input", 0),
            "output": tokens.get("output", 0),
            "total": tokens.get("total", 0),
        },
    }
