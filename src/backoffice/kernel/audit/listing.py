"""Reading a product's part of the audit log: pages by index alone and then joined, totals from the kept sums.

    shown = {"product": "shield", "person": "shield:user_7", "action": "user_viewed"}
    rows = await LOG.rows(db, shown, limit=20)

`product` is always given. `staff` is a person's public id, `person` who an entry is about, `action` an act with `_` for
its dot, `without` are acts left out, `first` and `past` bound the time. A product shows the rows in its own shapes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from backoffice.kernel.audit.personal import open_values
from backoffice.kernel.database import Listing, Pages, tally
from backoffice.kernel.encryption.data_key import DataKeyRow
from backoffice.kernel.encryption.keyring import KeyRing


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
    staff_public_id: UUID | None
    staff_email: str | None
    staff_name: str | None
    key_id: str | None
    wrapped: bytes | None

    def opened(self, keys: KeyRing) -> tuple[dict[str, Any], dict[str, Any]]:
        """Before and after, personal values in plain where their person's key still exists."""
        kept = None if self.key_id is None or self.wrapped is None else DataKeyRow(self.key_id, self.wrapped)
        before, after = (
            open_values(one, keys, person=self.data_subject, kept=kept) for one in (self.before, self.after)
        )
        return before, after


ENTRY: LiteralString = """
    SELECT e.id, e.at, e.actor_kind, e.actor_id, e.actor_label, e.action, e.subject, e.data_subject, e.before, e.after,
           e.reason, e.address, e.agent, s.public_id AS staff_public_id, s.email AS staff_email,
           s.full_name AS staff_name, k.key_id, k.wrapped{more}
      FROM {page}
      JOIN kernel.audit_entry e USING (id)
      LEFT JOIN kernel.staff s ON s.id = e.actor_id AND e.actor_kind = 'staff'
      LEFT JOIN kernel.data_key k ON k.data_subject = e.data_subject
     ORDER BY {order}
"""
TALLY = tally(
    "kernel.audit_tally t",
    "t.entries",
    by={
        "product": "t.product = %(product)s",
        "staff": "t.staff_id = (SELECT a.id FROM kernel.staff a WHERE a.public_id = %(staff)s)",
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
                          FROM kernel.audit_day WHERE product = %(product)s) AS until
                  FROM (SELECT coalesce(%(first)s::timestamptz, '-infinity') AS first,
                               coalesce(%(past)s::timestamptz, 'infinity') AS past) AS asked) AS counted
    )
    SELECT coalesce(sum(t.entries), 0)::bigint
      FROM (SELECT action, staff_id, entries FROM kernel.audit_day
             WHERE product = %(product)s AND day >= (SELECT (begun AT TIME ZONE 'UTC')::date FROM days)
               AND day < (SELECT (ended AT TIME ZONE 'UTC')::date FROM days)
            UNION ALL
            SELECT action, CASE WHEN actor_kind = 'staff' THEN actor_id END, 1 FROM kernel.audit_entry
             WHERE product = %(product)s
               AND at >= (SELECT first FROM days) AND at < (SELECT least(begun, past) FROM days)
            UNION ALL
            SELECT action, CASE WHEN actor_kind = 'staff' THEN actor_id END, 1 FROM kernel.audit_entry
             WHERE product = %(product)s AND at >= (SELECT ended FROM days) AND at < (SELECT past FROM days)) AS t
    {where}
    """,
    filters={
        "staff": TALLY.filters["staff"],
        "action": TALLY.filters["action"],
        "product": {},
        "first": {},
        "past": {},
    },
)
"""Counts the days that were counted already, and one by one the entries at both ends of the time asked for.

Where one person's entries are asked for, they are few and counted themselves.
"""
LOG = Pages(
    "audit",
    EntryRow,
    source="kernel.audit_entry e",
    key="e.id",
    order="e.at DESC, e.id DESC",
    filters={
        "product": "e.product = %(product)s",
        "staff": """e.actor_kind = 'staff'
            AND e.actor_id = (SELECT a.id FROM kernel.staff a WHERE a.public_id = %(staff)s)""",
        "person": "e.data_subject = %(person)s",
        "without": "e.action <> ALL (%(without)s)",
        "action": "replace(e.action, '.', '_') = %(action)s",
        "first": "e.at >= %(first)s",
        "past": "e.at < %(past)s",
    },
    tally=TALLY,
    quick=BY_DAY,
    sql=ENTRY.replace("{more}", ""),
)
"""Newest first."""
