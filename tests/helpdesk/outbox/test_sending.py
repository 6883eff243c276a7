"""Sending through WhatsApp's server: what is certain, what is not, and what a crash leaves behind."""

from typing import Any

import pytest

from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.outbox import jobs, rules
from backoffice.helpdesk.outbox.rules import MOST_RESENDS, Purpose, Question
from backoffice.helpdesk.whatsapp.payload import Button
from tests.making import Customer, Make, Member
from tests.talking import ASHA, Talk


async def queue_text(make: Make, customer: Customer, words: str = "Hello", purpose: Purpose = Purpose.BOT) -> int:
    async with make.write() as tx:
        return await outbox.queue_text(tx, customer.id, words, purpose=purpose)


async def reply_of(make: Make, agent: Member, customer: Customer) -> int:
    """An agent's reply under their ticket, queued."""
    ticket = await make.ticket(customer=customer, assigned_to=agent)
    async with make.write() as tx:
        message_id = await tx.value(
            int,
            """
            INSERT INTO helpdesk.message (whatsapp_user_id, author, content, ticket_id, staff_id)
                 VALUES (%(user)s, 'agent', 'Refunded', %(ticket)s, %(staff)s) RETURNING id
            """,
            user=customer.id,
            ticket=ticket.id,
            staff=agent.id,
        )
        return await outbox.queue_text(tx, customer.id, "Refunded", purpose=Purpose.AGENT, message_id=message_id)


async def test_a_message_is_sent_with_its_tracker_and_its_id_is_kept(make: Make, talk: Talk) -> None:
    outbound_id = await queue_text(make, await make.customer(ASHA), "We are looking into it")

    await talk.work()

    [sent] = await talk.sent()
    assert (sent["tracker"], sent["message"]["text"]["body"]) == (f"bo:{outbound_id}", "We are looking into it")
    kept = await talk.rows("SELECT status, wa_message_id, attempts, sent_at IS NOT NULL FROM helpdesk.outbound")
    assert kept == [("sent", sent["id"], 1, True)]


async def test_messages_to_one_customer_arrive_in_their_order(make: Make, talk: Talk) -> None:
    customer = await make.customer(ASHA)
    async with make.write() as tx:
        for number in range(5):
            await outbox.queue_text(tx, customer.id, f"Part {number}", purpose="bot")

    await talk.work()

    assert await talk.read() == [f"Part {number}" for number in range(5)]


async def test_buttons_and_templates_go_out_as_such(make: Make, talk: Talk) -> None:
    customer = await make.customer(ASHA)
    async with make.write() as tx:
        question = Question("Shall we?", (Button("yes", "Yes"), Button("no", "No")))
        await outbox.queue_buttons(tx, customer.id, question, purpose="bot")
        await outbox.queue_template(tx, customer.id, "We are\n\nback", purpose="broadcast")

    await talk.work()

    asked, template = await talk.received()
    assert [button["reply"]["title"] for button in asked["interactive"]["action"]["buttons"]] == ["Yes", "No"]
    assert template["template"]["name"] == "support_message"
    assert await talk.read() == ["Shall we?", "We are back"]


async def test_a_refused_message_fails_with_whatsapps_reason(make: Make, talk: Talk) -> None:
    await talk.breaks("refuse")
    await queue_text(make, await make.customer(ASHA))

    await talk.work()

    [(status, error)] = await talk.rows("SELECT status, error FROM helpdesk.outbound")
    assert status == "failed"
    assert "Message undeliverable" in error


async def test_a_throttled_message_waits_and_those_behind_it_keep_their_place(make: Make, talk: Talk) -> None:
    customer = await make.customer(ASHA)
    await talk.breaks("throttle", count=100)
    await queue_text(make, customer, "First")
    await queue_text(make, customer, "Second")

    await talk.work()
    assert await talk.statuses() == ["queued", "queued"]
    await talk.breaks("none")
    await talk.change("UPDATE procrastinate.procrastinate_jobs SET scheduled_at = now() WHERE scheduled_at IS NOT NULL")
    await talk.work()

    assert await talk.read() == ["First", "Second"]


@pytest.mark.parametrize("fault", [pytest.param("hang", marks=pytest.mark.impatient), "error_500", "proxy_page"])
async def test_a_send_without_a_clear_answer_is_unknown_and_not_repeated_at_once(
    make: Make, talk: Talk, fault: str
) -> None:
    await talk.breaks(fault)
    await queue_text(make, await make.customer(ASHA))

    await talk.work()
    await talk.work()

    assert await talk.statuses() == ["unknown"]
    assert await talk.sent() == []


async def test_a_status_settles_an_uncertain_message_and_it_is_never_sent_again(make: Make, talk: Talk) -> None:
    await talk.breaks("drop_after_send")
    await queue_text(make, await make.customer(ASHA))
    await talk.work()
    [sent] = await talk.sent()

    await talk.reports("delivered", sent)
    await pass_a_minute(talk)

    assert len(await talk.sent()) == 1
    assert await talk.rows("SELECT status, wa_message_id, resent_count FROM helpdesk.outbound") == [
        ("delivered", sent["id"], 0)
    ]


async def pass_a_minute(talk: Talk) -> None:
    """More than a minute goes by, the sweep comes, the worker works."""
    await talk.change("UPDATE helpdesk.outbound SET moved_at = moved_at - interval '2 minutes'")
    await jobs.sweep_outbox(talk.run())
    await talk.work()


async def test_an_uncertain_text_of_the_bot_is_sent_again_after_a_minute_and_counted(make: Make, talk: Talk) -> None:
    await talk.breaks("drop_after_send")
    await queue_text(make, await make.customer(ASHA))
    await talk.work()
    await jobs.sweep_outbox(talk.run())
    await talk.work()
    assert len(await talk.sent()) == 1

    await pass_a_minute(talk)

    first, second = await talk.sent()
    assert first["tracker"] == second["tracker"]
    assert await talk.rows("SELECT status, wa_message_id, resent_count FROM helpdesk.outbound") == [
        ("sent", second["id"], 1)
    ]


async def test_a_status_that_comes_before_the_second_try_prevents_it(make: Make, talk: Talk) -> None:
    await talk.breaks("drop_after_send")
    await queue_text(make, await make.customer(ASHA))
    await talk.work()
    [sent] = await talk.sent()
    await talk.change("UPDATE helpdesk.outbound SET moved_at = moved_at - interval '2 minutes'")
    await jobs.sweep_outbox(talk.run())
    assert await talk.statuses() == ["queued"]

    await talk.reports("read", sent)
    await talk.work()

    assert await talk.statuses() == ["read"]
    assert len(await talk.sent()) == 1


async def test_a_text_that_never_gets_confirmed_fails_after_some_resends(make: Make, talk: Talk) -> None:
    await talk.breaks("error_500", count=100)
    await queue_text(make, await make.customer(ASHA))
    await talk.work()

    for _ in range(MOST_RESENDS + 1):
        await pass_a_minute(talk)

    assert await talk.rows("SELECT status, resent_count, error FROM helpdesk.outbound") == [
        ("failed", MOST_RESENDS, rules.NEVER_CONFIRMED)
    ]


async def test_an_agents_uncertain_reply_waits_for_a_person(make: Make, talk: Talk, signed_in: Any) -> None:
    agent = await make.agent()
    await talk.breaks("drop_after_send")
    outbound_id = await reply_of(make, agent, await make.customer(ASHA))
    await talk.work()

    await pass_a_minute(talk)
    assert await talk.statuses() == ["unknown"]
    answer = await (await signed_in(agent)).post(f"/api/v1/outbox/{outbound_id}/resend")
    await talk.work()

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == {"message": "Message queued again", "id": outbound_id, "status": "queued"}
    assert await talk.read() == ["Refunded", "Refunded"]
    assert await make.audited("outbound.resent") == [("outbound.resent", f"outbound:{outbound_id}", agent.id)]


async def test_only_uncertain_messages_of_ones_own_tickets_are_sent_again(
    make: Make, talk: Talk, signed_in: Any
) -> None:
    agent = await make.agent()
    outbound_id = await reply_of(make, agent, await make.customer(ASHA))
    await talk.work()

    certain = await (await signed_in(agent)).post(f"/api/v1/outbox/{outbound_id}/resend")
    foreign = await (await signed_in(await make.agent())).post(f"/api/v1/outbox/{outbound_id}/resend")
    missing = await (await signed_in(agent)).post("/api/v1/outbox/999/resend")

    assert (certain.status_code, certain.json()["detail"]) == (
        400,
        "Only a message whose delivery is unknown can be sent again; this one is sent.",
    )
    assert foreign.status_code == 403
    assert missing.json() == {"detail": "Message with ID 999 not found"}


async def test_a_sender_that_died_between_call_and_record_leaves_it_unknown(make: Make, talk: Talk) -> None:
    outbound_id = await queue_text(make, await make.customer(ASHA))
    async with make.write() as tx:
        assert await outbox.claim(tx, outbound_id) is not None

    await jobs.send_outbound(talk.run(attempt=1), outbound_id=outbound_id)

    assert await talk.statuses() == ["unknown"]
    assert await talk.sent() == []


async def test_the_sweep_finds_a_message_whose_sender_and_job_are_gone(make: Make, talk: Talk) -> None:
    outbound_id = await queue_text(make, await make.customer(ASHA))
    async with make.write() as tx:
        await outbox.claim(tx, outbound_id)
    await talk.change("DELETE FROM procrastinate.procrastinate_jobs")

    await pass_a_minute(talk)
    assert await talk.statuses() == ["unknown"]
    await pass_a_minute(talk)

    assert await talk.statuses() == ["sent"]
    assert len(await talk.sent()) == 1


async def test_a_queued_message_that_lost_its_job_gets_a_new_one(make: Make, talk: Talk) -> None:
    await queue_text(make, await make.customer(ASHA))
    await talk.change("DELETE FROM procrastinate.procrastinate_jobs")

    await pass_a_minute(talk)

    assert await talk.read() == ["Hello"]


async def test_the_sweep_leaves_alone_what_a_job_takes_care_of(make: Make, talk: Talk) -> None:
    await queue_text(make, await make.customer(ASHA))
    await talk.change("UPDATE helpdesk.outbound SET moved_at = moved_at - interval '2 minutes'")

    await jobs.sweep_outbox(talk.run())

    assert await talk.rows("SELECT count(*) FROM procrastinate.procrastinate_jobs") == [(1,)]


async def test_who_opted_out_gets_nothing_more(make: Make, talk: Talk) -> None:
    customer = await make.customer(ASHA)
    await queue_text(make, customer)
    await talk.change("UPDATE helpdesk.whatsapp_user SET opted_out_at = now()")

    await talk.work()

    assert await talk.sent() == []
    assert await talk.rows("SELECT status, error FROM helpdesk.outbound") == [("failed", rules.OPTED_OUT)]


async def test_a_message_that_no_write_committed_is_never_sent(make: Make, talk: Talk) -> None:
    customer = await make.customer(ASHA)

    with pytest.raises(RuntimeError):
        async with make.write() as tx:
            await outbox.queue_text(tx, customer.id, "Hello", purpose="bot")
            raise RuntimeError
    await talk.work()

    assert await talk.sent() == []
