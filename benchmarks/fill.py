"""Fills a database to scale by COPY, past triggers and without indexes; then builds indexes and sums, and vacuums.

A filled database is kept: the next run only forgets what the last one wrote into it.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from rich.progress import Progress

from backoffice.helpdesk.permissions import Role
from benchmarks.content import ADMIN_ID, AGENTS, CAPACITY, CATEGORIES, MESSAGES_EACH, Content

VERSION = 1
"""Counted up when the content changes: what was filled before is then filled anew."""
LINES_AT_ONCE = 5_000
COLUMNS = {
    "helpdesk.whatsapp_user": "id, phone, name, merchant_id, last_inbound_at, created_at",
    "helpdesk.ticket": (
        "id, code, whatsapp_user_id, phone, merchant_id, status, category, escalation_reason, assigned_agent_id, "
        "assigned_at, auto_assigned, created_at, updated_at, queued_at, resolved_at, closed_at"
    ),
    "helpdesk.message": "id, whatsapp_user_id, author, content, language, wa_message_id, answers_id, created_at",
    "helpdesk.ticket_activity": "ticket_id, activity_type, description, staff_id, metadata, created_at",
}
SUMS = """
TRUNCATE helpdesk.ticket_tally, helpdesk.whatsapp_user_tally;
INSERT INTO helpdesk.ticket_tally (status, category, agent_id, tickets)
SELECT status, category, assigned_agent_id, count(*) FROM helpdesk.ticket GROUP BY 1, 2, 3;
INSERT INTO helpdesk.whatsapp_user_tally (is_merchant, users)
SELECT merchant_id IS NOT NULL, count(*) FROM helpdesk.whatsapp_user GROUP BY 1;
UPDATE helpdesk.team_member m
   SET active_tickets = (SELECT count(*) FROM helpdesk.ticket t
                          WHERE t.assigned_agent_id = m.staff_id AND t.status IN ('open', 'in_progress'));
"""
Connection = psycopg.Connection[tuple[Any, ...]]


def filled_scale(db: Connection) -> int | None:
    """The number of tickets this database was filled with, None when it was not, or by another version."""
    if db.execute("SELECT to_regclass('public.filled')").fetchone() == (None,):
        return None
    row = db.execute("SELECT scale FROM public.filled WHERE version = %s", [VERSION]).fetchone()
    return int(row[0]) if row else None


def fill(db: Connection, scale: int, *, progress: Progress) -> None:
    """Fill a migrated, empty database. `db` belongs to a superuser and commits each statement."""
    content = Content(scale)
    lines = {
        "helpdesk.whatsapp_user": (content.users, content.user_lines()),
        "helpdesk.ticket": (scale, content.ticket_lines()),
        "helpdesk.message": (scale * MESSAGES_EACH, content.message_lines()),
        "helpdesk.ticket_activity": (scale * 4 - content.active * 2, content.activity_lines()),
    }
    db.execute("SET session_replication_role = replica")
    db.execute("SET maintenance_work_mem = '512MB'")
    _insert_team(db)
    definitions = _drop_indexes(db)
    for table, (count, some) in lines.items():
        task = progress.add_task(table.partition(".")[2].replace("_", " "), total=count)
        for done in _copy(db, table, some):
            progress.update(task, advance=done)
    task = progress.add_task("indexes", total=len(definitions) + 2)
    for definition in definitions:
        db.execute(definition)
        progress.update(task, advance=1)
    _settle(db, scale)
    progress.update(task, advance=2)


def forget_runs(db: Connection, scale: int) -> None:
    """Take a filled database back to what was filled: what runs wrote is deleted, the sums are built again."""
    content = Content(scale)
    db.execute("SET session_replication_role = replica")
    changed = 0
    for table, last in (("whatsapp_user", content.users), ("ticket", scale), ("message", scale * MESSAGES_EACH)):
        changed += db.execute(SQL("DELETE FROM helpdesk.{} WHERE id > %s").format(Identifier(table)), [last]).rowcount
    changed += db.execute("DELETE FROM helpdesk.ticket_activity WHERE ticket_id > %s", [scale]).rowcount
    for (table,) in db.execute("SELECT unnest(empty) FROM public.filled").fetchall():
        changed += db.execute(SQL("DELETE FROM {}").format(_name(table))).rowcount
    if changed:
        db.execute(SUMS)
        db.execute("VACUUM ANALYZE")


def _insert_team(db: Connection) -> None:
    """The agents, ten to a department, and the admin who looks at their tickets."""
    for number in range(1, ADMIN_ID + 1):
        is_agent = number <= AGENTS
        username = f"agent_{number}" if is_agent else "admin"
        db.execute(
            """
            INSERT INTO kernel.staff (id, username, email, full_name, password_hash) OVERRIDING SYSTEM VALUE
                 VALUES (%s, %s, %s, %s, '')
            """,
            [number, username, f"{username}@desk.example", username.replace("_", " ").title()],
        )
        role = Role.AGENT if is_agent else Role.SUPER_ADMIN
        db.execute(
            "INSERT INTO kernel.membership (staff_id, product, role) VALUES (%s, 'helpdesk', %s)", [number, role]
        )
        department = CATEGORIES[number % len(CATEGORIES)] if is_agent else None
        db.execute(
            "INSERT INTO helpdesk.team_member (staff_id, department, capacity) VALUES (%s, %s, %s)",
            [number, department, CAPACITY],
        )


def _drop_indexes(db: Connection) -> list[bytes]:
    """Every index that holds no constraint; returns how to make them again."""
    found = db.execute(
        """
        SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
          FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
         WHERE i.indrelid = ANY (%s::regclass[]) AND c.oid IS NULL
        """,
        [list(COLUMNS)],
    ).fetchall()
    for name, _ in found:
        db.execute(SQL("DROP INDEX {}").format(_name(name)))
    return [definition.encode() for _, definition in found]


def _copy(db: Connection, table: str, lines: Iterable[str]) -> Iterator[int]:
    """Yields how many lines went in, block by block."""
    waiting = iter(lines)
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        _name(table), SQL(", ").join(map(Identifier, COLUMNS[table].split(", ")))
    )
    with db.cursor() as cursor, cursor.copy(statement) as copy:
        while block := list(islice(waiting, LINES_AT_ONCE)):
            copy.write("".join(block))
            yield len(block)


def _settle(db: Connection, scale: int) -> None:
    """Continue the numbering, build the sums, remember what was filled and which tables were left empty."""
    for table in ("kernel.staff", "helpdesk.whatsapp_user", "helpdesk.ticket", "helpdesk.message"):
        highest = SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {}").format(_name(table))
        db.execute(highest, [table])
    db.execute(SUMS)
    db.execute("VACUUM ANALYZE")
    tables = db.execute(
        """
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
         WHERE schemaname IN ('kernel', 'helpdesk', 'procrastinate')
        """
    ).fetchall()
    empty = [name for (name,) in tables if _is_empty(db, name)]
    db.execute("CREATE TABLE public.filled (version int, scale bigint, empty text[])")
    db.execute("INSERT INTO public.filled VALUES (%s, %s, %s)", [VERSION, scale, empty])


def _is_empty(db: Connection, table: str) -> bool:
    return db.execute(SQL("SELECT FROM {} LIMIT 1").format(_name(table))).fetchone() is None


def _name(table: str) -> Composed:
    """`schema.table`, quoted part by part."""
    return SQL(".").join(map(Identifier, table.split(".")))
