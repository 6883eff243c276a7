"""What staff see of a message beside its words, wherever it is shown. No database, no decisions."""

from collections.abc import Mapping
from typing import Any

from backoffice.helpdesk.message.schemas import MoreOut, QuotedOut

LONGEST_QUOTE = 300


def quoted_out(message_id: int | None, author: str | None, *, content: str | None) -> QuotedOut | None:
    """The message that another one answers, when we know it."""
    if message_id is None:
        return None
    return {"id": message_id, "role": author or "", "content": (content or "")[:LONGEST_QUOTE]}


def more_out(details: Mapping[str, Any], *, stored_kind: str, error: str | None, quoted: QuotedOut | None) -> MoreOut:
    """`error` is why the message itself was not delivered; else why its file or its answer could not be had."""
    return {
        "kind": details.get("kind") or stored_kind,
        "error": error or details.get("file_error") or details.get("problem"),
        "file_name": details.get("file_name"),
        "quoted": quoted,
        "edits": details.get("edits") or [],
        "deleted_at": details.get("deleted_at"),
        "forwarded": bool(details.get("forwarded")),
        "referral": details.get("referral"),
    }
