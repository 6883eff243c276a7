"""Inbound messages and who sent them: a whole webhook goes in with one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from backoffice.helpdesk.whatsapp.payload import InboundMessage
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class ArrivedRow:
    wa_message_id: str
    whatsapp_user_id: int


def insert_inbound(tx: Tx, messages: list[InboundMessage]) -> Query[list[ArrivedRow]]:
    """Keep what was not known before, and when each customer last wrote. Returns the new messages."""
    return tx.all(
        ArrivedRow,
        """
        WITH given AS (
            SELECT * FROM unnest(%(wa_message_ids)s::text[], %(phones)s::text[], %(wa_ids)s::text[], %(names)s::text[],
                                 %(kinds)s::text[], %(texts)s::text[], %(button_ids)s::text[], %(media_ids)s::text[],
                                 %(media_mimes)s::text[], %(sent_ats)s::timestamptz[], %(raws)s::bytea[],
                                 %(facts)s::text[], %(user_ids)s::text[])
              WITH ORDINALITY AS one (wa_message_id, phone, wa_id, name, kind, text, button_id, media_id, media_mime,
                                      sent_at, raw, facts, user_id, place)
        ), writer AS (
            INSERT INTO helpdesk.whatsapp_user AS u (phone, wa_id, user_id, name, last_inbound_at)
                 SELECT DISTINCT ON (phone) phone, wa_id, user_id, name, least(sent_at, now())
                   FROM given ORDER BY phone, sent_at DESC
            ON CONFLICT (phone) DO UPDATE
                    SET wa_id = coalesce(excluded.wa_id, u.wa_id), user_id = coalesce(excluded.user_id, u.user_id),
                        name = coalesce(excluded.name, u.name),
                        last_inbound_at = greatest(u.last_inbound_at, excluded.last_inbound_at)
              RETURNING id, phone
        )
        INSERT INTO helpdesk.inbound (wa_message_id, whatsapp_user_id, kind, text, button_id, media_id, media_mime,
                                      sent_at, raw, facts)
             SELECT wa_message_id, writer.id, kind, text, button_id, media_id, media_mime, least(sent_at, now()), raw,
                    facts::jsonb
               FROM given JOIN writer USING (phone)
              ORDER BY place
        ON CONFLICT (wa_message_id) DO NOTHING
          RETURNING wa_message_id, whatsapp_user_id
        """,
        **_columns(messages),
    )


def _columns(messages: list[InboundMessage]) -> dict[str, list[Any]]:
    return {
        "wa_message_ids": [one.wa_message_id for one in messages],
        "phones": [one.person.phone for one in messages],
        "wa_ids": [one.person.wa_id for one in messages],
        "names": [one.person.name for one in messages],
        "kinds": [one.kind.value for one in messages],
        "texts": [one.text for one in messages],
        "button_ids": [one.button_id for one in messages],
        "media_ids": [one.media_id for one in messages],
        "media_mimes": [one.media_mime for one in messages],
        "sent_ats": [one.sent_at for one in messages],
        "raws": [one.raw for one in messages],
        "facts": [orjson.dumps(one.facts).decode() for one in messages],
        "user_ids": [one.person.user_id for one in messages],
    }


def list_received(db: Db, *, since: datetime) -> Query[list[str]]:
    """Messages that were acknowledged since then, by WhatsApp's own ids."""
    return db.values(str, "SELECT wa_message_id FROM helpdesk.inbound WHERE received_at >= %(since)s", since=since)
