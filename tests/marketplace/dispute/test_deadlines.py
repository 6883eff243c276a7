"""48 hours: a reminder 12 hours before, one escalation after, exactly once with any number of workers."""

import asyncio
from typing import Any

import pytest

from backoffice.kernel.house import House
from backoffice.marketplace.dispute import deadlines
from backoffice.marketplace.dispute.jobs import escalate_disputes, remind_of_deadlines
from tests.marketplace.dispute.acting import Desk, clock, mails, pass_time
from tests.marketplace.making import Given, Path

EVENTS = """
    SELECT coalesce(string_agg(event, ' ' ORDER BY id), '') FROM marketplace.dispute_event
     WHERE event IN ('deadline_reminder', 'escalated')
"""
PRIORITY = "SELECT priority FROM marketplace.dispute"


async def turn(house: House, *, workers: int = 1) -> None:
    """One turn of both jobs, by so many workers at the same time."""
    run = clock(house)
    await asyncio.gather(*(job(run) for _ in range(workers) for job in (remind_of_deadlines, escalate_disputes)))


async def test_nothing_happens_while_there_is_time(house: House, dispute: dict[str, Any], given: Given) -> None:
    await pass_time(given, dispute, hours=35.9)
    await turn(house)

    assert await given.value(EVENTS) == ""


async def test_whoever_has_it_is_reminded_once_twelve_hours_before(
    house: House, desk: Desk, agent: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await desk.assign(dispute, agent.id)
    await mails(given)
    await pass_time(given, dispute, hours=36.1)

    await turn(house, workers=3)
    await turn(house)

    assert await given.value(EVENTS) == "deadline_reminder"
    [(address, text)] = await mails(given)
    assert address == agent.client.staff.email
    assert "running out" in text


async def test_past_its_deadline_it_is_more_urgent_once_and_managers_and_assignee_know(
    house: House, desk: Desk, agent: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await desk.assign(dispute, agent.id)
    await mails(given)
    await pass_time(given, dispute, hours=49)

    await turn(house, workers=4)
    await turn(house)

    assert await given.value(EVENTS) == "escalated"
    assert await given.value(PRIORITY) == "high"
    addresses = [address for address, _ in await mails(given)]
    assert addresses == sorted([desk.client.staff.email, agent.client.staff.email])
    assert len(await given.audited("dispute.escalated")) == 1
    last = (await desk.get(dispute))["timeline"][-1]
    assert (last["event"], last["actor"]) == ("escalated", "system")
    assert "from medium to high" in last["details"]


async def test_what_is_urgent_already_says_so_when_its_time_is_over(
    house: House, desk: Desk, path: Path, given: Given
) -> None:
    customer, booking, _ = await path.done()
    dispute = await path.dispute(customer, booking, priority="urgent")
    await pass_time(given, dispute, hours=49)

    await turn(house)

    assert (await desk.get(dispute))["timeline"][-1]["details"] == "Not decided in time, and urgent already"


async def test_a_worker_that_dies_before_it_committed_leaves_the_escalation_to_the_next(
    house: House, dispute: dict[str, Any], given: Given
) -> None:
    await pass_time(given, dispute, hours=49)
    with pytest.raises(KeyboardInterrupt):
        async with clock(house).write() as tx:
            await deadlines.escalate(tx, dispute["id"])
            await tx.ready()
            raise KeyboardInterrupt

    before = await given.value(EVENTS)
    await turn(house)

    assert (before, await given.value(EVENTS)) == ("", "escalated")
    assert await given.value(PRIORITY) == "high"


@pytest.mark.parametrize("status", ["resolved", "rejected"])
async def test_what_is_decided_is_left_alone_and_opened_again_it_begins_anew(
    house: House, desk: Desk, dispute: dict[str, Any], given: Given, status: str
) -> None:
    await pass_time(given, dispute, hours=49)
    await turn(house)
    await desk.change(dispute, status="in_progress")
    await desk.change(dispute, status=status, resolution_type="no_refund")
    await turn(house)
    await desk.change(dispute, status="in_progress")
    await turn(house)
    fresh = await given.value(EVENTS)
    await pass_time(given, dispute, hours=49)
    await turn(house)

    assert (fresh, await given.value(EVENTS)) == ("escalated", "escalated escalated")
    assert await given.value(PRIORITY) == "urgent"
