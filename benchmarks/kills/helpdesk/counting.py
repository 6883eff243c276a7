"""The judgement after the storm: what the database and the stand-in's records say against what customers were told."""

from benchmarks.kills.findings import Connection, Finding, number
from benchmarks.kills.helpdesk.records import Books, Mailbox


def is_settled(db: Connection, accepted: list[str]) -> bool:
    """Whether nothing of what was accepted waits to be handled, sent, or settled, and no job is left lying."""
    waiting = number(
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


def count(db: Connection, *, mailbox: Mailbox, books: Books) -> list[Finding]:
    """Every promise with the number of times it was broken, then what is only good to know."""
    return [*_inbound(db, books), *_tickets(db, books), *_outbound(db, mailbox, books)]


def _inbound(db: Connection, books: Books) -> list[Finding]:
    lost = number(
        db,
        """
        SELECT count(*) FROM unnest(%(ids)s::text[]) AS known (wa_id)
         WHERE NOT EXISTS (SELECT FROM helpdesk.inbound i
                             JOIN helpdesk.message m USING (wa_message_id)
                            WHERE i.wa_message_id = known.wa_id AND i.handled_at IS NOT NULL)
        """,
        ids=books.accepted,
    )
    unanswered = number(
        db,
        """
        SELECT count(*) FROM helpdesk.message m
         WHERE m.wa_message_id = ANY (%(ids)s::text[])
           AND NOT EXISTS (SELECT FROM helpdesk.message a WHERE a.answers_id = m.id)
        """,
        ids=books.accepted,
    )
    twice = number(
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
    several = number(
        db,
        """
        SELECT count(*)
          FROM (SELECT FROM helpdesk.ticket WHERE status IN ('open', 'in_progress')
                 GROUP BY whatsapp_user_id HAVING count(*) > 1) AS crowded
        """,
    )
    raised = number(db, "SELECT count(*) FROM helpdesk.ticket WHERE phone = ANY (%(phones)s::text[])", phones=phones)
    replied = number(
        db,
        """
        SELECT count(*) FROM helpdesk.message m JOIN helpdesk.whatsapp_user u ON u.id = m.whatsapp_user_id
         WHERE m.author = 'agent' AND u.phone = ANY (%(phones)s::text[])
        """,
        phones=phones,
    )
    return [
        Finding("stories from problem to closed ticket", len(books.stories)),
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
        Finding("duplicates that reached a customer", sum(times - 1 for times in tries.values())),
    ]
