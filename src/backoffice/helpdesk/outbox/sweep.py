"""What the sweep finds: messages whose sender died, whose delivery nobody confirmed, or whom no job sends."""

from backoffice.helpdesk.outbox import rules
from backoffice.helpdesk.outbox.store import QueuedRow
from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx

MOST_AT_ONCE = 500


def set_abandoned(tx: Tx, *, after_seconds: float) -> Query[list[int]]:
    """Being sent for so long, and no job does it: only a delivery status can tell what became of these."""
    return tx.values(
        int,
        """
        UPDATE helpdesk.outbound o
           SET status = 'unknown', moved_at = now()
         WHERE status = 'sending' AND moved_at < now() - make_interval(secs => %(seconds)s)
           AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                            WHERE j.lock = 'whatsapp-out:' || o.whatsapp_user_id AND j.status IN ('todo', 'doing')
                              AND j.args ->> 'outbound_id' = o.id::text)
     RETURNING id
        """,
        seconds=float(after_seconds),
    )


def set_resent_unconfirmed(tx: Tx, *, after_seconds: float) -> Query[list[QueuedRow]]:
    """Unconfirmed for so long: queued again, counted as possible duplicates. Agents' replies wait for a person."""
    return tx.all(
        QueuedRow,
        """
        UPDATE helpdesk.outbound
           SET status = 'queued', resent_count = resent_count + 1, moved_at = now()
         WHERE status = 'unknown' AND purpose <> 'agent' AND resent_count < %(most)s
           AND moved_at < now() - make_interval(secs => %(seconds)s)
     RETURNING id, whatsapp_user_id
        """,
        most=rules.MOST_RESENDS,
        seconds=float(after_seconds),
    )


def set_given_up(tx: Tx, *, after_seconds: float) -> Query[list[int]]:
    """Sent again as often as we dare, never confirmed."""
    return tx.values(
        int,
        """
        UPDATE helpdesk.outbound
           SET status = 'failed', error = %(error)s, moved_at = now()
         WHERE status = 'unknown' AND purpose <> 'agent' AND resent_count >= %(most)s
           AND moved_at < now() - make_interval(secs => %(seconds)s)
     RETURNING id
        """,
        most=rules.MOST_RESENDS,
        error=rules.NEVER_CONFIRMED,
        seconds=float(after_seconds),
    )


def list_forgotten(tx: Tx, *, after_seconds: float) -> Query[list[QueuedRow]]:
    """Queued for so long, and no job is going to send them."""
    return tx.all(
        QueuedRow,
        """
        SELECT o.id, o.whatsapp_user_id
          FROM helpdesk.outbound o
         WHERE o.status = 'queued' AND o.moved_at < now() - make_interval(secs => %(seconds)s)
           AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                            WHERE j.lock = 'whatsapp-out:' || o.whatsapp_user_id AND j.status IN ('todo', 'doing')
                              AND j.args ->> 'outbound_id' = o.id::text)
         ORDER BY o.id
         LIMIT %(most)s
        """,
        seconds=float(after_seconds),
        most=MOST_AT_ONCE,
    )
