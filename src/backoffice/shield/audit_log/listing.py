"""Reading the audit log: pages by index alone and then joined, totals from the kept sums, entries with their seal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.database import Db, Listing, Query, Totals


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry, who did it where that was one of the staff, and the wrapped key of the person it is about."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: int
    actor_label: str
    action: str
    subject: str
    data_subject: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    address: str
    agent: str
    admin_public_id: UUID | None
    admin_email: str | None
    admin_name: str | None
    key_id: str | None
    wrapped: bytes | None


@dataclass(frozen=True, slots=True)
class ProvenRow(EntryRow):
    """An entry with everything its digest covers, and the number of its seal; None while it waits for one."""

    product: str
    request_id: str
    digest: bytes
    seal: int | None


@dataclass(frozen=True, slots=True)
class SealRow:
    """A seal, with what its hash covers: the ids of its entries and their digests, in its order."""

    number: int
    sealed_at: datetime
    previous_hash: bytes
    hash: bytes
    entry_ids: list[UUID]
    digests: list[bytes]


PAGE = Listing(
    EntryRow,
    """
    WITH page AS (
        SELECT e.id, e.at FROM kernel.audit_entry e {where}
         ORDER BY e.at DESC, e.id DESC LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT e.id, e.at, e.actor_kind, e.actor_id, e.actor_label, e.action, e.subject, e.data_subject, e.before, e.after,
           e.reason, e.address, e.agent, s.public_id AS admin_public_id, s.email AS admin_email,
           s.full_name AS admin_name, k.key_id, k.wrapped
      FROM page
      JOIN kernel.audit_entry e ON e.id = page.id
      LEFT JOIN kernel.staff s ON s.id = e.actor_id AND e.actor_kind = 'staff'
      LEFT JOIN kernel.data_key k ON k.data_subject = e.data_subject
     ORDER BY page.at DESC, page.id DESC
    """,
    filters={
        "shield": "e.product = 'shield'",
        "admin": """e.actor_kind = 'staff'
            AND e.actor_id = (SELECT a.id FROM kernel.staff a WHERE a.public_id = %(admin)s)""",
        "person": "e.data_subject = %(person)s",
        "changes": "e.action NOT IN ('user.viewed', 'banking.viewed', 'banking.searched', 'audit.exported')",
        "action": "replace(e.action, '.', '_') = %(action)s",
        "first": "e.at >= %(first)s",
        "past": "e.at < %(past)s",
        "before_at": "(e.at, e.id) < (%(before_at)s, %(before_id)s)",
    },
)
PROVEN = Listing(
    ProvenRow,
    """
    WITH page AS (
        SELECT e.id, e.at FROM kernel.audit_entry e {where} ORDER BY e.at DESC, e.id DESC LIMIT %(limit)s
    )
    SELECT e.id, e.at, e.actor_kind, e.actor_id, e.actor_label, e.action, e.subject, e.data_subject, e.before, e.after,
           e.reason, e.address, e.agent, s.public_id AS admin_public_id, s.email AS admin_email,
           s.full_name AS admin_name, k.key_id, k.wrapped, e.product, e.request_id, e.digest,
           (SELECT l.number FROM kernel.audit_seal l WHERE l.entry_ids @> ARRAY[e.id] LIMIT 1) AS seal
      FROM page
      JOIN kernel.audit_entry e ON e.id = page.id
      LEFT JOIN kernel.staff s ON s.id = e.actor_id AND e.actor_kind = 'staff'
      LEFT JOIN kernel.data_key k ON k.data_subject = e.data_subject
     ORDER BY page.at DESC, page.id DESC
    """,
    filters=PAGE.filters,
)
COUNT = Listing(int, "SELECT count(*) FROM kernel.audit_entry e {where}", filters=PAGE.filters)
TALLY = Listing(
    int,
    "SELECT coalesce(sum(t.entries), 0)::bigint FROM kernel.audit_tally t {where}",
    filters={
        "shield": "t.product = 'shield'",
        "admin": "t.staff_id = (SELECT a.id FROM kernel.staff a WHERE a.public_id = %(admin)s)",
        "action": "replace(t.action, '.', '_') = %(action)s",
    },
)
BY_DAY = Listing(
    int,
    """
    WITH days AS (
        SELECT *, greatest(begun, least(date_trunc('day', past, 'UTC'), until)) AS ended
          FROM (SELECT first, past, date_trunc('day', first + interval '1 day - 1 us', 'UTC') AS begun,
                       (SELECT coalesce(max(day) + 1, '-infinity')::timestamp AT TIME ZONE 'UTC'
                          FROM kernel.audit_day WHERE product = 'shield') AS until
                  FROM (SELECT coalesce(%(first)s::timestamptz, '-infinity') AS first,
                               coalesce(%(past)s::timestamptz, 'infinity') AS past) AS asked) AS counted
    )
    SELECT coalesce(sum(t.entries), 0)::bigint
      FROM (SELECT action, staff_id, entries FROM kernel.audit_day
             WHERE product = 'shield' AND day >= (SELECT (begun AT TIME ZONE 'UTC')::date FROM days)
               AND day < (SELECT (ended AT TIME ZONE 'UTC')::date FROM days)
            UNION ALL
            SELECT action, CASE WHEN actor_kind = 'staff' THEN actor_id END, 1 FROM kernel.audit_entry
             WHERE product = 'shield' AND at >= (SELECT first FROM days) AND at < (SELECT least(begun, past) FROM days)
            UNION ALL
            SELECT action, CASE WHEN actor_kind = 'staff' THEN actor_id END, 1 FROM kernel.audit_entry
             WHERE product = 'shield' AND at >= (SELECT ended FROM days) AND at < (SELECT past FROM days)) AS t
    {where}
    """,
    filters={name: TALLY.filters[name] for name in ("admin", "action")},
)
"""Counts the days that were counted already, and one by one the entries at both ends of the time asked for."""
HERE = {"shield": True}
TOTALS = Totals("audit", COUNT, TALLY, always=HERE)
DATED = Totals("audit", BY_DAY, TALLY, always=HERE)


def totals_of(shown: dict[str, Any]) -> Totals:
    """How to total what is shown: one member's entries are few, everybody's are counted by the day."""
    return DATED if shown["person"] is None else TOTALS


def list_page(db: Db, shown: dict[str, Any], *, limit: int, offset: int) -> Query[list[EntryRow]]:
    """Newest first."""
    return db.all(EntryRow, PAGE.where(shown | HERE), **shown, limit=limit, offset=offset)


def list_proven(db: Db, shown: dict[str, Any], *, after: ProvenRow | None, limit: int) -> Query[list[ProvenRow]]:
    """Newest first, those that follow `after`."""
    more = shown | {"before_at": after.at if after else None, "before_id": after.id if after else None}
    return db.all(ProvenRow, PROVEN.where(more | HERE), **more, limit=limit)


def get_seal(db: Db, number: int) -> Query[SealRow]:
    return db.one(
        SealRow,
        """
        SELECT s.number, s.sealed_at, s.previous_hash, s.hash, s.entry_ids,
               ARRAY(SELECT e.digest
                       FROM unnest(s.entry_ids) WITH ORDINALITY AS l(id, place)
                       JOIN kernel.audit_entry e ON e.id = l.id
                      ORDER BY l.place) AS digests
          FROM kernel.audit_seal s
         WHERE s.number = %(number)s
        """,
        number=number,
    )
