"""What happens around a change in the team: sessions end, tickets find other agents, the queue moves."""

import asyncio
from typing import Any

import pytest

from backoffice.helpdesk.permissions import Role
from backoffice.helpdesk.team import rules, store
from backoffice.helpdesk.team.actions import (
    activate_member,
    create_member,
    deactivate_member,
    grant,
    set_availability,
    update_member,
)
from backoffice.helpdesk.team.rules import Details, NewMember
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.identity.rules import LastSuperAdmin, PersonNotFound, UsernameTaken
from tests.helpdesk.team.test_api import NEW_AGENT, USERS
from tests.making import Make, Member

MAYA = NewMember("maya", "maya@desk.example", "Maya Rao", Role.AGENT, Category.PAYMENT)


async def tickets_of(make: Make) -> dict[int, tuple[str, int | None]]:
    """Ticket id -> (status, agent id)."""
    async with make.read() as db:
        rows = await db.connection.execute("SELECT id, status, assigned_agent_id FROM helpdesk.ticket ORDER BY id")
        return {ticket_id: (status, agent_id) for ticket_id, status, agent_id in await rows.fetchall()}


async def test_a_new_agent_takes_from_the_queue_at_once(make: Make) -> None:
    ticket = await make.ticket()

    async with make.write((await make.admin()).actor) as tx:
        maya = await create_member(tx, MAYA, password_hash="hash")

    assert await tickets_of(make) == {ticket.id: ("in_progress", maya.id)}


async def test_the_name_and_email_of_a_new_member_are_unreadable_in_the_audit_log(make: Make) -> None:
    async with make.write((await make.admin()).actor) as tx:
        maya = await create_member(tx, MAYA, password_hash="hash")

    async with make.read() as db:
        entry = await (
            await db.connection.execute("SELECT data_subject, after::text FROM kernel.audit_entry")
        ).fetchone()
    assert entry is not None
    assert entry[0] == f"staff:{maya.id}"
    assert "maya@desk" not in entry[1]
    assert "Rao" not in entry[1]
    assert "hash" not in entry[1]


async def test_of_two_who_create_the_same_username_at_once_one_is_told_it_exists(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())

    answers = await asyncio.gather(*(client.post(USERS, json=NEW_AGENT) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [201, 400]
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert refused.json() == {"detail": "Username 'agent_payment_1' already exists"}


async def test_deactivating_an_agent_ends_their_sessions_and_passes_their_tickets_on(make: Make) -> None:
    leaving, staying = await make.agent(capacity=5), await make.agent(capacity=1)
    first = await make.ticket(assigned_to=leaving)
    second = await make.ticket(assigned_to=leaving)
    done = await make.ticket(assigned_to=leaving, status="resolved")  # type: ignore[arg-type]
    admin = await make.admin()

    async with make.write(admin.actor) as tx:
        await deactivate_member(tx, leaving.id)

    assert await tickets_of(make) == {
        first.id: ("in_progress", staying.id),
        second.id: ("open", None),
        done.id: ("resolved", leaving.id),
    }
    assert await live_sessions(make, leaving) == 0
    assert await live_sessions(make, staying) == 1
    assert await make.audited() == [("member.deactivated", f"member:{leaving.id}", admin.id)]


async def live_sessions(make: Make, member: Member) -> int:
    async with make.read() as db:
        return await db.value(
            int, "SELECT count(*) FROM kernel.session WHERE staff_id = %(id)s AND ended_at IS NULL", id=member.id
        )


async def test_a_form_with_is_active_false_does_what_deactivating_does(make: Make) -> None:
    leaving, staying = await make.agent(), await make.agent()
    ticket = await make.ticket(assigned_to=leaving)
    admin = await make.admin()

    async with make.write(admin.actor) as tx:
        member = await update_member(tx, leaving.id, Details(full_name="Gone", is_active=False))

    assert (member.full_name, member.is_active) == ("Gone", False)
    assert await tickets_of(make) == {ticket.id: ("in_progress", staying.id)}
    assert await live_sessions(make, leaving) == 0
    assert [action for action, *_ in await make.audited()] == ["member.updated", "member.deactivated"]


async def test_an_agent_whose_department_changes_keeps_their_tickets_and_takes_from_the_new_queue(make: Make) -> None:
    agent = await make.agent(department="payment")
    held = await make.ticket(assigned_to=agent)
    waiting = await make.ticket(category=Category.LOAN)

    async with make.write((await make.admin()).actor) as tx:
        await update_member(tx, agent.id, Details(department=Category.LOAN))

    assert await tickets_of(make) == {held.id: ("in_progress", agent.id), waiting.id: ("in_progress", agent.id)}


async def make_room_by_capacity(make: Make, tx: Any, full: Member) -> None:
    await update_member(tx, full.id, Details(agent_capacity=2))


async def make_room_by_availability(make: Make, tx: Any, full: Member) -> None:
    await set_availability(tx, full.id, to=False)
    await update_member(tx, full.id, Details(agent_capacity=2))
    await set_availability(tx, full.id, to=True)


async def make_room_by_activation(make: Make, tx: Any, full: Member) -> None:
    await update_member(tx, full.id, Details(agent_capacity=1, is_active=False))
    await activate_member(tx, full.id)


@pytest.mark.parametrize(
    ("how", "placed"), [(make_room_by_capacity, 2), (make_room_by_availability, 2), (make_room_by_activation, 1)]
)
async def test_whoever_makes_room_takes_the_ticket_that_waits_longest(make: Make, how: Any, placed: int) -> None:
    agent = await make.agent(capacity=1)
    await make.ticket(assigned_to=agent)
    waiting = [await make.ticket() for _ in range(2)]

    async with make.write((await make.admin()).actor) as tx:
        await how(make, tx, agent)

    shown = await tickets_of(make)
    assert sum(agent_id == agent.id for _, agent_id in shown.values()) == placed
    assert shown[waiting[1].id] == ("open", None)


async def test_a_changed_capacity_shows_as_an_update_of_the_member(make: Make) -> None:
    agent = await make.agent()
    async with make.read() as db:
        before = await store.get_member(db, agent.id)

    async with make.write((await make.admin()).actor) as tx:
        after = await update_member(tx, agent.id, Details(agent_capacity=3))

    assert after.updated_at > before.updated_at


async def person(make: Make, username: str) -> int:
    """Somebody of the staff directory who is not in the helpdesk."""
    async with make.write() as tx:
        tx.record("made", "for a test")
        return await tx.value(
            int,
            """
            INSERT INTO kernel.staff (username, email, full_name, password_hash)
                 VALUES (%(name)s, %(name)s || '@desk.example', 'Somebody', 'hash') RETURNING id
            """,
            name=username,
        )


async def test_somebody_of_another_product_is_granted_a_place_in_the_team(make: Make) -> None:
    staff_id = await person(make, "noor")
    ticket = await make.ticket(category=Category.LOAN)

    async with make.write() as tx:
        member = await grant(tx, "NOOR@desk.example", role=Role.AGENT, department=Category.LOAN, capacity=4)

    assert (member.id, member.role, member.department, member.agent_capacity) == (staff_id, "agent", "loan", 4)
    assert await tickets_of(make) == {ticket.id: ("in_progress", staff_id)}
    assert await make.audited() == [("staff.membership_granted", f"staff:{staff_id}", 0)]


async def test_an_agent_who_becomes_an_admin_gives_their_tickets_back_and_signs_in_anew(make: Make) -> None:
    rising, staying = await make.agent(), await make.agent()
    ticket = await make.ticket(assigned_to=rising)

    async with make.write() as tx:
        member = await grant(tx, rising.username, role=Role.ADMIN)

    assert (member.role, member.department, member.agent_capacity) == ("admin", None, None)
    assert await tickets_of(make) == {ticket.id: ("in_progress", staying.id)}
    assert await live_sessions(make, rising) == 0


async def test_the_last_active_super_admin_stays_one(make: Make) -> None:
    last = await make.super_admin()
    await make.super_admin(is_active=False)

    with pytest.raises(LastSuperAdmin):
        async with make.write() as tx:
            await grant(tx, last.username, role=Role.ADMIN)

    await make.super_admin()
    async with make.write() as tx:
        assert (await grant(tx, last.username, role=Role.ADMIN)).role == "admin"


async def test_nobody_unknown_and_no_agent_without_department_is_granted_anything(make: Make) -> None:
    with pytest.raises(PersonNotFound, match="'ghost'"):
        async with make.write() as tx:
            await grant(tx, "ghost", role=Role.ADMIN)
    with pytest.raises(rules.DepartmentRequired):
        async with make.write() as tx:
            await grant(tx, "ghost", role=Role.AGENT)


async def test_a_taken_username_undoes_the_whole_creation(make: Make) -> None:
    await make.agent(username="maya")

    with pytest.raises(UsernameTaken):
        async with make.write((await make.admin()).actor) as tx:
            await create_member(tx, MAYA, password_hash="hash")

    assert await make.audited() == []
