"""As whom this process stands in its database: the server's version and clock, its role, and what that may do."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database.migrations import APPEND_ONLY
from backoffice.kernel.database.query import Db, Query


@dataclass(frozen=True, slots=True)
class StandingRow:
    """`changes` are the append-only tables that this role could change all the same."""

    version: int
    role: str
    search_path: str
    now: datetime
    changes: str
    may_write: bool


def standing(db: Db) -> Query[StandingRow]:
    return db.one(
        StandingRow,
        """
        SELECT current_setting('server_version_num')::bigint AS version, current_user::text AS role,
               current_setting('search_path') AS search_path, clock_timestamp() AS now,
               (SELECT coalesce(string_agg(t, ', '), '') FROM unnest(%(tables)s::text[]) t
                 WHERE has_table_privilege(t, 'UPDATE') OR has_table_privilege(t, 'DELETE')
                       OR has_table_privilege(t, 'TRUNCATE')) AS changes,
               has_table_privilege('kernel.staff', 'INSERT') AS may_write
        """,
        tables=list(APPEND_ONLY),
    )
