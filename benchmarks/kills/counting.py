"""The judgement after the storm: what the database and the stand-in's records say against what customers were told."""

from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks.kills.desk import Desk
from benchmarks.kills.records import Books, Mailbox

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Finding:
    """One line of the table. A `wanted` of None is a number to know, not to judge."""

    what: str
    found: int | float | str
    wanted: int | str | None = None

    @property
    def is_broken(self) -> bool:
        return self.wanted is not None and self.found != self.wanted


def is_settled(db: Connection, accepted: list[str]) -> bool:
    """Whether nothing of what was accepted waits to be handled, sent, or settled, and no job is left lying."""
    waiting = _number(
        db,
        """
        SELECT (SELECT count(*) FROM unnest(%(ids)s::text[]) AS known (wa_id)
                 WHERE NOT EXISTS (SELECT FROM helpdesk.inbound i
                                    WHERE i.wa_message_id = known.wa_id AND i.handled_at IS NOT NULL))
             + (SELECT count(*) FROM helpdesk.outbound WHERE status IN ('queued', 'sending', 'unknown'))
             + (SELECT count(*) FROM procrastinate.procrastinate_jobs j
                 WHERE j.queueing_lock IS NULL AND j.status IN ('todo', 'doing'))
        """,
        ids=accepted,
    )
    return waiting == 0


def count(desk: Desk, db: Connection, *, mailbox: Mailbox, books: Books) -> list[Finding]:
    """Every promise with the number of times it was broken, then what is only good to know."""
    return [*_inbound(db, books), *_tickets(db, books), *_outbound(db, mailbox, books), *_audit(desk)]


def _inbound(db: Connection, books: Books) -> list[Finding]:
    lost = _number(
        db,
        """
        SELECT count(*) FROM unnest(%(ids)s::text[]) AS known (wa_id)
         WHERE NOT EXISTS (SELECT FROM helpdesk.inbound i
                             JOIN helpdesk.message m USING (wa_message_id)
                            WHERE i.wa_message_id = known.wa_id AND i.handled_at IS NOT NULL)
        """,
        ids=books.accepted,
    )
    unanswered = _number(
        db,
        """
        SELECT count(*) FROM helpdesk.message m
         WHERE m.wa_message_id = ANY (%(ids)s::text[])
           AND NOT EXISTS (SELECT FROM helpdesk.message a WHERE a.answers_id = m.id)
        """,
        ids=books.accepted,
    )
    twice = _number(
        db,
        """
        SELECT count(*)
          FROM (SELECT a.answers_id
                  FROM helpdesk.message a JOIN helpdesk.message m ON m.id = a.answers_id
                 WHERE m.wa_message_id = ANY (%(ids)s::text[])
                 GROUP BY a.answers_id HAVING count(*) > 1) AS doubled
        """,
        ids=books.accepted,
    )
    return [
        Finding("customers' messages accepted", len(books.accepted)),
        Finding("accepted but not stored or not handled", lost, 0),
        Finding("handled without an answer", unanswered, 0),
        Finding("answered twice", twice, 0),
    ]


def _tickets(db: Connection, books: Books) -> list[Finding]:
    phones = [f"+{phone}" for phone, _ in books.stories]
    several = _number(
        db,
        """
        SELECT count(*)
          FROM (SELECT FROM helpdesk.ticket WHERE status IN ('open', 'in_progress')
                 GROUP BY whatsapp_user_id HAVING count(*) > 1) AS crowded
        """,
    )
    raised = _number(db, "SELECT count(*) FROM helpdesk.ticket WHERE phone = ANY (%(phones)s::text[])", phones=phones)
    replied = _number(
        db,
        """
        SELECT count(*) FROM helpdesk.message m JOIN helpdesk.whatsapp_user u ON u.id = m.whatsapp_user_id
         WHERE m.author = 'agent' AND u.phone = ANY (%(phones)s::text[])
        """,
        phones=phones,
    )
    return [
        Finding("stories from problem to closed ticket", len(books.stories)),
        Finding("stories that got stuck", "; ".join(books.stuck) or "none", "none"),
        Finding("customers with two unresolved tickets", several, 0),
        Finding("tickets raised", raised, len(books.stories)),
        Finding("replies of staff stored", replied, len(books.stories)),
    ]


def _outbound(db: Connection, mailbox: Mailbox, books: Books) -> list[Finding]:
    rows = db.execute("SELECT 'bo:' || id, status, resent_count FROM helpdesk.outbound").fetchall()
    tries = mailbox.tries()
    unsent = sum(tracker not in tries for tracker, _, _ in rows)
    failed = sum(status not in ("sent", "delivered", "read") for _, status, _ in rows)
    too_often = sum(max(0, tries.get(tracker, 0) - 1 - resent) for tracker, _, resent in rows)
    known = {tracker for tracker, _, _ in rows}
    return [
        Finding("messages to customers", len(rows)),
        Finding("never sent", unsent, 0),
        Finding("not known as sent in the end", failed, 0),
        Finding("sent without an intent in the database", len(tries.keys() - known), 0),
        Finding("sent again without being counted", too_often, 0),
        Finding("sent again from the uncertain window", sum(resent for _, _, resent in rows)),
        Finding("of these asked for by staff", books.resent_by_staff),
        Finding("duplicates that reached a customer", sum(number - 1 for number in tries.values())),
    ]


def _audit(desk: Desk) -> list[Finding]:
    verified = desk.command("audit", "verify")
    said = " ".join((verified.stdout + verified.stderr).split())
    return [Finding("audit verify exits with", verified.returncode, 0), Finding("audit verify says", said)]


def _number(db: Connection, sql: str, **parameters: Any) -> int:
    row = db.execute(sql, parameters).fetchone()
    return int(row[0]) if row else 0
