"""The audit tables: entries go in, their sums are kept, nothing ever changes or leaves."""

from datetime import datetime

import orjson

from backoffice.kernel.audit.entry import Entry, digest_of
from backoffice.kernel.database.query import Db, Query


def insert_entry(tx: Db, entry: Entry) -> Query[int]:
    plain = {name: getattr(entry, name) for name in Entry.__slots__}
    for side in ("before", "after"):
        plain[side] = None if plain[side] is None else orjson.loads(orjson.dumps(plain[side]))
    return tx.run(
        """
        INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject,
                                        data_subject, before, after, reason, address, agent, request_id, digest)
             VALUES (%(id)s, %(at)s, %(product)s, %(actor_kind)s, %(actor_id)s, %(actor_label)s, %(action)s,
                     %(subject)s, %(data_subject)s, %(before)s, %(after)s, %(reason)s, %(address)s, %(agent)s,
                     %(request_id)s, %(digest)s)
        """,
        **plain,
        digest=digest_of(plain),
    )


def count_days(tx: Db, *, before: datetime) -> Query[int]:
    """Count the oldest days that are not counted yet, a month of them at the most; how many sums there were to keep.

    `before` is a midnight of UTC after which no entry of an earlier day can still commit.
    """
    return tx.run(
        """
        INSERT INTO kernel.audit_day (product, day, action, staff_id, entries)
             SELECT e.product, (e.at AT TIME ZONE 'UTC')::date, e.action,
                    CASE WHEN e.actor_kind = 'staff' THEN e.actor_id END AS staff_id, count(*)
               FROM (SELECT DISTINCT product FROM kernel.audit_tally) AS known
              CROSS JOIN LATERAL (SELECT coalesce(max(d.day) + 1, '-infinity')::timestamp AT TIME ZONE 'UTC' AS until
                                    FROM kernel.audit_day d WHERE d.product = known.product) AS counted
              CROSS JOIN LATERAL (SELECT min(x.at) AS at FROM kernel.audit_entry x
                                   WHERE x.product = known.product AND x.at >= counted.until) AS oldest
               JOIN kernel.audit_entry e
                 ON e.product = known.product AND e.at >= oldest.at
                AND e.at < least(%(before)s, date_trunc('day', oldest.at, 'UTC') + interval '31 days')
              GROUP BY 1, 2, 3, 4
        ON CONFLICT DO NOTHING
        """,
        before=before,
    )
