"""Who is written to, of what, how often; and what webhooks tell."""

from typing import Any

import pytest

from tests.marketplace.dispute.acting import DISPUTES, Desk, mails, told
from tests.marketplace.dispute.conftest import DeskOf
from tests.marketplace.making import Given, Path

LARGE = 20_000_000
"""Above the threshold for rupees."""
ASHA, STUDIO = "asha1@example.com", "studio2@example.com"


async def test_customer_and_vendor_are_told_of_a_new_dispute_once(
    dispute: dict[str, Any], path: Path, given: Given
) -> None:
    sent = {"external_id": dispute["external_id"], "user_id": dispute["customer"]["id"], "type": "service_quality"}
    await path.post("disputes", **sent, booking_id=dispute["booking"]["id"], subject="Again", description="Again")

    found = await mails(given)

    assert [address for address, _ in found] == [ASHA, STUDIO]
    assert all(dispute["dispute_reference"] in text for _, text in found)


@pytest.mark.parametrize(("user", "vendor"), [(True, True), (True, False), (False, True), (False, False)])
async def test_a_decision_is_told_to_whom_it_is_wished(
    desk: Desk, dispute: dict[str, Any], given: Given, user: bool, vendor: bool
) -> None:
    await desk.change(dispute, status="in_progress", notify_user=False, notify_vendor=False)
    await mails(given)

    await desk.change(
        dispute,
        status="resolved",
        resolution_type="partial_refund",
        refund_amount=20_000,
        resolution_details="Half of it",
        notify_user=user,
        notify_vendor=vendor,
    )

    found = dict(await mails(given))
    assert sorted(found) == [ASHA] * user + [STUDIO] * vendor
    assert all("INR 200.00" in text and "Half of it" in text for text in found.values())
    assert all(("go back to you." in text) is (address == ASHA) for address, text in found.items())


async def test_a_wish_holds_until_the_second_person_has_approved(path: Path, desk_of: DeskOf, given: Given) -> None:
    customer, booking, _ = await path.done(LARGE)
    dispute = await path.dispute(customer, booking)
    first, second = await desk_of(), await desk_of()
    await first.change(dispute, status="in_progress")
    await mails(given)
    wanted = {"status": "resolved", "resolution_type": "full_refund", "notify_vendor": False}

    await first.change(dispute, **wanted)
    waiting = await mails(given)
    await second.change(dispute, **wanted)

    assert waiting == []
    assert [address for address, _ in await mails(given)] == [ASHA]


async def test_whoever_has_it_is_told_when_somebody_else_decides(
    desk: Desk, agent: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await agent.assign(dispute, agent.id)
    own = await mails(given)
    await desk.change(dispute, status="rejected", notify_user=False, notify_vendor=False)

    assert agent.client.staff.email not in dict(own), "nobody is told what they did themselves"
    assert [address for address, _ in await mails(given)] == [agent.client.staff.email]


async def test_what_staff_say_aloud_reaches_the_customer(desk: Desk, dispute: dict[str, Any], given: Given) -> None:
    await mails(given)

    await desk.say(dispute, "We have asked the studio", is_internal=False)

    [(address, text)] = await mails(given)
    assert address == ASHA
    assert "We have asked the studio" in text


async def test_a_complaint_that_staff_write_down_is_told_as_they_wish(desk: Desk, path: Path, given: Given) -> None:
    customer, booking, _ = await path.done()
    body = {"user_id": customer["id"], "booking_id": booking["id"], "type": "other", "subject": "A", "description": "B"}

    await desk.client.post(DISPUTES, json={**body, "notify_user": False})

    assert [address for address, _ in await mails(given)] == [STUDIO]


@pytest.mark.usefixtures("listening")
async def test_other_systems_are_told_of_the_opening_and_of_the_decision(
    desk: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await desk.change(dispute, status="in_progress")
    await desk.change(dispute, status="resolved", resolution_type="partial_refund", refund_amount=20_000)
    await desk.change(dispute, status="closed")

    created, resolved = await told(given)

    names = "dispute_reference type category status priority user_id vendor_id booking_id amount_disputed"
    more = "refund_requested refund_amount resolution_type resolution_deadline created_at resolved_at"
    for event, data in (created, resolved):
        assert set(data) == {"id", *names.split(), *more.split()}, event
    assert (created[0], created[1]["status"], created[1]["refund_amount"]) == ("dispute.created", "open", 50_000)
    assert (resolved[0], resolved[1]["resolution_type"]) == ("dispute.resolved", "partial_refund")
    assert (resolved[1]["id"], resolved[1]["refund_amount"]) == (dispute["id"], 20_000)


@pytest.mark.usefixtures("listening")
async def test_a_rejection_is_a_decision_too_and_gives_nothing_back(
    desk: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await desk.change(dispute, status="rejected")

    *_, (event, data) = await told(given)
    assert (event, data["status"], data["refund_amount"]) == ("dispute.resolved", "rejected", 0)
