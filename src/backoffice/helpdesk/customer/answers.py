"""From rows to the shapes of the customer pages. No database, no decisions.

What the conversation knows about a message beside its words is in its details; what it does not know is null here.
"""

from collections.abc import Callable
from typing import Any

from backoffice.helpdesk.customer.schemas import MessageOut, OrchestratorOut, RoutingOut
from backoffice.helpdesk.message.answers import read_out
from backoffice.helpdesk.message.listing import MessageRow

MESSAGE_TYPES = {"audio": "audio", "image": "image", "sticker": "image"}
"""The dashboard knows text, audio and image; everything else reads as text."""


def message_out(row: MessageRow, *, sign: Callable[[str], str]) -> MessageOut:
    """`sign` makes the link of a file."""
    return {
        **read_out(row, sign),
        "message_type": MESSAGE_TYPES.get(row.kind, "text"),
        "routing": _routing(row.details.get("routing")),
        "orchestrator": _orchestrator(row.details.get("orchestrator")),
    }


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
