"""How large each table is and how fast it grows, as PostgreSQL counts by itself: nothing is read to know it."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database.query import Db, Query


@dataclass(frozen=True, slots=True)
class GrowthRow:
    """A table with its indexes and all its parts. `added` are rows written less those deleted, since `since`."""

    name: str
    bytes: int
    rows: int
    added: int
    since: datetime


def list_growth(db: Db) -> Query[list[GrowthRow]]:
    """Every table, the largest first. Counting begins with the database, and anew after PostgreSQL has crashed."""
    return db.all(
        GrowthRow,
        """
        SELECT coalesce(g.name, '') AS name, coalesce(g.bytes, 0) AS bytes, coalesce(g.rows, 0) AS rows,
               coalesce(g.added, 0) AS added, coalesce(b.since, now()) AS since
          FROM (SELECT coalesce(pg_partition_root(s.relid), s.relid)::regclass::text AS name,
                       sum(pg_total_relation_size(s.relid))::bigint AS bytes, sum(s.n_live_tup)::bigint AS rows,
                       sum(s.n_tup_ins - s.n_tup_del)::bigint AS added
                  FROM pg_stat_user_tables s
                 GROUP BY 1) AS g
         CROSS JOIN (SELECT greatest((SELECT stats_reset FROM pg_stat_bgwriter),
                                     (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
                                     (SELECT min(applied_at) FROM public.applied_migration)) AS since) AS b
         ORDER BY g.bytes DESC, g.name
        """,
    )
