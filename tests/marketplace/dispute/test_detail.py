"""One dispute as the contract shows it, at both addresses, and masked for whoever may not see personal data."""

import json
from pathlib import Path as File
from typing import Any

import httpx
import pytest

from backoffice.marketplace.product import MARKETPLACE
from tests.marketplace.conftest import Platform
from tests.marketplace.dispute.acting import DISPUTES, Desk, pass_time
from tests.marketplace.dispute.conftest import DeskOf
from tests.marketplace.making import Given, Path

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
EXAMPLES = json.loads((MARKETPLACE.examples_file or File()).read_text())


async def test_a_detail_has_every_field_of_the_contract(
    desk: Desk, dispute: dict[str, Any], path: Path, platform: Platform
) -> None:
    await path.post(f"disputes/{dispute['id']}/messages", external_id="m1", sender="user", message="Nobody came")
    await path.post(f"disputes/{dispute['id']}/vendor-response", response="We had a family emergency")
    files = {"file": ("chat.png", PNG, "image/png")}
    form = {"sender": "user", "description": "Screenshot of messages"}
    sent = await (await platform()).post(f"/api/v1/platform/disputes/{dispute['id']}/evidence", files=files, data=form)
    await desk.say(dispute, "They say so", is_internal=False, attachments=["url1", "url2"])
    await desk.assign(dispute, desk.id)
    resolved = await desk.change(
        dispute, status="resolved", resolution_type="partial_refund", refund_amount=25_000, resolution_details="Half"
    )

    found = await desk.get(dispute)

    assert sent.status_code == 201, sent.text
    shown = EXAMPLES[f"GET {DISPUTES}/{{dispute_id}}"]["response"]["data"]
    assert shown.keys() <= found.keys()
    for part in ("evidence", "messages", "timeline"):
        assert shown[part][0].keys() <= found[part][0].keys(), part
    answered = resolved.json()["data"]
    for one in (*found["evidence"], *answered["evidence"]):
        assert "?until=" in one.pop("url"), "made anew for every answer"
    assert found.items() <= answered.items()
    assert [(one["sender"], one["is_internal"]) for one in found["messages"]] == [("user", False), ("admin", False)]
    assert (found["evidence"][0]["type"], found["evidence"][0]["description"]) == ("image", "Screenshot of messages")
    assert (found["vendor_response"], found["resolution"]) == ("We had a family emergency", "Half")
    assert [one["id"] for one in found["related_bookings"]] == [dispute["booking"]["id"]]
    assert [one["id"] for one in found["related_payments"]] == [dispute["payment"]["id"]]
    [decision] = found["resolution_history"]
    assert (decision["resolution_type"], decision["refund_amount"]) == ("partial_refund", 25_000)
    assert decision["decided_by"] == desk.id
    first = found["timeline"][0]
    assert (first["event"], first["actor"], first["details"]) == ("dispute_created", "user", "Dispute opened")


async def test_a_link_opens_the_evidence_without_signing_in(
    desk: Desk, dispute: dict[str, Any], platform: Platform
) -> None:
    files = {"file": ("chat.png", PNG, "image/png")}
    client = await platform()
    await client.post(f"/api/v1/platform/disputes/{dispute['id']}/evidence", files=files, data={"sender": "vendor"})

    url = (await desk.get(dispute))["evidence"][0]["url"]
    opened = await client.get(url, headers={"X-API-Key": ""})
    bent = await client.get(url[:-2])

    assert (opened.status_code, opened.content, opened.headers["content-type"]) == (200, PNG, "image/png")
    assert bent.status_code == 403


async def test_whoever_may_not_see_personal_data_sees_it_masked(dispute: dict[str, Any], desk_of: DeskOf) -> None:
    finance, agent = await desk_of("finance_admin"), await desk_of("support_agent")

    masked, plain = await finance.get(dispute), await agent.get(dispute)
    listed = (await finance.queue())["items"][0]

    assert plain["user_email"] == "asha1@example.com"
    assert (masked["user_email"], masked["user_phone"]) == ("a***@example.com", "****0001")
    assert (listed["user_email"], listed["user_phone"]) == (masked["user_email"], masked["user_phone"])


@pytest.mark.parametrize("prefix", [DISPUTES, "/api/v1/admin/users/disputes"])
async def test_the_same_doors_stand_at_both_addresses(desk: Desk, dispute: dict[str, Any], prefix: str) -> None:
    def key(name: str) -> dict[str, str]:
        return {"Idempotency-Key": f"{prefix} {name}"}

    one = f"{prefix}/{dispute['id']}"
    listed = await desk.client.get(prefix)
    assigned = await desk.client.post(f"{one}/assign", json={"admin_user_id": desk.id}, headers=key("assign"))
    said = await desk.client.post(f"{one}/messages", json={"message": "Called them"}, headers=key("say"))
    changed = await desk.client.patch(one, json={"admin_notes": "Call again"}, headers=key("change"))
    found = await desk.client.get(one)

    answers: list[httpx.Response] = [listed, assigned, said, changed, found]
    assert [answer.status_code for answer in answers] == [200, 200, 201, 200, 200], [one.text for one in answers]
    assert listed.json()["data"]["items"][0]["id"] == dispute["id"]
    assert (found.json()["data"]["admin_notes"], found.json()["data"]["assigned_to"]) == ("Call again", desk.id)


async def test_staff_write_a_complaint_down_for_a_customer(desk: Desk, path: Path, given: Given) -> None:
    customer, booking, _ = await path.done()
    body = EXAMPLES[f"POST {DISPUTES}"]["request"]

    answer = await desk.client.post(DISPUTES, json={**body, "user_id": customer["id"], "booking_id": booking["id"]})

    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert (made["source"], made["status"], made["user_id"]) == ("staff", "open", customer["id"])
    assert made["vendor_name"] == "ABC Studios"
    assert await given.audited("dispute.created") == [("dispute.created", f"dispute:{made['id']}", desk.id)]


async def test_a_key_sent_again_says_a_message_once(desk: Desk, dispute: dict[str, Any], given: Given) -> None:
    path, body = f"{DISPUTES}/{dispute['id']}/messages", {"message": "Once", "is_internal": False}
    first, again = [await desk.client.post(path, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    none = await desk.client.post(path, json=body)

    assert (first.status_code, again.content) == (201, first.content)
    assert (none.status_code, none.json()["error"]["code"]) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert await given.value("SELECT count(*) FROM marketplace.dispute_message") == 1


async def test_what_is_opened_again_has_48_hours_and_keeps_how_it_was_decided(
    desk: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await pass_time(given, dispute, hours=47)
    await desk.change(dispute, status="in_progress")
    await desk.change(dispute, status="resolved", resolution_type="no_refund", resolution_details="They came")
    before = await desk.get(dispute)

    await desk.change(dispute, status="in_progress")
    opened = await desk.get(dispute)
    await desk.change(dispute, status="rejected", resolution_details="Nothing new")

    after = await desk.get(dispute)
    assert opened["resolution_deadline"] > before["resolution_deadline"]
    assert (opened["resolution_type"], opened["resolution"], opened["resolved_at"]) == (None, None, None)
    history = [(one["status"], one["resolution_type"], one["resolution"]) for one in after["resolution_history"]]
    assert history == [("resolved", "no_refund", "They came"), ("rejected", None, "Nothing new")]
