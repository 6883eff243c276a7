"""The outbox table: queueing, sending, settling, and what the sweep finds left behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.helpdesk.outbox import rules
from backoffice.helpdesk.outbox.rules import Intent, Kind, Notice, Outcome, Purpose, Status, Told
from backoffice.helpdesk.whatsapp.payload import DeliveryStatus
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import JobRow, Tx


@dataclass(frozen=True, slots=True)
class OutboundRow:
    id: int
    whatsapp_user_id: int
    phone: str
    opted_out_at: datetime | None
    no_offers: bool
    purpose: Purpose
    kind: Kind
    payload: dict[str, Any]
    status: Status
    is_stale: bool


@dataclass(frozen=True, slots=True)
class QueuedRow:
    id: int
    whatsapp_user_id: int


@dataclass(frozen=True, slots=True)
class TrackedRow:
    id: int
    status: Status
    wa_message_id: str | None


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """An outgoing message with the ticket it answers, if it does."""

    id: int
    whatsapp_user_id: int
    phone: str
    status: Status
    assigned_agent_id: int | None


def insert_outbound(tx: Tx, whatsapp_user_id: int, intent: Intent) -> Query[int]:
    return tx.value(
        int,
        """
        INSERT INTO helpdesk.outbound (whatsapp_user_id, message_id, purpose, kind, payload)
             VALUES (%(whatsapp_user_id)s, %(message_id)s, %(purpose)s, %(kind)s, %(payload)s)
          RETURNING id
        """,
        whatsapp_user_id=whatsapp_user_id,
        message_id=intent.message_id,
        purpose=intent.purpose,
        kind=intent.kind,
        payload=dict(intent.payload),
    )


def insert_notice(tx: Tx, notice: Notice, job: JobRow) -> Query[int]:
    """Words of the house, into conversation and outbox, with the job that sends them; nothing where we may not."""
    return tx.run(
        """
        WITH said AS (
            INSERT INTO helpdesk.message (whatsapp_user_id, author, content, ticket_id)
                 SELECT id, 'assistant', %(text)s, %(ticket_id)s
                   FROM helpdesk.whatsapp_user
                  WHERE id = %(whatsapp_user_id)s AND opted_out_at IS NULL
                    AND last_inbound_at > now() - %(window)s::interval
              RETURNING id, whatsapp_user_id
        ), queued AS (
            INSERT INTO helpdesk.outbound (whatsapp_user_id, message_id, purpose, kind, payload)
                 SELECT whatsapp_user_id, id, 'notice', 'text', jsonb_build_object('body', %(text)s::text) FROM said
              RETURNING id
        )
        SELECT procrastinate.procrastinate_defer_jobs_v1(ARRAY[
                   ROW(j.queue_name, j.task_name, j.priority, j.lock, j.queueing_lock,
                       j.args || jsonb_build_object('outbound_id', queued.id), j.scheduled_at
                   )::procrastinate.procrastinate_job_to_defer_v1])
          FROM queued, unnest(%(jobs)s::procrastinate.procrastinate_job_to_defer_v1[]) j
        """,
        whatsapp_user_id=notice.whatsapp_user_id,
        text=notice.text,
        ticket_id=notice.ticket_id,
        window=rules.WINDOW,
        jobs=[job],
    )


def lock_outbound(tx: Tx, outbound_id: int) -> Query[OutboundRow | None]:
    """The message, held until this write ends, with the number WhatsApp knows its customer by.

    Stale: too old to be tried again.
    """
    return tx.find(
        OutboundRow,
        """
        SELECT o.id, o.whatsapp_user_id, coalesce('+' || u.wa_id, u.phone) AS phone, u.opted_out_at,
               u.offers_stopped_at IS NOT NULL AS no_offers, o.purpose, o.kind, o.payload, o.status,
               o.created_at < now() - %(patience)s::interval AS is_stale
          FROM helpdesk.outbound o
          JOIN helpdesk.whatsapp_user u ON u.id = o.whatsapp_user_id
         WHERE o.id = %(outbound_id)s
           FOR UPDATE OF o
        """,
        outbound_id=outbound_id,
        patience=rules.GIVE_UP_AFTER,
    )


def set_sending(tx: Tx, outbound_id: int) -> Query[int]:
    return tx.run(
        """
        UPDATE helpdesk.outbound SET status = 'sending', attempts = attempts + 1, moved_at = now()
         WHERE id = %(outbound_id)s AND status = 'queued'
        """,
        outbound_id=outbound_id,
    )


def set_outcome(tx: Tx, outbound_id: int, outcome: Outcome) -> Query[int]:
    """Note what a try came to. A status that WhatsApp has told meanwhile is the better word and stays."""
    return tx.run(
        """
        UPDATE helpdesk.outbound
           SET status = CASE WHEN status = ANY (%(before)s) THEN %(to)s ELSE status END,
               moved_at = CASE WHEN status = ANY (%(before)s) THEN now() ELSE moved_at END,
               wa_message_id = coalesce(%(wa_message_id)s, wa_message_id),
               error = %(error)s,
               sent_at = CASE WHEN %(to)s = 'sent' THEN coalesce(sent_at, now()) ELSE sent_at END
         WHERE id = %(outbound_id)s
        """,
        outbound_id=outbound_id,
        before=[status.value for status in rules.before(outcome.status)],
        to=outcome.status,
        wa_message_id=outcome.wa_message_id,
        error=outcome.error,
    )


def lock_tracked(tx: Tx, statuses: list[DeliveryStatus]) -> Query[list[TrackedRow]]:
    """The messages these statuses speak of, found by our tracker or by WhatsApp's id, always locked in one order."""
    return tx.all(
        TrackedRow,
        """
        SELECT id, status, wa_message_id
          FROM helpdesk.outbound
         WHERE id = ANY (%(ids)s::bigint[]) OR wa_message_id = ANY (%(wa_message_ids)s::text[])
         ORDER BY id
           FOR UPDATE
        """,
        ids=[found for one in statuses if (found := rules.id_of(one.tracker)) is not None],
        wa_message_ids=[one.wa_message_id for one in statuses],
    )


def set_told(tx: Tx, outbound_id: int, told: Told) -> Query[int]:
    """Note how far WhatsApp says a message came, and when."""
    return tx.run(
        """
        UPDATE helpdesk.outbound
           SET status = %(to)s, moved_at = now(), error = %(error)s,
               wa_message_id = coalesce(wa_message_id, %(wa_message_id)s),
               sent_at = coalesce(sent_at, %(sent_at)s),
               delivered_at = coalesce(delivered_at, %(delivered_at)s),
               read_at = coalesce(read_at, %(read_at)s)
         WHERE id = %(outbound_id)s
        """,
        outbound_id=outbound_id,
        to=told.status,
        wa_message_id=told.wa_message_id,
        error=told.error,
        sent_at=told.times.get(Status.SENT),
        delivered_at=told.times.get(Status.DELIVERED),
        read_at=told.times.get(Status.READ),
    )


def lock_reply(tx: Tx, outbound_id: int) -> Query[ReplyRow]:
    return tx.one(
        ReplyRow,
        """
        SELECT o.id, o.whatsapp_user_id, u.phone, o.status, t.assigned_agent_id
          FROM helpdesk.outbound o
          JOIN helpdesk.whatsapp_user u ON u.id = o.whatsapp_user_id
          LEFT JOIN helpdesk.message m ON m.id = o.message_id
          LEFT JOIN helpdesk.ticket t ON t.id = m.ticket_id
         WHERE o.id = %(outbound_id)s
           FOR UPDATE OF o
        """,
        outbound_id=outbound_id,
        missing=rules.OutboundNotFound(outbound_id=outbound_id),
    )


def set_resent(tx: Tx, outbound_id: int) -> Query[int]:
    """Back to the queue, counted as a possible duplicate."""
    return tx.value(
        int,
        """
        UPDATE helpdesk.outbound SET status = 'queued', resent_count = resent_count + 1, moved_at = now()
         WHERE id = %(outbound_id)s AND status = 'unknown'
     RETURNING id
        """,
        outbound_id=outbound_id,
    )


async def set_sent_before(tx: Tx, outbound_ids: list[int], *, most_resends: int) -> None:
    """After a restore: these wait here, and had been handed over already. Nobody knows more, and none is sent again."""
    await tx.run(
        """
        UPDATE helpdesk.outbound SET status = 'sending', resent_count = %(most_resends)s, moved_at = now()
         WHERE id = ANY (%(outbound_ids)s) AND status = 'queued'
        """,
        outbound_ids=outbound_ids,
        most_resends=most_resends,
    )
    await tx.run(
        """
        UPDATE helpdesk.outbound SET status = 'unknown', resent_count = %(most_resends)s, moved_at = now()
         WHERE id = ANY (%(outbound_ids)s) AND status = 'sending'
        """,
        outbound_ids=outbound_ids,
        most_resends=most_resends,
    )


def list_unknown(db: Db, outbound_ids: list[int]) -> Query[list[str]]:
    """Those of the messages that are not here."""
    return db.values(
        str,
        """
        SELECT id::text FROM unnest(%(outbound_ids)s::bigint[]) AS id
         WHERE NOT EXISTS (SELECT FROM helpdesk.outbound o WHERE o.id = id.id)
        """,
        outbound_ids=outbound_ids,
    )
