"""What is compared between a database and its restored backup: rows and sums of money, table by table.

Only rows of before the backup began are counted: of these none is added any more, and hardly one changes. Both are
asked of the live database before and after the backup; what was restored must lie between.
"""

from collections.abc import Mapping
from datetime import datetime

from psycopg.sql import SQL, Identifier

from backoffice.kernel.backup.record import Figure
from backoffice.kernel.backup.source import Db

OTHERS = ["pg_catalog", "information_schema", "procrastinate"]
"""Not compared: jobs come and go all the time."""

Figures = Mapping[str, Figure]


def moment_before(db: Db) -> datetime:
    """Nothing that is still to be committed was begun before this moment."""
    row = db.execute(
        """
        SELECT least(now(), min(xact_start)) - interval '1 second'
          FROM pg_stat_activity WHERE backend_xid IS NOT NULL OR backend_xmin IS NOT NULL
        """
    ).fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def figures(db: Db, before: datetime) -> dict[str, Figure]:
    """Of every table that knows when its rows were made."""
    found = db.execute(
        """
        SELECT n.nspname, c.relname,
               coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attname LIKE '%%amount%%'), '{}')
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                                  AND a.atttypid = 'bigint'::regtype
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
           AND n.nspname <> ALL (%s) AND n.nspname NOT LIKE 'pg\\_%%'
           AND EXISTS (SELECT FROM pg_attribute made
                        WHERE made.attrelid = c.oid AND made.attname = 'created_at' AND NOT made.attisdropped
                          AND made.atttypid = 'timestamptz'::regtype)
         GROUP BY n.nspname, c.relname
         ORDER BY n.nspname, c.relname
        """,
        [OTHERS],
    ).fetchall()
    return {f"{schema}.{table}": _figure(db, (schema, table), columns, before) for schema, table, columns in found}


def _figure(db: Db, table: tuple[str, str], columns: list[str], before: datetime) -> Figure:
    sums = SQL("").join(SQL(", coalesce(sum({}), 0)::bigint").format(Identifier(column)) for column in columns)
    statement = SQL("SELECT count(*){sums} FROM {table} WHERE created_at < %s")
    row = db.execute(statement.format(sums=sums, table=Identifier(*table)), [before]).fetchone()
    assert row is not None
    return Figure(rows=row[0], sums=dict(zip(columns, row[1:], strict=True)))


def difference(restored: Figures, *, before: Figures, after: Figures) -> str | None:
    """What the restored tables have that the live ones had neither before nor after; None where all is well."""
    for table, first in before.items():
        last, ours = after.get(table), restored.get(table)
        if last is None:
            continue
        if ours is None:
            return f"{table} is missing"
        if not _between(ours.rows, first.rows, last.rows):
            return f"{table} has {ours.rows} rows, and had {first.rows} before and {last.rows} after"
        for column, sum_before in first.sums.items():
            sum_after, sum_ours = last.sums.get(column, 0), ours.sums.get(column, 0)
            if not _between(sum_ours, sum_before, sum_after):
                return f"{table}.{column} adds up to {sum_ours}, and did to {sum_before} before and {sum_after} after"
    return None


def _between(value: int, one: int, other: int) -> bool:
    return min(one, other) <= value <= max(one, other)
