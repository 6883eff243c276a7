"""Broadcasts and their recipients: taking them in, handing them over, settling them. Lists are in listing.py.

A recipient is settled by a trigger on the outbox: its outcome follows the message's delivery.
Lock order: the broadcast, then WhatsApp users in the order of their numbers.
"""

from dataclasses import dataclass

from backoffice.helpdesk.broadcast import rules
from backoffice.helpdesk.broadcast.rules import Status
from backoffice.helpdesk.outbox.rules import WINDOW
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class BroadcastRow:
    id: int
    message: str
    status: Status


@dataclass(frozen=True, slots=True)
class ProgressRow:
    waiting: int
    in_outbox: int
    sent: int


@dataclass(frozen=True, slots=True)
class RecipientRow:
    position: int
    whatsapp_user_id: int
    opted_out: bool
    in_window: bool


def insert_broadcast(tx: Tx, message: str, *, recipients: int) -> Query[int]:
    return tx.value(
        int,
        """
        INSERT INTO helpdesk.broadcast (message, total_recipients, created_by)
             VALUES (%(message)s, %(recipients)s, %(created_by)s)
          RETURNING id
        """,
        message=message,
        recipients=recipients,
        created_by=tx.actor.id,
    )


def insert_recipients(tx: Tx, broadcast_id: int, phones: list[str], *, error: str | None = None) -> Query[int]:
    """Recipients behind those that are there; with an error they failed from the start."""
    return tx.run(
        """
        INSERT INTO helpdesk.broadcast_recipient (broadcast_id, position, phone, outcome, error)
             SELECT %(broadcast_id)s, place + (SELECT count(*) FROM helpdesk.broadcast_recipient
                                                WHERE broadcast_id = %(broadcast_id)s),
                    phone, CASE WHEN %(error)s::text IS NOT NULL THEN 'failed' END, %(error)s::text
               FROM unnest(%(phones)s::text[]) WITH ORDINALITY AS given (phone, place)
        """,
        broadcast_id=broadcast_id,
        phones=phones,
        error=error,
    )


def lock_broadcast(tx: Tx, broadcast_id: int) -> Query[BroadcastRow]:
    """The broadcast, held until this write ends."""
    return tx.one(
        BroadcastRow,
        "SELECT id, message, status FROM helpdesk.broadcast WHERE id = %(broadcast_id)s FOR UPDATE",
        broadcast_id=broadcast_id,
        missing=rules.BroadcastNotFound(broadcast_id=broadcast_id),
    )


def set_status(tx: Tx, broadcast: BroadcastRow, to: Status) -> Query[int]:
    """Leaving pending sets the start, every end its time."""
    return tx.value(
        int,
        """
        UPDATE helpdesk.broadcast
           SET status = %(to)s,
               started_at = CASE %(to)s::text WHEN 'in_progress' THEN now() ELSE started_at END,
               completed_at = CASE %(to)s::text WHEN 'in_progress' THEN completed_at ELSE now() END
         WHERE id = %(broadcast_id)s AND status = %(expected)s
     RETURNING id
        """,
        broadcast_id=broadcast.id,
        expected=broadcast.status,
        to=to,
    )


def list_live(db: Db) -> Query[list[int]]:
    """The broadcasts that are not over, oldest first."""
    return db.values(int, "SELECT id FROM helpdesk.broadcast WHERE status IN ('pending', 'in_progress') ORDER BY id")


def get_progress(db: Db, broadcast_id: int) -> Query[ProgressRow]:
    """How many still wait for their turn, how many wait in the outbox, and how many were sent."""
    return db.one(
        ProgressRow,
        """
        SELECT count(*) FILTER (WHERE outbound_id IS NULL) AS waiting,
               count(*) FILTER (WHERE outbound_id IS NOT NULL) AS in_outbox,
               (SELECT coalesce(sum(recipients), 0)::bigint FROM helpdesk.broadcast_outcome
                 WHERE broadcast_id = %(broadcast_id)s AND outcome = 'sent') AS sent
          FROM helpdesk.broadcast_recipient
         WHERE broadcast_id = %(broadcast_id)s AND outcome IS NULL
        """,
        broadcast_id=broadcast_id,
    )


def ensure_users(tx: Tx, broadcast_id: int, *, most: int) -> Query[int]:
    """The next recipients as WhatsApp users: numbers that never wrote to us become known now."""
    return tx.run(
        """
        INSERT INTO helpdesk.whatsapp_user (phone)
             SELECT phone
               FROM (SELECT phone FROM helpdesk.broadcast_recipient
                      WHERE broadcast_id = %(broadcast_id)s AND outcome IS NULL AND outbound_id IS NULL
                      ORDER BY position LIMIT %(most)s) AS next
              ORDER BY phone
        ON CONFLICT (phone) DO NOTHING
        """,
        broadcast_id=broadcast_id,
        most=most,
    )


def list_next(tx: Tx, broadcast_id: int, *, most: int) -> Query[list[RecipientRow]]:
    """The next recipients that wait for their turn, in the order they were given."""
    return tx.all(
        RecipientRow,
        """
        SELECT r.position, u.id AS whatsapp_user_id,
               (u.opted_out_at IS NOT NULL OR u.offers_stopped_at IS NOT NULL) AS opted_out,
               coalesce(u.last_inbound_at > now() - %(window)s::interval, false) AS in_window
          FROM helpdesk.broadcast_recipient r
          JOIN helpdesk.whatsapp_user u ON u.phone = r.phone
         WHERE r.broadcast_id = %(broadcast_id)s AND r.outcome IS NULL AND r.outbound_id IS NULL
         ORDER BY r.position
         LIMIT %(most)s
        """,
        broadcast_id=broadcast_id,
        most=most,
        window=WINDOW,
    )


def set_handed_over(tx: Tx, broadcast_id: int, outbound: dict[int, int]) -> Query[int]:
    """These recipients' messages are in the outbox: position -> outbound id."""
    return tx.run(
        """
        UPDATE helpdesk.broadcast_recipient r
           SET outbound_id = given.outbound_id
          FROM unnest(%(positions)s::bigint[], %(outbound_ids)s::bigint[]) AS given (position, outbound_id)
         WHERE r.broadcast_id = %(broadcast_id)s AND r.position = given.position
        """,
        broadcast_id=broadcast_id,
        positions=list(outbound),
        outbound_ids=list(outbound.values()),
    )


def set_unreachable(tx: Tx, broadcast_id: int, reasons: dict[int, str]) -> Query[int]:
    """These recipients get nothing: position -> reason."""
    return tx.run(
        """
        UPDATE helpdesk.broadcast_recipient r
           SET outcome = 'failed', error = given.reason
          FROM unnest(%(positions)s::bigint[], %(reasons)s::text[]) AS given (position, reason)
         WHERE r.broadcast_id = %(broadcast_id)s AND r.position = given.position
        """,
        broadcast_id=broadcast_id,
        positions=list(reasons),
        reasons=list(reasons.values()),
    )
