"""The migration that joins the rows of one person under two forms of a number."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from backoffice.kernel.database.embedded import OWNER, EmbeddedServer
from backoffice.kernel.database.migrations import FOLDER, migrate
from tests.conftest import superuser

BEFORE = """
INSERT INTO kernel.staff (username, full_name, email, password_hash) VALUES ('sasha', 'Sasha', 's@example.com', 'x');
INSERT INTO helpdesk.team_member (staff_id, active_tickets) SELECT id, 0 FROM kernel.staff;
INSERT INTO helpdesk.whatsapp_user (phone, name, opted_out_at, last_inbound_at) VALUES
    ('+5541987654321', NULL, NULL, now() - interval '2 days'),
    ('+554187654321', 'João', now(), now()),
    ('+5215588471422', 'Lupe', NULL, now()),
    ('+919876543210', 'Asha', NULL, now());
INSERT INTO helpdesk.ticket (code, whatsapp_user_id, phone, category, escalation_reason, assigned_agent_id, status)
     SELECT 'TKT000' || u.id, u.id, u.phone, 'payment', 'asked', CASE WHEN u.name = 'João' THEN s.id END,
            CASE WHEN u.name = 'João' THEN 'in_progress' ELSE 'open' END
       FROM helpdesk.whatsapp_user u, kernel.staff s ORDER BY u.id;
INSERT INTO helpdesk.message (whatsapp_user_id, author, content) SELECT id, 'user', phone FROM helpdesk.whatsapp_user;
INSERT INTO helpdesk.testing_whitelist (phone, added_by)
     SELECT phone, s.id FROM kernel.staff s, unnest(ARRAY['+5541987654321', '+554187654321', '+5215588471422']) phone;
"""


@pytest.fixture
def before(server: EmbeddedServer, tmp_path: Path) -> Iterator[str]:
    """A database as it was before, with people under two forms."""
    with superuser(server) as connection:
        connection.execute(f"CREATE DATABASE joining OWNER {OWNER}".encode())
    url = make_conninfo(server.owner_url, dbname="joining")
    older = tmp_path / "migrations"
    shutil.copytree(FOLDER, older)
    for path in older.glob("*.sql"):
        if path.name >= "0044":
            path.unlink()
    migrate(url, folder=older)
    with psycopg.connect(url) as connection:
        connection.execute(BEFORE.encode())
    yield url
    with superuser(server) as connection:
        connection.execute("DROP DATABASE joining WITH (FORCE)")


def test_people_under_two_forms_become_one_and_nothing_of_them_is_lost(before: str) -> None:
    migrate(before)

    with psycopg.connect(before) as connection:

        def rows(sql: Any) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        assert rows("SELECT phone, wa_id, name, opted_out_at IS NULL FROM helpdesk.whatsapp_user ORDER BY id") == [
            ("+5541987654321", "554187654321", "João", False),
            ("+525588471422", "5215588471422", "Lupe", True),
            ("+919876543210", None, "Asha", True),
        ]
        assert rows("SELECT code, phone, status FROM helpdesk.ticket ORDER BY id") == [
            ("TKT0001", "+5541987654321", "open"),
            ("TKT0002", "+5541987654321", "resolved"),
            ("TKT0003", "+525588471422", "open"),
            ("TKT0004", "+919876543210", "open"),
        ]
        assert rows("SELECT whatsapp_user_id, count(*) FROM helpdesk.message GROUP BY 1 ORDER BY 1") == [
            (1, 2),
            (3, 1),
            (4, 1),
        ]
        assert rows("SELECT active_tickets FROM helpdesk.team_member") == [(0,)]
        assert rows("SELECT sum(users)::int FROM helpdesk.whatsapp_user_tally") == [(3,)]
        assert rows("SELECT phone FROM helpdesk.testing_whitelist ORDER BY id") == [
            ("+5541987654321",),
            ("+525588471422",),
        ]
        assert rows("SELECT ticket_id, description FROM helpdesk.ticket_activity ORDER BY id") == [
            (2, "One customer wrote under two forms of a number: goes on in TKT0001"),
            (1, "The same customer's ticket TKT0002 was joined with this one"),
        ]
