"""Who is given a dispute: active staff who may manage disputes, and nobody else; what staff note stays theirs."""

from typing import Any

import pytest

from backoffice.marketplace.access import people
from tests.marketplace.dispute.acting import Desk, mails
from tests.marketplace.dispute.conftest import DeskOf
from tests.marketplace.making import Given, Path, Staff


async def deactivate(given: Given, staff: Staff) -> None:
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE kernel.membership SET is_active = false WHERE staff_id = %(id)s", id=staff.id)


async def test_a_dispute_that_is_given_to_somebody_is_in_progress_and_they_are_told(
    desk: Desk, agent: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await mails(given)

    answer = await desk.assign(dispute, agent.id, notes="Please be quick")

    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    assert (found["status"], found["assigned_to"]) == ("in_progress", agent.id)
    [line] = [one["details"] for one in found["timeline"] if one["event"] == "assigned"]
    assert line.startswith("Assigned to Support Agent")
    assert [(one["is_internal"], one["message"]) for one in found["messages"]] == [(True, "Please be quick")]
    assert await given.audited("dispute.assigned") == [("dispute.assigned", f"dispute:{dispute['id']}", desk.id)]
    told = dict(await mails(given))
    assert "was given to you" in told[agent.client.staff.email]
    assert not any("Please be quick" in text for text in told.values())


async def test_given_to_the_same_person_again_nothing_happens(
    desk: Desk, agent: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await desk.assign(dispute, agent.id)
    before = await desk.get(dispute)
    await mails(given)

    again = await desk.assign(dispute, agent.id)

    assert again.status_code == 200
    assert await desk.get(dispute) == before
    assert await mails(given) == []


@pytest.mark.parametrize("who", ["finance_admin", "vendor_admin", "left", "nobody"])
async def test_only_active_staff_who_manage_disputes_are_given_one(
    desk: Desk, dispute: dict[str, Any], given: Given, who: str
) -> None:
    if who == "nobody":
        staff_id = 987_654
    else:
        staff = await given.staff("support_agent" if who == "left" else who)
        staff_id = staff.id
        if who == "left":
            await deactivate(given, staff)

    answer = await desk.assign(dispute, staff_id)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "NOT_ASSIGNABLE")
    assert answer.json()["error"]["admin_user_id"] == staff_id
    assert (await desk.get(dispute))["assigned_to"] is None


async def test_whoever_only_reads_disputes_assigns_none(desk_of: DeskOf, dispute: dict[str, Any]) -> None:
    finance = await desk_of("finance_admin")

    assert (await finance.assign(dispute, finance.id)).status_code == 403
    assert (await finance.say(dispute, "Hello")).status_code == 403


async def test_a_note_is_kept_also_when_all_is_over_and_nothing_is_said_aloud_then(
    desk: Desk, dispute: dict[str, Any]
) -> None:
    await desk.change(dispute, status="in_progress")
    await desk.change(dispute, status="resolved", resolution_type="no_refund")
    await desk.change(dispute, status="closed")

    note = await desk.say(dispute, "For the next time")
    aloud = await desk.say(dispute, "Dear customer", is_internal=False)

    assert (note.status_code, note.json()["data"]["is_internal"]) == (201, True)
    assert (aloud.status_code, aloud.json()["error"]["code"]) == (409, "DISPUTE_CLOSED")
    assert (await desk.assign(dispute, desk.id)).status_code == 409


async def test_a_role_that_staff_made_counts_by_what_its_row_says(
    desk: Desk, dispute: dict[str, Any], given: Given
) -> None:
    async with given.write() as tx:
        tx.record("made", "for a test")
        for name, permissions in (("reader", ["disputes:view"]), ("lead", ["disputes:manage", "disputes:refund"])):
            await tx.run(
                """
                INSERT INTO kernel.role (product, name, title, permissions)
                     VALUES ('marketplace', %(name)s, %(name)s, %(permissions)s)
                """,
                name=name,
                permissions=permissions,
            )
    reader, lead = await given.staff("reader"), await given.staff("lead")

    assert (await desk.assign(dispute, reader.id)).status_code == 409
    assert (await desk.assign(dispute, lead.id)).status_code == 200
    async with given.read() as db:
        managers = await people.list_who_may(db, "disputes:manage", "disputes:refund")
    assert [one.id for one in managers] == [desk.id, lead.id]


async def test_a_second_dispute_of_a_booking_that_the_first_settled_is_given_to_somebody(
    desk: Desk, agent: Desk, dispute: dict[str, Any], path: Path
) -> None:
    second = await path.dispute(dispute["customer"], dispute["booking"])
    await desk.change(dispute, status="in_progress")
    await desk.change(dispute, status="resolved", resolution_type="no_refund")

    answer = await desk.assign(second, agent.id)

    assert answer.status_code == 200, answer.text
    assert [one["status"] for one in answer.json()["data"]["related_bookings"]] == ["disputed"]


async def test_how_urgent_a_dispute_is_is_said_and_told_in_its_timeline(
    desk: Desk, dispute: dict[str, Any], given: Given
) -> None:
    answer = await desk.change(dispute, priority="urgent")
    again = await desk.change(dispute, priority="urgent")

    assert (answer.status_code, answer.json()["data"]["priority"]) == (200, "urgent")
    lines = [line for line in again.json()["data"]["timeline"] if line["event"] == "priority_changed"]
    assert [line["details"] for line in lines] == ["Priority changed from medium to urgent"]
    assert len(await given.audited("dispute.updated")) == 1
