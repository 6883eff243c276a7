"""What customers change about their own messages: new words, or a deletion. Nothing that staff have read is lost."""

from backoffice.helpdesk.conversation.store import InboundRow
from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx


def set_edited(tx: Tx, inbound: InboundRow, original: str, *, words: str) -> Query[int]:
    """Put new words into a message of the same customer; the old ones stay beside them. Returns how many it was."""
    return tx.run(
        """
        UPDATE helpdesk.message
           SET content = %(words)s,
               details = details || jsonb_build_object('edits', coalesce(details -> 'edits', '[]') || jsonb_build_array(
                             jsonb_build_object('content', content, 'replaced_at', %(at)s::timestamptz)))
         WHERE wa_message_id = %(original)s AND whatsapp_user_id = %(whatsapp_user_id)s AND author = 'user'
           AND jsonb_array_length(coalesce(details -> 'edits', '[]')) < 50
        """,
        original=original,
        whatsapp_user_id=inbound.whatsapp_user_id,
        words=words,
        at=inbound.sent_at,
    )


def set_deleted(tx: Tx, inbound: InboundRow, original: str) -> Query[int]:
    """Mark a message of the same customer as deleted by them; staff still read it. Returns how many it was."""
    return tx.run(
        """
        UPDATE helpdesk.message
           SET details = details || jsonb_build_object('deleted_at', %(at)s::timestamptz)
         WHERE wa_message_id = %(original)s AND whatsapp_user_id = %(whatsapp_user_id)s AND author = 'user'
        """,
        original=original,
        whatsapp_user_id=inbound.whatsapp_user_id,
        at=inbound.sent_at,
    )
