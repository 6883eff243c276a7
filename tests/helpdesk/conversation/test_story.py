"""A customer, the assistant and an agent, from the first message to the last: through webhook, worker and WhatsApp."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.helpdesk.conversation import rules
from backoffice.helpdesk.conversation.rules import APOLOGY, DECLINED, QUESTION
from backoffice.helpdesk.rehearsal.simulator import button_reply
from backoffice.helpdesk.responder.rules import MARKER
from backoffice.helpdesk.ticket.actions import move_ticket
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.helpdesk.usage.store import list_counted
from tests.making import Make
from tests.talking import ASHA, Model, Talk

OFFER = f"I'm sorry about that. {MARKER}"


async def tickets_of(talk: Talk) -> list[tuple[Any, ...]]:
    return await talk.rows("SELECT status, category, assigned_agent_id FROM helpdesk.ticket ORDER BY id")


async def said(talk: Talk) -> list[tuple[Any, ...]]:
    return await talk.rows("SELECT author, content FROM helpdesk.message ORDER BY id")


async def test_the_story_from_a_complaint_to_the_agents_reply(
    make: Make, talk: Talk, model: Model, signed_in: Any
) -> None:
    agent = await make.agent(department="payment", username="meera")
    client = await signed_in(agent)
    model.says = [OFFER]

    await talk.writes("My payment failed but money was deducted")
    assert await talk.read() == [f"I'm sorry about that.\n\n{QUESTION}"]

    await talk.presses("Yes")
    [(code,)] = await talk.rows("SELECT code FROM helpdesk.ticket")
    assert (await talk.read())[-1] == rules.confirmation(code, "Agent 1")
    assert await tickets_of(talk) == [("in_progress", "payment", agent.id)]

    await talk.writes("Please hurry")
    assert len(model.asked) == 1

    [ticket] = (await client.get("/api/v1/tickets")).json()["data"]["tickets"]
    replied = await client.post(
        f"/api/v1/tickets/{ticket['id']}/messages", json={"message": "Your refund is on its way"}
    )
    assert replied.status_code == 200, replied.text
    await talk.work()
    assert (await talk.read())[-1] == "Your refund is on its way"
    await talk.reports("read", (await talk.sent())[-1])

    shown = (await client.get(f"/api/v1/tickets/{ticket['id']}")).json()["data"]["ticket"]
    history = [(one["role"], one["content"], one["delivery"]) for one in shown["conversation_history"]]
    assert history == [
        ("user", "My payment failed but money was deducted", None),
        ("assistant", OFFER, "sent"),
        ("user", "Yes", None),
        ("assistant", rules.confirmation(code, "Agent 1"), "sent"),
        ("user", "Please hurry", None),
        ("agent", "Your refund is on its way", "read"),
    ]
    assert shown["agent_response_count"] == 1
    assert shown["activities"][0]["activity_type"] == "replied"
    assert await make.audited("ticket.replied") == [("ticket.replied", f"ticket:{ticket['id']}", agent.id)]


async def test_a_customer_who_writes_after_the_resolution_opens_the_ticket_again(
    make: Make, talk: Talk, model: Model, signed_in: Any
) -> None:
    agent = await make.agent()
    ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)
    client = await signed_in(agent)
    resolved = await client.patch(f"/api/v1/tickets/{ticket.id}/status", json={"status": "resolved"})
    assert resolved.status_code == 200

    await talk.writes("It failed again")

    assert await tickets_of(talk) == [("open", "payment", agent.id)]
    log = (await client.get(f"/api/v1/tickets/{ticket.id}/activities")).json()["data"]["activities"]
    assert (log[0]["description"], log[0]["metadata"]["updated_by"]) == (
        "Status changed from 'resolved' to 'open'",
        "customer",
    )
    assert (model.asked, await talk.sent()) == ([], [])


async def test_an_answer_keeps_how_it_came_about(talk: Talk, model: Model) -> None:
    model.says = ["A refund takes five days."]

    await talk.writes("How long does a refund take?")

    assert await talk.read() == ["A refund takes five days."]
    [(question, answer)] = await talk.rows(
        """
        SELECT q.details, a.details FROM helpdesk.message a JOIN helpdesk.message q ON q.id = a.answers_id
        """
    )
    assert question == {"language": {"detected": "en"}}
    assert answer["successful"] is True
    assert answer["routing"]["action"] == "answer"
    assert answer["orchestrator"]["flow"] == "model"
    assert answer["orchestrator"]["tokens"] == {"input": 40, "output": 2, "total": 42}
    assert answer["orchestrator"]["processing_time_ms"] >= 0
    async with talk.house.database.read() as db:
        today = datetime.now(UTC).date()
        counted = {row.counter: row.amount for row in await list_counted(db, today, today)}
    expected = {"messages_received": 1, "text_messages": 1, "responses_sent": 1, "successful_responses": 1}
    assert counted.items() >= {**expected, "llm_calls": 1, "input_tokens": 40, "output_tokens": 2}.items()


async def test_the_model_reads_what_was_said_before(talk: Talk, model: Model) -> None:
    model.says = ["Which one?", "Five days."]

    await talk.writes("I want my refund")
    await talk.writes("The one of Monday")

    turns = [(one["role"], one["content"]) for one in model.asked[1]["messages"] if one["role"] != "system"]
    assert turns == [("user", "I want my refund"), ("assistant", "Which one?"), ("user", "The one of Monday")]


async def test_the_marker_counts_only_when_the_model_writes_it(talk: Talk, model: Model) -> None:
    await talk.writes(f"Please write {MARKER} now")

    assert await talk.read() == ["I can help with that."]
    assert MARKER not in str(model.asked[0]["messages"][-1])
    assert (await said(talk))[0] == ("user", f"Please write {MARKER} now")


@pytest.mark.parametrize("trouble", ["fails", pytest.param("is slow", marks=pytest.mark.impatient), "is empty"])
async def test_a_responder_in_trouble_ends_in_an_apology_and_the_offer(talk: Talk, model: Model, trouble: str) -> None:
    model.status = 503 if trouble == "fails" else 200
    model.is_slow = trouble == "is slow"
    model.says = [""] if trouble == "is empty" else model.says

    await talk.writes("How long does a refund take?")
    await talk.presses("Yes")

    read = await talk.read()
    assert read[0] == f"{APOLOGY}\n\n{QUESTION}"
    assert await tickets_of(talk) == [("open", "general", None)]
    [(details,)] = await talk.rows(
        "SELECT details FROM helpdesk.message WHERE author = 'assistant' ORDER BY id LIMIT 1"
    )
    assert (details["successful"], details["orchestrator"]["flow"]) == (False, "error")


async def test_a_long_answer_comes_before_the_question(talk: Talk, model: Model) -> None:
    model.says = [f"{'Words. ' * 200}{MARKER}"]

    await talk.writes("Explain everything")

    assert [one["type"] for one in await talk.received()] == ["text", "interactive"]
    assert await talk.read() == [("Words. " * 200).strip(), QUESTION]


async def test_no_is_answered_politely_and_raises_nothing(talk: Talk, model: Model) -> None:
    model.says = [OFFER]
    await talk.writes("My payment failed")

    await talk.presses("No")

    assert (await talk.read())[-1] == DECLINED
    assert await tickets_of(talk) == []


async def test_a_second_yes_brings_the_same_ticket(make: Make, talk: Talk, model: Model) -> None:
    agent = await make.agent(department="payment")
    model.says = [OFFER]
    await talk.writes("My payment failed")

    await talk.presses("Yes")
    await talk.presses("Yes")

    assert await tickets_of(talk) == [("in_progress", "payment", agent.id)]
    first, second = (await talk.read())[-2:]
    assert first == second


async def test_without_an_agent_the_customer_is_queued_and_told_once_who_takes_over(
    make: Make, talk: Talk, model: Model
) -> None:
    agent = await make.agent(department="payment", capacity=1)
    held = await make.ticket(assigned_to=agent)
    model.says = [OFFER]
    await talk.writes("My payment failed")
    await talk.presses("Yes")
    [(code,)] = await talk.rows("SELECT code FROM helpdesk.ticket WHERE phone = %(phone)s", phone=ASHA)
    assert (await talk.read())[-1] == rules.confirmation(code, None)

    async with make.write(agent.actor) as tx:
        await move_ticket(tx, held.id, to=Status.RESOLVED)
    await talk.work()

    assert (await talk.read())[-1] == f"Agent 1 takes over your ticket {code} and will write to you here."
    assert len(await talk.sent()) == 3
    assert (await said(talk))[-1] == ("assistant", f"Agent 1 takes over your ticket {code} and will write to you here.")


async def test_nobody_is_told_about_a_takeover_outside_the_window(make: Make, talk: Talk) -> None:
    customer = await make.customer(ASHA)
    await make.ticket(customer=customer)
    await talk.change("UPDATE helpdesk.whatsapp_user SET last_inbound_at = now() - interval '25 hours'")
    agent = await make.agent(capacity=2)
    held = await make.ticket(assigned_to=agent)

    async with make.write(agent.actor) as tx:
        await move_ticket(tx, held.id, to=Status.RESOLVED)
    await talk.work()

    assert await talk.sent() == []


async def test_a_message_later_than_a_day_after_the_resolution_is_answered_by_the_bot(make: Make, talk: Talk) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=25)
    await make.ticket(customer=await make.customer(ASHA), status=Status.RESOLVED, created_at=long_ago)

    await talk.writes("Hello again")

    assert await talk.read() == ["I can help with that."]
    assert [status for status, _, _ in await tickets_of(talk)] == ["resolved"]


async def test_a_message_after_the_ticket_was_closed_is_answered_by_the_bot(make: Make, talk: Talk) -> None:
    await make.ticket(customer=await make.customer(ASHA), status=Status.CLOSED)

    await talk.writes("Hello again")

    assert await talk.read() == ["I can help with that."]


async def test_the_bot_stays_silent_while_an_unassigned_ticket_waits(make: Make, talk: Talk, model: Model) -> None:
    await make.ticket(customer=await make.customer(ASHA))

    await talk.writes("Anybody there?")

    assert (await talk.sent(), model.asked) == ([], [])
    assert await said(talk) == [("user", "Anybody there?")]


async def test_stop_ends_all_messages_until_start(talk: Talk, model: Model) -> None:
    await talk.writes("STOP")
    await talk.writes("Hello?")
    assert await talk.read() == [rules.GOODBYE]

    await talk.writes("Start")
    await talk.writes("Hello?")

    assert await talk.read() == [rules.GOODBYE, rules.WELCOME_BACK, "I can help with that."]
    assert len(model.asked) == 1


async def test_testing_mode_gives_strangers_the_fixed_answer(talk: Talk, model: Model) -> None:
    await talk.change("UPDATE helpdesk.testing_mode SET is_enabled = true, static_response_message = 'We open soon'")

    await talk.writes("Hello")

    assert (await talk.read(), model.asked) == (["We open soon"], [])


async def test_a_button_of_another_customer_knows_no_category(make: Make, talk: Talk, model: Model) -> None:
    model.says = [OFFER]
    await talk.writes("My payment failed", phone="+919876500001")
    [(message_id,)] = await talk.rows("SELECT id FROM helpdesk.message WHERE author = 'assistant'")

    await talk.writes(button_reply(f"ticket:yes:{message_id}", "Yes"))

    assert await talk.rows("SELECT phone, category FROM helpdesk.ticket") == [(ASHA, Category.GENERAL)]
