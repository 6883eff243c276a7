"""The demo tells the same stories every time, and none that a real desk could not have lived."""

from datetime import UTC, datetime
from typing import Any

from backoffice.helpdesk import demo
from backoffice.helpdesk.demo.load import seed_entries
from backoffice.helpdesk.ticket import placing
from backoffice.helpdesk.ticket import store as tickets
from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from tests.conftest import Sweeper
from tests.contract.test_examples import desk_reads_unlike_their_examples
from tests.making import Make

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)

TOLD = {
    "staff": """
        SELECT s.username, s.email, s.full_name, m.role, m.created_at, t.department, t.capacity, t.is_available,
               t.active_tickets
          FROM kernel.staff s JOIN kernel.membership m ON m.staff_id = s.id JOIN helpdesk.team_member t USING (staff_id)
         ORDER BY s.username
    """,
    "customers": """
        SELECT phone, name, merchant_id, language_preference, last_inbound_at, created_at FROM helpdesk.whatsapp_user
         ORDER BY phone
    """,
    "tickets": """
        SELECT k.code, k.phone, k.status, k.category, s.username, k.assigned_at, k.agent_response_count,
               k.resolution_notes, k.created_at, k.queued_at, k.resolved_at, k.closed_at
          FROM helpdesk.ticket k LEFT JOIN kernel.staff s ON s.id = k.assigned_agent_id ORDER BY k.code
    """,
    "messages": """
        SELECT u.phone, m.created_at, m.author, m.content, m.details
          FROM helpdesk.message m JOIN helpdesk.whatsapp_user u ON u.id = m.whatsapp_user_id ORDER BY m.id
    """,
    "activities": """
        SELECT k.code, a.activity_type, a.description, a.metadata - 'agent_id', a.created_at
          FROM helpdesk.ticket_activity a JOIN helpdesk.ticket k ON k.id = a.ticket_id ORDER BY k.code, a.id
    """,
    "usage": "SELECT day, counter, amount, times FROM helpdesk.usage_day ORDER BY 1, 2",
    "knowledge": "SELECT question_id, category, question, answer, keywords FROM helpdesk.knowledge_entry ORDER BY 1",
}

IMPOSSIBLE = {
    "an agent above capacity": "SELECT staff_id FROM helpdesk.team_member WHERE active_tickets > capacity",
    "an agent whose count of tickets is wrong": """
        SELECT t.staff_id FROM helpdesk.team_member t
         WHERE t.active_tickets <> (SELECT count(*) FROM helpdesk.ticket k
                                     WHERE k.assigned_agent_id = t.staff_id AND k.status IN ('open', 'in_progress'))
    """,
    "a total that is not the tickets'": """
        SELECT * FROM (SELECT status, category, agent_id, sum(tickets) AS tickets
                         FROM helpdesk.ticket_tally GROUP BY 1, 2, 3 HAVING sum(tickets) <> 0) t
          FULL JOIN (SELECT status, category, assigned_agent_id AS agent_id, count(*) AS tickets
                       FROM helpdesk.ticket GROUP BY 1, 2, 3) k
            ON t.status = k.status AND t.category = k.category AND t.agent_id IS NOT DISTINCT FROM k.agent_id
         WHERE t.tickets IS DISTINCT FROM k.tickets
    """,
    "a ticket out of order in time": """
        SELECT id FROM helpdesk.ticket
         WHERE queued_at < created_at OR assigned_at < created_at OR resolved_at < assigned_at
            OR closed_at < resolved_at
            OR greatest(created_at, updated_at, assigned_at, resolved_at, closed_at) > %(now)s
    """,
    "a ticket whose times do not fit its status": """
        SELECT id FROM helpdesk.ticket
         WHERE (status IN ('resolved', 'closed')) <> (resolved_at IS NOT NULL)
            OR (status = 'closed') <> (closed_at IS NOT NULL)
            OR (status <> 'open') <> (assigned_agent_id IS NOT NULL AND assigned_at IS NOT NULL)
    """,
    "an agent of another department": """
        SELECT k.id FROM helpdesk.ticket k JOIN helpdesk.team_member t ON t.staff_id = k.assigned_agent_id
         WHERE t.department <> k.category
    """,
    "a message that is not from the past": "SELECT id FROM helpdesk.message WHERE created_at > %(now)s",
    "an answer before its question": """
        SELECT m.id FROM helpdesk.message m JOIN helpdesk.message q ON q.id = m.answers_id
         WHERE m.created_at <= q.created_at OR m.whatsapp_user_id <> q.whatsapp_user_id
    """,
    "an act before its ticket or from the future": """
        SELECT a.id FROM helpdesk.ticket_activity a JOIN helpdesk.ticket k ON k.id = a.ticket_id
         WHERE a.created_at < k.created_at OR a.created_at > %(now)s
    """,
    "an act that stands before an earlier one": """
        SELECT id FROM (SELECT id, created_at, lag(created_at) OVER (PARTITION BY ticket_id ORDER BY id) AS before
                          FROM helpdesk.ticket_activity) a
         WHERE created_at < before
    """,
    "somebody who works before they joined": """
        SELECT m.staff_id FROM kernel.membership m JOIN helpdesk.ticket k ON k.assigned_agent_id = m.staff_id
         WHERE m.created_at > k.created_at
    """,
    "a customer who writes before they are known": """
        SELECT m.id FROM helpdesk.message m JOIN helpdesk.whatsapp_user u ON u.id = m.whatsapp_user_id
         WHERE m.created_at < u.created_at OR (m.author = 'user' AND m.created_at > u.last_inbound_at)
    """,
    "a count of replies that is wrong": """
        SELECT k.id FROM helpdesk.ticket k
         WHERE agent_response_count <> (SELECT count(*) FROM helpdesk.message m
                                         WHERE m.ticket_id = k.id AND m.author = 'agent')
    """,
    "a day whose messages are not those that were counted": """
        SELECT * FROM (SELECT day, amount FROM helpdesk.usage_day WHERE counter = 'messages_received') u
          FULL JOIN (SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS amount FROM helpdesk.message
                      WHERE author = 'user' GROUP BY 1) m USING (day)
         WHERE u.amount IS DISTINCT FROM m.amount
    """,
    "a placeholder left in a text": "SELECT id FROM helpdesk.message WHERE content ~ '[{}]'",
}


async def rows_of(house: House, sql: Any, **params: Any) -> list[tuple[Any, ...]]:
    async with house.database.read() as db:
        cursor = await db.connection.execute(sql, params)
        return await cursor.fetchall()


async def test_it_is_a_desk_that_could_be_with_the_examples_reads_and_the_same_at_the_same_time_of_day(
    house: House, make: Make, signed_in: Any, sweep: Sweeper
) -> None:
    await demo.load(house, now=NOW)

    first = {what: await rows_of(house, sql) for what, sql in TOLD.items()}
    found = {what: await rows_of(house, sql, now=NOW) for what, sql in IMPOSSIBLE.items()}
    assert {what: rows[:3] for what, rows in found.items() if rows} == {}
    await it_is_of_a_believable_size(house)
    await loan_tickets_wait_because_nobody_could_take_them(house)
    assert await desk_reads_unlike_their_examples(house, make, signed_in) == []

    sweep()
    await demo.load(house, now=NOW)
    for what, sql in TOLD.items():
        assert await rows_of(house, sql) == first[what], what


async def it_is_of_a_believable_size(loaded: House) -> None:
    async def count(table: str) -> int:
        return int((await rows_of(loaded, f"SELECT count(*) FROM {table}"))[0][0])

    assert 35 <= await count("kernel.staff") <= 45
    assert await count("helpdesk.whatsapp_user") == 2_000
    assert await count("helpdesk.ticket") == 600
    assert await count("helpdesk.knowledge_entry") == 60 == len(seed_entries())
    assert await count("helpdesk.knowledge_index") == 60
    counters = "SELECT counter FROM helpdesk.usage_day WHERE day > %(now)s::date - 30 GROUP BY 1"
    assert len(await rows_of(loaded, counters, now=NOW)) == 9
    by_status = dict(await rows_of(loaded, "SELECT status, count(*) FROM helpdesk.ticket GROUP BY 1"))
    assert min(by_status.get(status, 0) for status in ("open", "in_progress", "resolved", "closed")) >= 5
    by_category = dict(await rows_of(loaded, "SELECT category, count(*) FROM helpdesk.ticket GROUP BY 1"))
    assert min(by_category.values()) >= 50
    assert len(by_category) == 5


async def loan_tickets_wait_because_nobody_could_take_them(loaded: House) -> None:
    waiting = await rows_of(
        loaded, "SELECT category, count(*) FROM helpdesk.ticket WHERE assigned_agent_id IS NULL GROUP BY 1"
    )
    async with loaded.database.write(system("helpdesk", "tests")) as tx:
        await tickets.lock_dispatch(tx)
        placed = await placing.place_queue(tx)

    assert [category for category, _ in waiting] == ["loan"]
    assert waiting[0][1] >= 10
    assert placed == {}
