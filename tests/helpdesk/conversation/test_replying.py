"""An agent's reply: whose ticket, which window, what the customer gets."""

from typing import Any

import pytest

from backoffice.helpdesk.ticket.rules import Status
from backoffice.settings import Settings
from tests.making import Make
from tests.talking import ASHA, Talk

LATE = "UPDATE helpdesk.whatsapp_user SET last_inbound_at = now() - interval '24 hours 1 minute'"


async def test_a_reply_within_the_window_goes_out_as_text(make: Make, talk: Talk, signed_in: Any) -> None:
    agent = await make.agent()
    ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)

    answer = await (await signed_in(agent)).post(f"/api/v1/tickets/{ticket.id}/messages", json={"message": " Hello "})
    await talk.work()

    reply = answer.json()["data"]["reply"]
    assert (reply["message"], reply["sent_by"], reply["delivery"]) == ("Hello", "Agent 1", "queued")
    assert await talk.read() == ["Hello"]
    assert await talk.rows("SELECT agent_response_count FROM helpdesk.ticket") == [(1,)]
    assert await talk.rows("SELECT author, staff_id, ticket_id FROM helpdesk.message") == [
        ("agent", agent.id, ticket.id)
    ]
    [(after,)] = await talk.rows("SELECT after::text FROM kernel.audit_entry")
    assert "Hello" not in after


async def test_after_a_day_of_silence_only_a_template_goes_out(make: Make, talk: Talk, signed_in: Any) -> None:
    agent = await make.agent()
    ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)
    await talk.change(LATE)
    client = await signed_in(agent)

    text = await client.post(f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello"})
    template = await client.post(f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello", "template": True})
    await talk.work()

    assert (text.status_code, text.json()["detail"]) == (
        409,
        "The 24-hour window is closed. Send a template instead.",
    )
    assert template.status_code == 200, template.text
    [sent] = await talk.received()
    assert (sent["type"], sent["template"]["name"]) == ("template", "support_message")
    assert await talk.read() == ["Hello"]


class TestATemplateWithWordsOfItsOwn:
    """Its own text takes some of the room."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"whatsapp_template_text": "Dear customer, {{1}}"})

    async def test_a_text_that_would_be_cut_is_refused_and_says_how_much_fits(
        self, make: Make, talk: Talk, signed_in: Any
    ) -> None:
        agent = await make.agent()
        ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)
        client, address = await signed_in(agent), f"/api/v1/tickets/{ticket.id}/messages"

        refused = await client.post(address, json={"message": "x" * 1010, "template": True})
        taken = await client.post(address, json={"message": "x" * 1000 + " \n  " + "y" * 8, "template": True})
        as_text = await client.post(address, json={"message": "x" * 3007})
        await talk.work()

        assert (refused.status_code, refused.json()["detail"]) == (
            400,
            "The template has room for 1009 characters, this text has 1010. Shorten it, or send it in parts.",
        )
        assert (taken.status_code, as_text.status_code) == (200, 200)
        assert await talk.read() == ["x" * 1000 + " " + "y" * 8, "x" * 3007]

    async def test_a_text_longer_than_whatsapp_takes_is_refused(self, make: Make, talk: Talk, signed_in: Any) -> None:
        agent = await make.agent()
        ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)

        answer = await (await signed_in(agent)).post(
            f"/api/v1/tickets/{ticket.id}/messages", json={"message": "x" * 4097}
        )

        assert answer.status_code == 400
        assert "4096" in str(answer.json()["detail"])

    async def test_a_broadcast_that_would_be_cut_is_refused(self, make: Make, talk: Talk, signed_in: Any) -> None:
        client = await signed_in(await make.super_admin())

        answer = await client.post("/api/v1/broadcast", json={"message": "x" * 1010, "phone_numbers": [ASHA]})
        by_file = await client.post(
            "/api/v1/broadcast/upload-and-send",
            data={"message": "x" * 1010},
            files={"file": ("n.csv", f"phone\n{ASHA}\n", "text/csv")},
        )

        assert (answer.status_code, by_file.status_code) == (400, 400)
        assert "room for 1009" in answer.text
        assert "room for 1009" in by_file.text
        assert await talk.rows("SELECT count(*) FROM helpdesk.broadcast") == [(0,)]


class TestWithoutATemplate:
    """No template is configured."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"whatsapp_template": ""})

    async def test_a_template_is_refused_with_the_reason(self, make: Make, talk: Talk, signed_in: Any) -> None:
        agent = await make.agent()
        ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)
        await talk.change(LATE)

        answer = await (await signed_in(agent)).post(
            f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello", "template": True}
        )

        assert answer.status_code == 409
        assert answer.json()["detail"].startswith("No template is configured.")


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
async def test_a_finished_ticket_is_not_answered(make: Make, talk: Talk, signed_in: Any, status: Status) -> None:
    agent = await make.agent()
    ticket = await make.ticket(assigned_to=agent, status=status)

    answer = await (await signed_in(agent)).post(f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello"})

    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        f"A {status} ticket can't be answered. Reopen it first.",
    )
    assert await talk.statuses() == []


async def test_agents_answer_their_own_tickets_and_admins_any(make: Make, talk: Talk, signed_in: Any) -> None:
    ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=await make.agent())

    foreign = await (await signed_in(await make.agent())).post(
        f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello"}
    )
    admin = await (await signed_in(await make.admin())).post(
        f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello"}
    )

    assert (foreign.status_code, foreign.json()["detail"]) == (
        403,
        "Access denied. You can only update your assigned tickets.",
    )
    assert admin.status_code == 200


async def test_who_opted_out_is_not_written_to(make: Make, talk: Talk, signed_in: Any) -> None:
    agent = await make.agent()
    ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)
    await talk.change("UPDATE helpdesk.whatsapp_user SET opted_out_at = now()")

    answer = await (await signed_in(agent)).post(
        f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello", "template": True}
    )

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("The customer has opted out")


async def test_a_reply_sent_twice_with_one_key_goes_out_once(make: Make, talk: Talk, signed_in: Any) -> None:
    agent = await make.agent()
    ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)
    client = await signed_in(agent)
    key = {"Idempotency-Key": "reply-1"}

    first = await client.post(f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello"}, headers=key)
    again = await client.post(f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello"}, headers=key)
    await talk.work()

    assert first.content == again.content
    assert await talk.read() == ["Hello"]


@pytest.mark.parametrize("body", [{}, {"message": ""}, {"message": "  "}, {"message": "x" * 4097}])
async def test_a_reply_needs_words(make: Make, talk: Talk, signed_in: Any, body: dict[str, str]) -> None:
    agent = await make.agent()
    ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)

    answer = await (await signed_in(agent)).post(f"/api/v1/tickets/{ticket.id}/messages", json=body)

    assert answer.status_code == 400
