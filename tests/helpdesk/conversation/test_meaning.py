"""What customers mean, through webhook and worker: a typed yes, STOP before everything else, what reopens nothing."""

from typing import Any

import pytest

from backoffice.helpdesk.conversation import rules
from backoffice.helpdesk.rehearsal.simulator import button_reply, payload, text
from backoffice.helpdesk.responder.rules import MARKER
from backoffice.helpdesk.ticket.rules import Status
from tests.making import Make
from tests.talking import ASHA, Model, Talk, wide

OFFER = f"I'm sorry about that. {MARKER}"


async def tickets_of(talk: Talk) -> list[tuple[Any, ...]]:
    return await talk.rows("SELECT status, category, assigned_agent_id FROM helpdesk.ticket ORDER BY id")


@pytest.mark.parametrize("words", ["yes", "Yes!", "haan ji", "ok raise it", wide("YES")])
async def test_agreement_typed_right_after_the_question_raises_the_ticket(
    make: Make, talk: Talk, model: Model, words: str
) -> None:
    agent = await make.agent(department="payment")
    model.says = [OFFER]
    await talk.writes("My payment failed")

    await talk.writes(words)

    assert await tickets_of(talk) == [("in_progress", "payment", agent.id)]
    assert len(model.asked) == 1


async def test_a_yes_to_nothing_and_a_yes_with_more_to_it_are_messages(talk: Talk, model: Model) -> None:
    model.says = ["Hello.", OFFER, "It takes five days.", "Fine."]

    for words in ("yes", "My payment failed", "yes but how long does it take", "yes"):
        await talk.writes(words)

    assert (await tickets_of(talk), len(model.asked)) == ([], 4)


async def test_a_yes_that_came_in_before_the_question_is_no_answer_to_it(talk: Talk, model: Model) -> None:
    model.says = [OFFER]
    await talk.post(payload(ASHA, text("My payment failed")))
    await talk.post(payload(ASHA, text("yes")))

    await talk.work()

    assert (await tickets_of(talk), len(model.asked)) == ([], 2)


@pytest.mark.parametrize("words", [wide("STOP"), "please stop", "stop karo"])
async def test_stop_is_heard_before_everything_that_waits_and_answered_once(
    talk: Talk, model: Model, words: str
) -> None:
    await talk.post(payload(ASHA, text("A question")))
    await talk.post(payload(ASHA, text(words)))
    assert await talk.rows("SELECT opted_out_at IS NOT NULL FROM helpdesk.whatsapp_user") == [(True,)]

    await talk.post(payload(ASHA, {"type": "button", "button": {"payload": "STOP", "text": "Stop"}}))
    await talk.work()

    assert (await talk.read(), model.asked) == ([rules.GOODBYE], [])


@pytest.mark.parametrize(
    "content",
    [
        text("No thanks"),
        button_reply("ticket:no:7", "No"),
        {"type": "reaction", "reaction": {"message_id": "wamid.Q", "emoji": "+"}},
        {"type": "unsupported", "errors": [{"code": 131051, "title": "Message type unknown"}]},
    ],
)
async def test_what_says_nothing_about_a_resolved_ticket_neither_reopens_it_nor_is_answered(
    make: Make, talk: Talk, model: Model, content: dict[str, Any]
) -> None:
    await make.ticket(customer=await make.customer(ASHA), status=Status.RESOLVED)

    await talk.writes(content)

    assert [status for status, _, _ in await tickets_of(talk)] == ["resolved"]
    assert (await talk.sent(), model.asked) == ([], [])
