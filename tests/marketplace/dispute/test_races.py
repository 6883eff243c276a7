"""Staff and the clock at one dispute at the same moment: all of it happens in some order, and each thing once."""

import asyncio
from typing import Any

from backoffice.kernel.house import House
from backoffice.marketplace.dispute.jobs import escalate_disputes
from tests.marketplace.dispute.acting import Desk, clock, mails, pass_time
from tests.marketplace.dispute.conftest import DeskOf
from tests.marketplace.making import Given, Path


async def test_of_two_who_assign_at_once_one_holds_and_both_stand_in_the_timeline(
    desk: Desk, desk_of: DeskOf, dispute: dict[str, Any], given: Given
) -> None:
    people = [await desk_of("support_agent") for _ in range(4)]

    answers = await asyncio.gather(*(desk.assign(dispute, one.id) for one in people))

    assert [one.status_code for one in answers] == [200] * 4
    found = await desk.get(dispute)
    moves = [one["facts"] for one in found["timeline"] if one["event"] == "assigned"]
    assert sorted(one["to"] for one in moves) == sorted(one.id for one in people)
    assert [one["before"] for one in moves] == [None, *(one["to"] for one in moves[:-1])]
    assert found["assigned_to"] == moves[-1]["to"]
    assert [one["event"] for one in found["timeline"]].count("status_changed") == 1


async def test_two_resolve_and_one_rejects_at_once_and_one_of_them_decides(
    desk_of: DeskOf, dispute: dict[str, Any], given: Given
) -> None:
    people = [await desk_of() for _ in range(4)]
    await people[0].change(dispute, status="in_progress")
    await mails(given)

    answers = await asyncio.gather(
        people[0].change(dispute, status="resolved", resolution_type="full_refund"),
        people[1].change(dispute, status="resolved", resolution_type="partial_refund", refund_amount=10_000),
        people[2].change(dispute, status="rejected"),
        people[3].change(dispute, status="resolved", resolution_type="no_refund"),
    )

    found = await people[0].get(dispute)
    assert {one.status_code for one in answers} <= {200, 400}
    assert len(found["resolution_history"]) == 1
    assert found["resolution_history"][0]["resolution_type"] == found["resolution_type"]
    refunds = await given.value("SELECT count(*) FROM marketplace.refund WHERE status = 'approved'")
    assert refunds == (found["resolution_type"] in ("full_refund", "partial_refund"))
    assert [address for address, _ in await mails(given)] == ["asha1@example.com", "studio2@example.com"]


async def test_resolving_assigning_talking_and_escalating_at_once_each_happens_once(
    house: House, path: Path, desk_of: DeskOf, given: Given
) -> None:
    customer, booking, _ = await path.done(50_000)
    dispute = await path.dispute(customer, booking)
    people = [await desk_of() for _ in range(3)]
    await people[0].change(dispute, status="in_progress")
    await pass_time(given, dispute, hours=49)
    run = clock(house)

    answers = await asyncio.gather(
        people[0].change(dispute, status="resolved", resolution_type="full_refund"),
        people[1].assign(dispute, people[2].id),
        people[2].say(dispute, "A moment", is_internal=False),
        people[1].say(dispute, "Look here"),
        escalate_disputes(run),
        escalate_disputes(run),
    )

    assert [one.status_code for one in answers if one is not None] == [200, 200, 201, 201]
    found = await people[0].get(dispute)
    events = [one["event"] for one in found["timeline"]]
    assert found["status"] == "resolved"
    assert events.count("escalated") <= 1
    assert (events.count("assigned"), events.count("message_added"), events.count("note_added")) == (1, 1, 1)
    assert await given.value("SELECT count(*) FROM marketplace.refund") == 1
