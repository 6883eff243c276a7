"""Reading a product's part of the audit log: its pages, totals from the kept sums.

    shown = {"product": "shield", "person": "shield:user_7", "action": "user_viewed"}
    rows = await LOG.rows(db, shown, limit=20)

`product` is always given. `staff` is a person's public id, `staff_id` the directory's, `person` who an entry is about,
`action` an act with `_` for its dot, `without` are acts left out, `first` and `past` bound the time. `kind` is the kind
of thing an entry is about, `subject` is that very thing, `subjects` is one of several, `request` is what did it. A
product shows the rows in its own shapes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from backoffice.kernel.audit.personal import open_values
from backoffice.kernel.database import Db, Listing, Pages, Query, tally
from backoffice.kernel.encryption.data_key import DataKeyRow
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.identifiers import made_around

NEAR = timedelta(minutes=1)
"""An entry's id and its time come from one clock, one right after the other."""


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
    request_id: str
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
           e.reason, e.address, e.agent, e.request_id, s.public_id AS staff_public_id, s.email AS staff_email,
           s.full_name AS staff_name, k.key_id, k.wrapped{more}
      FROM (SELECT e.id, e.at, e.product, e.actor_kind, e.actor_id, e.actor_label, e.action, e.subject, e.data_subject,
                   e.before, e.after, e.reason, e.address, e.agent, e.request_id, e.digest
              FROM {source} {where} ORDER BY {order} {cut}) AS e
      LEFT JOIN kernel.staff s ON s.id = e.actor_id AND e.actor_kind = 'staff'
      LEFT JOIN kernel.data_key k ON k.data_subject = e.data_subject
     ORDER BY {order}
"""
"""A page is read whole where its index finds it, not by its keys and then once more: the log lies in a part for each
month, and to find an entry by its id every one of them would be asked.
"""
TALLY = tally(
    "kernel.audit_tally t",
    "t.entries",
    by={
        "product": "t.product = %(product)s",
        "staff": "t.staff_id = (SELECT a.id FROM kernel.staff a WHERE a.public_id = %(staff)s)",
        "staff_id": "t.staff_id = %(staff_id)s",
        "action": "replace(t.action, '.', '_') = %(action)s",
        "kind": "split_part(t.action, '.', 1) = %(kind)s",
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
        **{name: condition for name, condition in TALLY.filters.items() if name != "product"},
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
        "staff_id": "e.actor_kind = 'staff' AND e.actor_id = %(staff_id)s",
        "person": "e.data_subject = %(person)s",
        "subject": "e.subject = %(subject)s",
        "subjects": "e.subject = ANY (%(subjects)s)",
        "request": "e.request_id = %(request)s",
        "kind": "split_part(e.action, '.', 1) = %(kind)s",
        "without": "e.action <> ALL (%(without)s)",
        "action": "replace(e.action, '.', '_') = %(action)s",
        "first": "e.at >= %(first)s",
        "past": "e.at < %(past)s",
    },
    tally=TALLY,
    quick=(BY_DAY,),
    sql=ENTRY.replace("{more}", ""),
)
"""Newest first."""


def filtered(product: str, **by: Any) -> dict[str, Any]:
    """The log's filters under these; the others stay open."""
    return dict.fromkeys(LOG.filters) | {"product": product} | by


async def get_entry(db: Db, entry_id: UUID, *, product: str, missing: Refusal) -> EntryRow:
    """One entry of this product; `missing` for any other.

    An id says when it was made, so the entry is looked for around that time, and elsewhere only where it isn't there.
    """
    asked = {"product": product, "key": entry_id}
    first, past = made_around(entry_id, give=NEAR) or (None, None)
    found = await LOG.rows(db, asked | {"first": first, "past": past}, limit=1)
    for row in found or await LOG.rows(db, asked, limit=1):
        return row
    raise missing


def list_actions(db: Db, product: str) -> Query[list[str]]:
    """Every act that the log of this product holds."""
    return db.values(
        str,
        """
        SELECT action FROM kernel.audit_tally WHERE product = %(product)s
         GROUP BY action HAVING sum(entries) > 0 ORDER BY action
        """,
        product=product,
    )
