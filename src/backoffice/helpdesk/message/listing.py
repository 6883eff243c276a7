"""Messages as they are read, of a ticket or of a person: what was sent of one, and the message that it answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from backoffice.helpdesk.message.schemas import QuotedOut


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: int
    author: str
    kind: str
    content: str
    language: str | None
    details: dict[str, Any]
    answers_id: int | None
    created_at: datetime
    delivery: str | None
    outbound_id: int | None
    resent_count: int
    error: str | None
    quoted: QuotedOut | None


MESSAGE: LiteralString = """
    SELECT m.id, m.author, m.kind, m.content, m.language, m.details, m.answers_id, m.created_at,
           o.status AS delivery, o.id AS outbound_id, coalesce(o.resent_count, 0) AS resent_count, o.error,
           quoted.id AS quoted_id, quoted.author AS quoted_role, left(quoted.content, 300) AS quoted_content
      FROM helpdesk.message m
      LEFT JOIN helpdesk.outbound o ON o.message_id = m.id
      LEFT JOIN LATERAL (
            SELECT known.id, known.author, known.content
              FROM helpdesk.message known
             WHERE known.wa_message_id = m.details ->> 'quotes' AND known.whatsapp_user_id = m.whatsapp_user_id
             UNION ALL
            SELECT ours.id, ours.author, ours.content
              FROM helpdesk.outbound sent
              JOIN helpdesk.message ours ON ours.id = sent.message_id
             WHERE sent.wa_message_id = m.details ->> 'quotes' AND ours.whatsapp_user_id = m.whatsapp_user_id
             LIMIT 1
           ) quoted ON m.details ? 'quotes'
"""
