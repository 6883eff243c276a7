"""How a database is filled to scale: past triggers and without indexes, which are built afterwards; then vacuumed.

A filled database is kept: the next run only forgets what the last one wrote into it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from psycopg.sql import SQL, Composed, Identifier, Literal
from rich.progress import Progress

from benchmarks.product import Connection

LINES_AT_ONCE = 5_000
WHILE_FILLING = {"max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off"}
"""So that the server does nothing beside; it starts with its own settings the next time."""
Lines = tuple[int, str, Iterable[str]]
"""How many, of which columns, and the lines themselves."""


def filled_scale(db: Connection, version: int) -> int | None:
    """What this database was filled to, None when it was not, or by another version."""
    if db.execute("SELECT to_regclass('public.filled')").fetchone() == (None,):
        return None
    row = db.execute("SELECT scale FROM public.filled WHERE version = %s", [version]).fetchone()
    return int(row[0]) if row else None


@contextmanager
def unguarded(db: Connection) -> Iterator[None]:
    """Triggers rest, and the server saves its checkpoints for later. `db` is a superuser's, committing by itself."""
    for name, value in WHILE_FILLING.items():
        db.execute(SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), Literal(value)))
    db.execute("SELECT pg_reload_conf()")
    db.execute("SET session_replication_role = replica")
    db.execute("SET maintenance_work_mem = '1GB'")
    db.execute("SET work_mem = '256MB'")
    yield
    for name in WHILE_FILLING:
        db.execute(SQL("ALTER SYSTEM RESET {}").format(Identifier(name)))
    db.execute("SELECT pg_reload_conf()")


def insert_staff(db: Connection, number: int, username: str, *, product: str, role: str) -> None:
    db.execute(
        """
        INSERT INTO kernel.staff (id, username, email, full_name, password_hash) OVERRIDING SYSTEM VALUE
             VALUES (%s, %s, %s, %s, '')
        """,
        [number, username, f"{username}@desk.example", username.replace("_", " ").title()],
    )
    db.execute("INSERT INTO kernel.membership (staff_id, product, role) VALUES (%s, %s, %s)", [number, product, role])


def drop_indexes(db: Connection, tables: Iterable[str]) -> list[bytes]:
    """Every index that holds no constraint; returns how to make them again."""
    found = db.execute(
        """
        SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
          FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
         WHERE i.indrelid = ANY (%s::regclass[]) AND c.oid IS NULL
        """,
        [list(tables)],
    ).fetchall()
    for name, _ in found:
        db.execute(SQL("DROP INDEX {}").format(name_of(name)))
    return [definition.encode() for _, definition in found]


def load(db: Connection, tables: Mapping[str, Lines], *, progress: Progress) -> None:
    """COPY each table's lines into it."""
    for table, (count, columns, lines) in tables.items():
        task = progress.add_task(table.partition(".")[2].replace("_", " "), total=count)
        for done in _copy(db, table, columns, lines):
            progress.update(task, advance=done)


def run_each(db: Connection, what: str, *, statements: Iterable[bytes], progress: Progress) -> None:
    """One statement after the other, under one bar."""
    several = list(statements)
    task = progress.add_task(what, total=len(several))
    for statement in several:
        db.execute(statement)
        progress.update(task, advance=1)


def remember(db: Connection, version: int, scale: int) -> None:
    """Continue the numbering after the ids that were given, and note what was filled and what was left empty."""
    numbered = db.execute(
        """
        SELECT format('%I.%I', table_schema, table_name), column_name FROM information_schema.columns
         WHERE table_schema IN ('kernel', 'helpdesk', 'marketplace', 'shield') AND is_identity = 'YES'
        """
    ).fetchall()
    for table, column in numbered:
        highest = SQL("SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(max({}), 1)) FROM {}")
        db.execute(highest.format(Identifier(column), name_of(table)), [table, column])
    tables = db.execute(
        """
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
         WHERE schemaname IN ('kernel', 'helpdesk', 'marketplace', 'shield', 'procrastinate')
        """
    ).fetchall()
    empty = [name for (name,) in tables if _is_empty(db, name)]
    db.execute(
        "CREATE TABLE public.filled (version int, scale bigint, empty text[], filled_at timestamptz DEFAULT now())"
    )
    db.execute("INSERT INTO public.filled (version, scale, empty) VALUES (%s, %s, %s)", [version, scale, empty])


def empty_again(db: Connection) -> int:
    """Delete the rows of every table that was left empty; how many there were."""
    tables = db.execute("SELECT unnest(empty) FROM public.filled").fetchall()
    return sum(db.execute(SQL("DELETE FROM {}").format(name_of(table))).rowcount for (table,) in tables)


def name_of(table: str) -> Composed:
    """`schema.table`, quoted part by part."""
    return SQL(".").join(map(Identifier, table.split(".")))


def _copy(db: Connection, table: str, columns: str, lines: Iterable[str]) -> Iterator[int]:
    """Yields how many lines went in, block by block."""
    waiting = iter(lines)
    names = SQL(", ").join(map(Identifier, columns.split(", ")))
    with db.cursor() as cursor, cursor.copy(SQL("COPY {} ({}) FROM STDIN").format(name_of(table), names)) as copy:
        while block := list(islice(waiting, LINES_AT_ONCE)):
            copy.write("".join(block))
            yield len(block)


def _is_empty(db: Connection, table: str) -> bool:
    return db.execute(SQL("SELECT FROM {} LIMIT 1").format(name_of(table))).fetchone() is None
