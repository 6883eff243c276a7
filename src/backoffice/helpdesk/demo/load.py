"""Writes the demo into an empty database: staff, customers, conversations, tickets, knowledge, usage."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from backoffice.helpdesk.demo.people import Person, customers, team
from backoffice.helpdesk.demo.story import Desk, Member, Plan, Teller
from backoffice.helpdesk.knowledge import actions as knowledge
from backoffice.helpdesk.knowledge.rows import read_entries
from backoffice.helpdesk.knowledge.rules import NewEntry
from backoffice.helpdesk.team import actions as team_actions
from backoffice.helpdesk.team.rules import NewMember
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.actor import system
from backoffice.kernel.database import Db, Query
from backoffice.kernel.house import House
from backoffice.kernel.identity import passwords
from backoffice.kernel.write import Tx
from backoffice.kernel.write.copying import copy_all

SEED = 20
CONVERSATIONS = 2_000
DAYS = 90
QUEUED_LOANS = 18
GENERAL_IN_PROGRESS = 16
COLUMNS = {
    "helpdesk.whatsapp_user": "id, phone, name, merchant_id, language_preference, last_inbound_at, created_at",
    "helpdesk.ticket": (
        "id, code, whatsapp_user_id, phone, merchant_id, status, category, escalation_reason, assigned_agent_id, "
        "assigned_at, auto_assigned, agent_response_count, resolution_notes, created_at, updated_at, queued_at, "
        "resolved_at, closed_at"
    ),
    "helpdesk.message": (
        "id, whatsapp_user_id, author, content, language, answers_id, ticket_id, staff_id, details, created_at"
    ),
    "helpdesk.ticket_activity": "ticket_id, activity_type, description, staff_id, metadata, created_at",
}
ACTIVE_SHARE = {Category.PAYMENT: 50, Category.ACCOUNT: 28, Category.TECHNICAL: 30}
TICKETS = 600


def is_begun(db: Db) -> Query[bool]:
    """Whether somebody is here already: the demo is for an empty database."""
    return db.value(bool, "SELECT EXISTS (SELECT FROM helpdesk.whatsapp_user)")


async def load(house: House, *, now: datetime | None = None) -> None:
    """Everything in one write: a demo that is half there would tell lies. The stories end `now`."""
    random = Random(SEED)
    now = now or datetime.now(UTC)
    people = team(random)
    _, nobody_knows = await passwords.one_time_password()
    async with house.database.write(system("helpdesk", "demo")) as tx:
        tx.record("demo loaded", "helpdesk")
        members = [await _join(tx, person, nobody_knows) for person in people]
        await set_joined(tx, now - timedelta(days=DAYS + 30))
        writers = customers(random, CONVERSATIONS)
        user_ids = await reserve(tx, "helpdesk.whatsapp_user", CONVERSATIONS)
        ticket_ids = iter(await reserve(tx, "helpdesk.ticket", TICKETS))
        message_ids = iter(await reserve(tx, "helpdesk.message", CONVERSATIONS * 7))
        teller = Teller(random, now=now, desk=Desk(members), ids=message_ids)
        plans = iter(_plans(random, ticket_ids))
        for user_id, writer in zip(user_ids, writers, strict=True):
            plan = next(plans, None)
            if plan:
                teller.ticket(user_id, writer, plan=plan)
            else:
                teller.chat(user_id, writer, age=timedelta(days=random.uniform(0.01, DAYS)))
        rows = teller.rows
        await copy_all(tx, COLUMNS, (rows.users, rows.tickets, rows.messages, rows.activities))
        await count_usage(tx)
        await knowledge.import_entries(tx, seed_entries())


async def _join(tx: Tx, person: Person, password_hash: str) -> Member:
    new = NewMember(
        username=person.username,
        email=person.email,
        full_name=person.full_name,
        role=person.role,
        department=person.department,
        capacity=person.capacity,
        is_available=person.is_available,
    )
    member = await team_actions.create_member(tx, new, password_hash=password_hash)
    return Member(member.id, person)


def set_joined(tx: Tx, at: datetime) -> Query[int]:
    """Everybody was here before the first story."""
    return tx.run("UPDATE kernel.membership SET created_at = %(at)s", at=at)


def _plans(random: Random, ticket_ids: Iterator[int]) -> Iterator[Plan]:
    """What is still open is young; the older, the more is closed."""
    recent = [Plan(next(ticket_ids), Status.OPEN, Category.LOAN, _hours(random, 0.2, 20)) for _ in range(QUEUED_LOANS)]
    for _ in range(GENERAL_IN_PROGRESS):
        recent.append(Plan(next(ticket_ids), Status.IN_PROGRESS, Category.GENERAL, _hours(random, 0.3, 40)))
    for category, share in ACTIVE_SHARE.items():
        for _ in range(share):
            recent.append(Plan(next(ticket_ids), Status.IN_PROGRESS, category, _hours(random, 0.2, 40)))
    yield from recent
    for ticket_id in ticket_ids:
        category = random.choice(list(Category))
        old = random.uniform(1, DAYS)
        status = Status.RESOLVED if old < 4 else Status.CLOSED
        yield Plan(ticket_id, status, category, timedelta(days=old))


def _hours(random: Random, low: float, high: float) -> timedelta:
    return timedelta(hours=random.uniform(low, high))


def reserve(tx: Db, table: str, count: int) -> Query[list[int]]:
    """The next ids of a table, never given to anybody else."""
    return tx.values(
        int,
        "SELECT nextval(pg_get_serial_sequence(%(table)s, 'id')) FROM generate_series(1, %(count)s)",
        table=table,
        count=count,
    )


def count_usage(tx: Tx) -> Query[int]:
    """What all the messages so far would have counted, each on its day."""
    return tx.run(
        """
        INSERT INTO helpdesk.usage_day (day, counter, amount, times)
             SELECT (m.created_at AT TIME ZONE 'UTC')::date, counted.counter, sum(counted.amount), count(*)
               FROM helpdesk.message m
              CROSS JOIN LATERAL (
                    SELECT (m.author = 'user')::int AS is_heard, (m.author = 'assistant')::int AS is_said,
                           coalesce(m.details ->> 'successful', 'false')::boolean::int AS is_answer,
                           coalesce((m.details #>> '{orchestrator,tokens,input}')::bigint, 0) AS read,
                           coalesce((m.details #>> '{orchestrator,tokens,output}')::bigint, 0) AS written
                    ) AS one
              CROSS JOIN LATERAL (
                    VALUES ('messages_received', is_heard), ('text_messages', is_heard), ('responses_sent', is_said),
                           ('successful_responses', is_answer), ('successful_queries', is_answer),
                           ('llm_calls', is_answer), ('input_tokens', read), ('output_tokens', written),
                           ('response_tokens', read + written)
                    ) AS counted (counter, amount)
              WHERE counted.amount <> 0
              GROUP BY 1, 2
        """
    )


def seed_entries() -> list[NewEntry]:
    """The 60 entries of the knowledge base."""
    return read_entries(Path(knowledge.__file__).with_name("seed.csv").read_bytes()).entries
