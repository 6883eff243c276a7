"""What a few words mean: stop, start, yes, no, in whatever way they were typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.conversation import wishes
from backoffice.helpdesk.conversation.wishes import LONGEST_WISH, Wish, agrees, refuses, wish_of
from backoffice.helpdesk.whatsapp.content import MessageKind
from tests.talking import wide

TEXT = MessageKind.TEXT


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        wide("STOP"),
        " stop. ",
        "Stop!!",
        "S T O P",
        "s.t.o.p",
        wide("STOP ALL"),
        "please stop",
        "Stop please 🙏",
        "stop karo",
        "Stop kar do bhai",
        "ok stop now",
        "STOP STOP STOP",
        "stop!! stop!! please",
        "Stop sending me these messages",
        "do not contact me",
        "please don't message",
        "St\u200bop",
        "Unsubscribe me",
        "don't message me",
        "Don\u2019t message me",
        "स्टॉप",
        "don`t message me",
        "Stóp",
    ],
)
def test_stop_is_heard_in_any_width_case_and_politeness(text: str) -> None:
    assert wish_of(TEXT, text) is Wish.STOP


@pytest.mark.parametrize(
    "text",
    [
        "please stop charging me",
        "stop it",
        "non-stop",
        "don't stop",
        "bus stop",
        "Why did the refund stop?",
        "stop " * 60,
        "",
        None,
    ],
)
def test_a_sentence_with_stop_in_it_is_none(text: str | None) -> None:
    assert wish_of(TEXT, text) is None


def test_buttons_carry_wishes_in_their_title_or_payload_and_pictures_do_not() -> None:
    assert wish_of(MessageKind.BUTTON, "STOP") is Wish.STOP
    assert wish_of(MessageKind.BUTTON, "बस", button_id="STOP") is Wish.STOP
    assert wish_of(MessageKind.BUTTON, "Stop promotions") is Wish.STOP_OFFERS
    assert wish_of(MessageKind.INTERACTIVE, "Stop") is Wish.STOP
    assert wish_of(MessageKind.IMAGE, "stop") is None


@pytest.mark.parametrize("text", ["START", wide("START"), "start please", "Start karo ji", "unstop", "resume."])
def test_start_is_heard_likewise(text: str) -> None:
    assert wish_of(TEXT, text) is Wish.START


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes!",
        "YES please",
        wide("YES"),
        "y",
        "haan",
        "haan ji",
        "ji haan, kar do",
        "ok raise it",
        "Okay, raise a ticket please",
        "sure",
        "ok thanks",
        "yes raise the ticket for me",
        "theek hai",
        "हाँ",
        "जी हां",
        "go ahead",
        "ticket bana do",
    ],
)
def test_agreement_is_a_yes_and_nothing_else(text: str) -> None:
    assert agrees(TEXT, text)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes?",
        "yes but what about my refund",
        "ok no",
        "do not",
        "not yet",
        "thanks",
        "please",
        "raise my limit",
        "what is ok",
        "",
        None,
    ],
)
def test_anything_else_is_a_message(text: str | None) -> None:
    assert not agrees(TEXT, text)
    assert not agrees(MessageKind.IMAGE, "yes")


@pytest.mark.parametrize("text", ["No", "no thanks", "nahi", "No, that's all", "नहीं जी", "nope, i am good"])
def test_a_bare_no_is_one(text: str) -> None:
    assert refuses(TEXT, text)


@pytest.mark.parametrize("text", ["no refund came", "No?", "yes", "thanks", None])
def test_a_no_with_more_to_it_is_a_message(text: str | None) -> None:
    assert not refuses(TEXT, text)


def test_every_listed_word_is_written_as_it_is_compared() -> None:
    listed = wishes.STOPS | wishes.STOPS_OFFERS | wishes.STARTS | wishes.AGREES | wishes.AGREES_TOO
    listed |= wishes.POLITE | wishes.REFUSES | wishes.REFUSES_TOO

    assert {words for words in listed if " ".join(wishes.words_of(words)) != words} == set()


@given(st.text(max_size=LONGEST_WISH + 50))
def test_no_text_is_two_things_at_once(text: str) -> None:
    assert [wish_of(TEXT, text) is not None, agrees(TEXT, text), refuses(TEXT, text)].count(True) <= 1
