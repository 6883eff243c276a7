"""What interrupts an answer: a killed worker, a job that gave up, an agent who was quicker."""

from typing import Any

from backoffice.helpdesk.conversation import actions, jobs
from backoffice.helpdesk.conversation.actions import Attachment
from backoffice.helpdesk.rehearsal.simulator import payload, text
from backoffice.helpdesk.ticket.actions import move_ticket
from backoffice.helpdesk.ticket.rules import Status
from tests.making import Make
from tests.talking import ASHA, Model, Talk


async def said(talk: Talk) -> list[tuple[Any, ...]]:
    return await talk.rows("SELECT author, content FROM helpdesk.message ORDER BY id")


async def test_each_customer_is_answered_in_order_while_others_are_answered_beside(talk: Talk, model: Model) -> None:
    phones = [f"+91987650000{number}" for number in range(4)]
    for number in range(4):
        for phone in phones:
            await talk.post(payload(phone, text(f"{phone} {number}")))

    while await talk.rows("SELECT FROM procrastinate.procrastinate_jobs"):
        await talk.work(at_once=8)

    questions = [asked["messages"][-1]["content"] for asked in model.asked]
    for phone in phones:
        assert [one for one in questions if one.startswith(phone)] == [f"{phone} {number}" for number in range(4)]
        assert len(await talk.sent(phone)) == 4
    handled = "SELECT count(*) FROM helpdesk.inbound WHERE handled_at IS NOT NULL"
    assert await talk.rows(handled) == [(len(phones) * 4,)]


async def test_a_job_that_runs_again_after_a_crash_answers_once(talk: Talk, model: Model) -> None:
    message_id = await talk.writes("Hello")

    await jobs.answer_message(talk.run(attempt=1), wa_message_id=message_id)
    await talk.work()

    assert await talk.read() == ["I can help with that."]
    assert len(model.asked) == 1


async def test_a_worker_killed_while_the_model_thinks_leaves_a_message_that_is_answered_later(
    make: Make, talk: Talk
) -> None:
    await talk.post(payload(ASHA, text("Hello"), message_id="wamid.1"))
    async with make.write() as tx:
        assert await actions.hear(tx, "wamid.1", Attachment()) is not None

    await talk.work()

    assert await said(talk) == [("user", "Hello"), ("assistant", "I can help with that.")]
    assert await talk.read() == ["I can help with that."]


async def test_a_message_whose_job_gave_up_is_taken_up_again(talk: Talk) -> None:
    await talk.post(payload(ASHA, text("Hello"), message_id="wamid.1"))
    await talk.change("DELETE FROM procrastinate.procrastinate_jobs")
    await jobs.take_up_messages(talk.run())
    assert await talk.rows("SELECT count(*) FROM procrastinate.procrastinate_jobs") == [(0,)]

    await talk.change("UPDATE helpdesk.inbound SET received_at = now() - interval '11 minutes'")
    await jobs.take_up_messages(talk.run())
    await jobs.take_up_messages(talk.run())
    await talk.work()

    assert await talk.read() == ["I can help with that."]


async def test_an_agent_who_took_over_while_the_model_thought_is_not_interrupted(
    make: Make, talk: Talk, model: Model
) -> None:
    customer = await make.customer(ASHA)
    ticket = await make.ticket(customer=customer, status=Status.CLOSED)
    admin = await make.admin()

    async def reopen() -> None:
        async with make.write(admin.actor) as tx:
            await move_ticket(tx, ticket.id, to=Status.OPEN)

    model.before_answering = reopen
    await talk.writes("Hello")

    assert len(model.asked) == 1
    assert await talk.sent() == []
    assert await talk.rows("SELECT handled_at IS NOT NULL FROM helpdesk.inbound") == [(True,)]
