"""What customers and vendors say and show through the platform, and what they are answered."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.marketplace.conftest import Platform
from tests.marketplace.dispute.acting import Desk, mails
from tests.marketplace.making import Given, Path

PDF = b"%PDF-1.7\n1 0 obj\n"
PLATFORM = "/api/v1/platform/disputes"


@pytest.fixture
async def client(platform: Platform) -> httpx.AsyncClient:
    return await platform("disputes:write")


async def upload(
    client: httpx.AsyncClient, dispute: dict[str, Any], content: bytes = PDF, name: str = "letter.pdf"
) -> httpx.Response:
    files = {"file": (name, content, "application/octet-stream")}
    return await client.post(f"{PLATFORM}/{dispute['id']}/evidence", files=files, data={"sender": "user"})


async def test_a_message_sent_again_is_said_once(
    client: httpx.AsyncClient, dispute: dict[str, Any], given: Given
) -> None:
    body = {"external_id": "m1", "sender": "user", "message": "Nobody came"}
    url = f"{PLATFORM}/{dispute['id']}/messages"

    answers = await asyncio.gather(*(client.post(url, json=body) for _ in range(5)))
    other = await client.post(url, json={**body, "message": "Somebody came"})

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert (other.status_code, other.json()["error"]["code"]) == (409, "MESSAGE_EXISTS")
    assert await given.value("SELECT count(*) FROM marketplace.dispute_message") == 1


async def test_whoever_has_the_dispute_is_told_of_what_is_said_and_shown(
    client: httpx.AsyncClient, desk: Desk, agent: Desk, dispute: dict[str, Any], given: Given
) -> None:
    await desk.assign(dispute, agent.id)
    await mails(given)
    url = f"{PLATFORM}/{dispute['id']}"

    await client.post(f"{url}/messages", json={"external_id": "m1", "sender": "vendor", "message": "It rained"})
    await client.post(f"{url}/vendor-response", json={"response": "It rained"})
    await upload(client, dispute)

    found = await mails(given)
    assert [address for address, _ in found] == [agent.client.staff.email] * 3
    for news in ("The vendor wrote a message", "The vendor answered", "The customer sent evidence"):
        assert any(news in text for _, text in found)


async def test_the_very_same_bytes_are_one_piece_of_evidence(
    client: httpx.AsyncClient, dispute: dict[str, Any], given: Given
) -> None:
    answers = await asyncio.gather(*(upload(client, dispute) for _ in range(3)))
    later = await upload(client, dispute, name="again.pdf")

    assert {answer.status_code for answer in (*answers, later)} == {201}
    assert len({answer.json()["data"]["id"] for answer in (*answers, later)}) == 1
    assert later.json()["data"]["filename"] == "letter.pdf"
    assert await given.value("SELECT count(*) FROM marketplace.dispute_evidence") == 1


@pytest.mark.parametrize("content", [b"<html><script>", b"", b"GIF89a", b"MZ\x90"])
async def test_evidence_is_what_its_bytes_say(
    client: httpx.AsyncClient, dispute: dict[str, Any], content: bytes
) -> None:
    answer = await upload(client, dispute, content, name="photo.png")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "UNKNOWN_CONTENT")


async def test_evidence_of_more_than_ten_megabytes_is_refused(
    client: httpx.AsyncClient, dispute: dict[str, Any]
) -> None:
    assert (await upload(client, dispute, PDF + bytes(10 * 1024 * 1024))).status_code == 413


async def test_another_answer_of_the_vendor_takes_the_place_of_the_first_until_it_is_decided(
    client: httpx.AsyncClient, desk: Desk, dispute: dict[str, Any]
) -> None:
    async def respond(text: str) -> httpx.Response:
        return await client.post(f"{PLATFORM}/{dispute['id']}/vendor-response", json={"response": text})

    first, same, second = await respond("It rained"), await respond("It rained"), await respond("It poured")
    await desk.change(dispute, status="rejected")
    late, same_late = await respond("It snowed"), await respond("It poured")

    assert [one.status_code for one in (first, same, second, late, same_late)] == [200, 200, 200, 409, 200]
    assert same.json() == first.json()
    found = await desk.get(dispute)
    assert found["vendor_response"] == "It poured"
    assert [one["event"] for one in found["timeline"]].count("vendor_responded") == 2
    assert (await upload(client, dispute)).status_code == 409


async def test_no_vendor_speaks_where_there_is_none(path: Path, client: httpx.AsyncClient) -> None:
    customer = await path.customer()
    dispute = await path.dispute(customer, {"id": None})
    url = f"{PLATFORM}/{dispute['id']}"
    message = {"external_id": "m1", "sender": "vendor", "message": "Me?"}

    answers = [
        await client.post(f"{url}/messages", json=message),
        await client.post(f"{url}/vendor-response", json={"response": "Me?"}),
        await client.post(f"{url}/evidence", files={"file": ("a.pdf", PDF)}, data={"sender": "vendor"}),
    ]

    assert [(one.status_code, one.json()["error"]["code"]) for one in answers] == [(409, "NO_VENDOR")] * 3


async def test_customer_and_vendor_see_what_was_said_shown_and_decided(
    client: httpx.AsyncClient, desk: Desk, dispute: dict[str, Any]
) -> None:
    await upload(client, dispute)
    await desk.say(dispute, "We look into it", is_internal=False)
    await desk.change(dispute, status="in_progress")
    await desk.change(dispute, status="resolved", resolution_type="service_redo", resolution_details="Once more")

    found = (await client.get(f"{PLATFORM}/{dispute['id']}")).json()["data"]

    assert (found["status"], found["resolution_type"], found["resolution"]) == ("resolved", "service_redo", "Once more")
    assert [(one["sender"], one["message"]) for one in found["messages"]] == [("admin", "We look into it")]
    assert [one["content_type"] for one in found["evidence"]] == ["application/pdf"]
    assert (await client.get(f"{PLATFORM}/987654321")).status_code == 404
