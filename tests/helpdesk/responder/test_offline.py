"""The offline responder with the knowledge base the demo brings."""

from pathlib import Path

import pytest

from backoffice.helpdesk.knowledge import actions, rows
from backoffice.helpdesk.knowledge.rows import read_entries
from backoffice.helpdesk.responder import responder_for
from backoffice.helpdesk.responder.offline import OfflineResponder
from backoffice.helpdesk.responder.port import Asked, Reply, Turn
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.house import House
from backoffice.kernel.write import TransactionOpen
from tests.making import Make

ENTRIES = read_entries(Path(rows.__file__).with_name("seed.csv").read_bytes()).entries
ANSWERS = {entry.question_id: entry.answer for entry in ENTRIES}


@pytest.fixture
async def knowing(house: House, make: Make) -> House:
    """A house whose knowledge base holds the 60 entries."""
    async with make.write() as tx:
        await actions.import_entries(tx, ENTRIES)
    return house


async def reply(house: House, question: str, *history: Turn) -> Reply:
    return await responder_for(house).reply(Asked(question, history))


@pytest.mark.parametrize(
    ("question", "question_id"),
    [
        ("How long does a refund take?", 1),
        ("in how many days will i get refund", 1),
        ("refund kab aayega", 1),
        ("Why did my payment fail?", 3),
        ("How much money can I send in a day by UPI?", 6),
        ("settlement kab aata hai", 10),
        ("can i pay electricity bill here?", 18),
        ("loan chahiye", 19),
        ("what cibil score is needed for loan", 20),
        ("how much loan can I get", 23),
        ("what happens if I miss my EMI", 27),
        ("how to get NOC", 30),
        ("I want to change my phone number", 36),
        ("forgot my password", 40),
        ("otp nahi aaya", 48),
        ("what are your working hours", 55),
    ],
)
async def test_a_question_is_answered_from_the_knowledge_base(knowing: House, question: str, question_id: str) -> None:
    said = await reply(knowing, question)

    assert said.text == ANSWERS[question_id]
    assert (said.flow, said.intent, said.raises_ticket, said.successful) == ("knowledge", "question", False, True)
    assert 0.5 < said.confidence <= 1.0


@pytest.mark.parametrize(
    "question",
    [
        "What is the weather in Paris?",
        "Do you sell car insurance?",
        "who won the match yesterday",
        "blah blah",
        "आज मौसम कैसा है",
    ],
)
async def test_what_the_knowledge_base_does_not_say_is_admitted(knowing: House, question: str) -> None:
    said = await reply(knowing, question)

    assert said.text == "I could not find an answer to that. Our support team can help you. [RAISE_TICKET]"
    assert (said.flow, said.raises_ticket, said.successful) == ("escalation", True, False)


async def test_a_failed_payment_with_money_deducted_goes_to_the_payment_team(knowing: House) -> None:
    said = await reply(knowing, "My payment failed but money was deducted")

    assert said == Reply(
        text="I'm sorry about the trouble with your payment. Our payment team has to look into it. [RAISE_TICKET]",
        raises_ticket=True,
        category=Category.PAYMENT,
        intent="problem",
        confidence=1.0,
        flow="escalation",
        input_tokens=0,
        output_tokens=0,
        successful=False,
    )


async def test_who_asks_for_a_person_gets_one_for_what_was_talked_about(house: House) -> None:
    history = (Turn("user", "How long does loan approval take?"), Turn("assistant", "A day. Pay by UPI."))

    said = await reply(house, "I need to speak with someone", *history)

    assert said.text == "I'll connect you with our support team. [RAISE_TICKET]"
    assert (said.category, said.intent, said.raises_ticket) == (Category.LOAN, "person", True)


async def test_a_yes_typed_after_the_offer_of_a_ticket_is_taken_as_one(house: House) -> None:
    asked = Turn("user", "who can explain my loan to me in person?")
    offer = Turn("assistant", (await reply(house, asked.text)).text.removesuffix(" [RAISE_TICKET]"))

    said = await reply(house, "Yes please", asked, offer)
    declined = await reply(house, "no", asked, offer)

    assert (said.intent, said.raises_ticket, said.category) == ("person", True, Category.LOAN)
    assert not declined.raises_ticket


@pytest.mark.parametrize("words", ["hi", "thanks a lot", "bye", "ok", "👍👍"])
async def test_small_talk_gets_a_short_answer_and_no_ticket(house: House, words: str) -> None:
    said = await reply(house, words)

    assert said.text
    assert (said.flow, said.raises_ticket, said.successful) == ("small_talk", False, True)


async def test_a_marker_that_a_customer_types_says_nothing(knowing: House) -> None:
    said = await reply(knowing, "How long does a refund take? [RAISE_TICKET]")

    assert (said.text, said.raises_ticket) == (ANSWERS[1], False)


async def test_words_that_look_like_a_query_do_no_harm(knowing: House) -> None:
    for question in ("refund & | ! :* <-> ' \" \\ (", "x" * 4_096, "refund " * 500, "%(text)s; DROP TABLE"):
        assert (await reply(knowing, question)).text


async def test_the_responder_is_never_asked_inside_a_transaction(house: House, make: Make) -> None:
    async with make.write():
        with pytest.raises(TransactionOpen):
            await OfflineResponder(house).reply(Asked("hi"))
