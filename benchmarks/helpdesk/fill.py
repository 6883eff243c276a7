"""Fills a desk to scale: tickets with their messages and logs, the agents who hold them, the sums over them."""

from psycopg.sql import SQL, Identifier
from rich.progress import Progress

from backoffice.helpdesk.permissions import Role
from benchmarks.filling import drop_indexes, empty_again, insert_staff, load, remember, run_each, unguarded
from benchmarks.helpdesk.content import ADMIN_ID, AGENTS, CAPACITY, CATEGORIES, MESSAGES_EACH, Content
from benchmarks.product import Connection

VERSION = 1
SUMS = b"""
TRUNCATE helpdesk.ticket_tally, helpdesk.whatsapp_user_tally;
INSERT INTO helpdesk.ticket_tally (status, category, agent_id, tickets)
SELECT status, category, assigned_agent_id, count(*) FROM helpdesk.ticket GROUP BY 1, 2, 3;
INSERT INTO helpdesk.whatsapp_user_tally (is_merchant, users)
SELECT merchant_id IS NOT NULL, count(*) FROM helpdesk.whatsapp_user GROUP BY 1;
UPDATE helpdesk.team_member m
   SET active_tickets = (SELECT count(*) FROM helpdesk.ticket t
                          WHERE t.assigned_agent_id = m.staff_id AND t.status IN ('open', 'in_progress'));
"""


def fill(db: Connection, scale: int, progress: Progress) -> None:
    """`scale` tickets, each with five messages."""
    content = Content(scale)
    tables = {
        "helpdesk.whatsapp_user": (
            content.users,
            "id, phone, name, merchant_id, last_inbound_at, created_at",
            content.user_lines(),
        ),
        "helpdesk.ticket": (
            scale,
            "id, code, whatsapp_user_id, phone, merchant_id, status, category, escalation_reason, assigned_agent_id, "
            "assigned_at, auto_assigned, created_at, updated_at, queued_at, resolved_at, closed_at",
            content.ticket_lines(),
        ),
        "helpdesk.message": (
            scale * MESSAGES_EACH,
            "id, whatsapp_user_id, author, content, language, wa_message_id, answers_id, created_at",
            content.message_lines(),
        ),
        "helpdesk.ticket_activity": (
            scale * 4 - content.active * 2,
            "ticket_id, activity_type, description, staff_id, metadata, created_at",
            content.activity_lines(),
        ),
    }
    with unguarded(db):
        _insert_team(db)
        indexes = drop_indexes(db, tables)
        load(db, tables, progress=progress)
        run_each(db, "indexes and sums", statements=[*indexes, SUMS, b"VACUUM ANALYZE"], progress=progress)
        remember(db, VERSION, scale)


def forget(db: Connection, scale: int) -> None:
    """Delete what runs wrote and build the sums again."""
    content = Content(scale)
    db.execute("SET session_replication_role = replica")
    changed = 0
    for table, last in (("whatsapp_user", content.users), ("ticket", scale), ("message", scale * MESSAGES_EACH)):
        changed += db.execute(SQL("DELETE FROM helpdesk.{} WHERE id > %s").format(Identifier(table)), [last]).rowcount
    changed += db.execute("DELETE FROM helpdesk.ticket_activity WHERE ticket_id > %s", [scale]).rowcount
    changed += empty_again(db)
    if changed:
        db.execute(SUMS)
        db.execute("VACUUM ANALYZE")


def _insert_team(db: Connection) -> None:
    """The agents, ten to a department, and the admin who looks at their tickets."""
    for number in range(1, ADMIN_ID + 1):
        is_agent = number <= AGENTS
        username, role = (f"agent_{number}", Role.AGENT) if is_agent else ("admin", Role.SUPER_ADMIN)
        insert_staff(db, number, username, product="helpdesk", role=role)
        department = CATEGORIES[number % len(CATEGORIES)] if is_agent else None
        db.execute(
            "INSERT INTO helpdesk.team_member (staff_id, department, capacity) VALUES (%s, %s, %s)",
            [number, department, CAPACITY],
        )
