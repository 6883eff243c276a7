"""The dashboard's doors to customers, through the whole application."""

from typing import Any

import pytest

from backoffice.helpdesk.ticket.rules import Status
from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.jobs.queue import JobRun
from tests.making import Customer, Make


async def describe(make: Make, message_id: int, details: dict[str, Any], language: str | None = None) -> None:
    """What the conversation knows about a message beside its words."""
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "UPDATE helpdesk.message SET details = %(details)s, language = %(language)s WHERE id = %(id)s",
            details=details,
            language=language,
            id=message_id,
        )


async def ids(client: Any, query: str) -> list[int]:
    answer = await client.get(f"/api/v1/users{query}")
    assert answer.status_code == 200, answer.text
    return [user["id"] for user in answer.json()["data"]["users"]]


async def test_the_list_shows_the_newest_first_with_numbers_as_digits(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())
    first = await make.customer("+919876500001", name="Asha Verma", merchant_id="M-77")
    second = await make.customer("+919876500002", name="Ravi")

    data = (await client.get("/api/v1/users?limit=1")).json()["data"]

    assert (data["total"], data["limit"], data["offset"]) == (2, 1, 0)
    (shown,) = data["users"]
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": second.id,
        "phone_number": "919876500002",
        "name": "Ravi",
        "is_merchant": False,
        "merchant_id": None,
        "language_preference": "en",
    }
    assert await ids(client, "?limit=1&offset=1") == [first.id]


async def test_filters_and_searches_find_the_right_people_and_their_total(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())
    asha = await make.customer("+919876500001", name="Asha Verma", merchant_id="M-77")
    ravi = await make.customer("+919876500002", name="Ravi Kumar")

    assert await ids(client, "?is_merchant=true") == [asha.id]
    assert await ids(client, "?is_merchant=false") == [ravi.id]
    assert await ids(client, "?search=verm") == [asha.id]
    assert await ids(client, "?search=kumar ravi") == [ravi.id]
    assert await ids(client, "?search=M-7") == [asha.id]
    assert await ids(client, "?search=%2B91 98765 00002") == [ravi.id]
    assert await ids(client, "?search=500001") == [asha.id]
    assert await ids(client, "?search=ravi&is_merchant=true") == []
    assert await ids(client, "?search=100%25'_") == []
    assert await ids(client, "?search=&is_merchant=") == [ravi.id, asha.id]
    assert await ids(client, "?search=%20") == [ravi.id, asha.id]
    found = (await client.get("/api/v1/users?search=9198765&limit=1")).json()["data"]
    assert (found["total"], len(found["users"])) == (2, 1)


async def test_totals_are_live_before_and_after_the_kept_sums_are_folded(
    make: Make, signed_in: Any, house: House
) -> None:
    client = await signed_in(await make.admin())
    await make.customer(merchant_id="M-1")
    became = await make.customer()
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE helpdesk.whatsapp_user SET merchant_id = 'M-2' WHERE id = %(id)s", id=became.id)
        await tx.run("UPDATE helpdesk.whatsapp_user SET last_inbound_at = now() WHERE id = %(id)s", id=became.id)
    await make.customer()

    async def totals() -> list[int]:
        queries = ("", "?is_merchant=true", "?is_merchant=false")
        return [(await client.get(f"/api/v1/users{query}")).json()["data"]["total"] for query in queries]

    assert await totals() == [3, 2, 1]
    await kept_sums.fold_kept_sums(JobRun(house, system("helpdesk", "tests"), Context(), 0))
    assert await totals() == [3, 2, 1]
    async with make.read() as db:
        assert await db.value(int, "SELECT count(*) FROM helpdesk.whatsapp_user_tally") == 2


async def test_a_conversation_shows_everything_oldest_first_with_the_persons_tickets(
    make: Make, signed_in: Any
) -> None:
    client = await signed_in(await make.admin())
    customer = await make.customer("+919876500001")
    voice = await make.message(customer, "[voice]", kind="audio")
    heard = {"language": {"detected": "hi"}, "file_id": "abc.audio~ogg", "transcription": "Paisa nahi aaya"}
    await describe(make, voice, heard)
    answer = await make.message(customer, "Let me look", author="assistant", answers_id=voice)
    routing = {"intent": "refund", "confidence": 0.9, "action": "answer", "reason": "known"}
    work = {"flow": "knowledge", "processing_time_ms": 12, "tokens": {"input": 5, "output": 7, "total": 12}}
    await describe(make, answer, {"routing": routing, "orchestrator": work}, language="hi")
    await make.message(customer, "I am Ravi", author="agent")
    await make.message(customer, "A photo", kind="image")
    ticket = await make.ticket(customer=customer, status=Status.RESOLVED)
    await make.message(await make.customer(), "Somebody else")

    data = (await client.get(f"/api/v1/users/{customer.id}/conversations")).json()["data"]

    user, assistant, agent, photo = data["conversations"]
    assert data["user"]["phone_number"] == "919876500001"
    assert data["total_messages"] == 4
    assert [one["role"] for one in data["conversations"]] == ["user", "assistant", "agent", "user"]
    assert (photo["message_type"], agent["message_type"], user["message_type"]) == ("image", "text", "audio")
    assert user["language"] == {"detected": "hi", "response": None}
    assert user["audio"]["transcription"] == "Paisa nahi aaya"
    assert user["audio"]["file_url"].startswith("/api/v1/files/abc.audio~ogg?until=")
    assert assistant["language"] == {"detected": None, "response": "hi"}
    assert assistant["routing"] == {"decision": routing}
    assert assistant["orchestrator"] == work
    assert [agent[key] for key in ("language", "audio", "routing", "orchestrator")] == [None, None, None, None]
    (shown,) = data["tickets"]
    assert (shown["id"], shown["ticket_id"], shown["status"]) == (ticket.id, ticket.code, "resolved")
    assert shown["category"] == "payment"


async def test_pages_of_a_conversation_count_from_the_newest_and_read_from_the_oldest(
    make: Make, signed_in: Any
) -> None:
    client = await signed_in(await make.admin())
    customer = await make.customer()
    written = [await make.message(customer, f"Message {number}") for number in range(5)]

    page = (await client.get(f"/api/v1/users/{customer.id}/conversations?limit=2&offset=2")).json()["data"]

    assert [message["id"] for message in page["conversations"]] == [written[1], written[2]]
    assert page["total_messages"] == 5


async def test_looking_at_a_conversation_is_recorded_with_whom_it_is_about(make: Make, signed_in: Any) -> None:
    admin = await make.admin()
    client = await signed_in(admin)
    customer = await make.customer()

    await client.get(f"/api/v1/users/{customer.id}/conversations")
    await client.get("/api/v1/users/999999/conversations")

    assert await make.audited() == [("customer.conversation_viewed", f"customer:{customer.id}", admin.id)]
    async with make.read() as db:
        about = await db.value(str, "SELECT data_subject FROM kernel.audit_entry")
    assert about == f"whatsapp:{customer.id}"


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/users/1/conversations"])
async def test_agents_do_not_see_customers_beyond_their_tickets(make: Make, signed_in: Any, path: str) -> None:
    client = await signed_in(await make.agent())

    refused = await client.get(path)

    assert (refused.status_code, refused.json()) == (
        403,
        {"detail": "Access denied. Required roles: super_admin, admin"},
    )
    assert await make.audited() == []


async def test_an_unknown_customer_is_not_found(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())
    stranger = Customer(424242, "+919876500009")

    missing = await client.get(f"/api/v1/users/{stranger.id}/conversations")

    assert (missing.status_code, missing.json()) == (404, {"detail": "User with ID 424242 not found"})
