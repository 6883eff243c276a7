"""What becomes of a message, decided without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.conversation import rules
from backoffice.helpdesk.conversation.rules import Facts, Step
from backoffice.helpdesk.outbox.rules import LONGEST_QUESTION
from backoffice.helpdesk.responder.rules import MARKER, without_marker
from backoffice.helpdesk.ticket.rules import Category
from backoffice.helpdesk.whatsapp.content import MessageKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANY_FACTS = st.builds(
    Facts,
    kind=st.sampled_from(MessageKind),
    text=st.none() | st.sampled_from(["hello", "STOP", "Start", MARKER, "", "stop it"]),
    button_id=st.none() | st.sampled_from(["ticket:yes:7", "ticket:no:7", "ticket:maybe:7", "other"]),
    opted_out=st.booleans(),
    owned=st.booleans(),
    has_fixed_answer=st.booleans(),
)


def facts(text: str | None = "hello", button_id: str | None = None, **known: bool) -> Facts:
    base = {"opted_out": False, "owned": False, "has_fixed_answer": False}
    return Facts(MessageKind.TEXT, text, button_id, **{**base, **known})


@given(ANY_FACTS)
def test_the_bot_never_answers_while_a_person_owns_the_conversation(given_facts: Facts) -> None:
    step = rules.next_step(given_facts)

    if given_facts.owned:
        assert step not in (Step.ASK_RESPONDER, Step.SAY_FIXED_ANSWER, Step.SAY_UNREADABLE, Step.DECLINE_TICKET)


@given(ANY_FACTS)
def test_who_opted_out_is_never_answered_except_about_that(given_facts: Facts) -> None:
    step = rules.next_step(given_facts)

    if given_facts.opted_out:
        assert step in (Step.OPT_OUT, Step.OPT_IN, Step.STAY_SILENT)


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "Unsubscribe", "STOP ALL"])
def test_stop_opts_out_whatever_else_is_going_on(word: str) -> None:
    assert rules.next_step(facts(word, owned=True, has_fixed_answer=True)) is Step.OPT_OUT


@pytest.mark.parametrize("words", ["please stop charging me", "stop it", "non-stop"])
def test_a_sentence_with_stop_in_it_is_a_message_like_any_other(words: str) -> None:
    assert rules.next_step(facts(words)) is Step.ASK_RESPONDER


def test_start_means_something_only_to_who_opted_out() -> None:
    assert rules.next_step(facts("START", opted_out=True)) is Step.OPT_IN
    assert rules.next_step(facts("START")) is Step.ASK_RESPONDER


def test_buttons_count_whoever_is_in_charge_and_foreign_ones_do_not() -> None:
    assert rules.next_step(facts("Yes", "ticket:yes:7", owned=True)) is Step.RAISE_TICKET
    assert rules.next_step(facts("No", "ticket:no:7")) is Step.DECLINE_TICKET
    assert rules.next_step(facts("Yes", "survey:yes")) is Step.ASK_RESPONDER


def test_a_message_of_nothing_but_the_marker_is_not_readable() -> None:
    assert rules.next_step(facts(MARKER)) is Step.SAY_UNREADABLE


@pytest.mark.parametrize(("hours", "expected"), [(23.9, True), (24.1, False), (-1, True)])
def test_a_day_after_the_resolution_a_ticket_stays_resolved(hours: float, expected: bool) -> None:
    assert rules.may_reopen(sent_at=NOON + timedelta(hours=hours), resolved_at=NOON) is expected


@pytest.mark.parametrize(
    ("text", "kind", "button_id", "expected"),
    [
        ("It happened again", MessageKind.TEXT, None, True),
        ("No, it happened again", MessageKind.TEXT, None, True),
        ("STOP", MessageKind.TEXT, None, False),
        ("stop karo", MessageKind.TEXT, None, False),
        ("Stop promotions", MessageKind.BUTTON, "promo", False),
        ("No", MessageKind.TEXT, None, False),
        ("nahi ji", MessageKind.TEXT, None, False),
        ("No", MessageKind.INTERACTIVE, "ticket:no:7", False),
        ("Yes", MessageKind.INTERACTIVE, "ticket:yes:7", True),
        ("👍", MessageKind.REACTION, None, False),
        (None, MessageKind.UNSUPPORTED, None, False),
        (None, MessageKind.AUDIO, None, True),
    ],
)
def test_what_opens_a_resolved_ticket_again(
    text: str | None, kind: MessageKind, button_id: str | None, expected: bool
) -> None:
    assert rules.reopens(kind, text, button_id=button_id) is expected


@given(st.text(max_size=3000), st.integers(1, 10**15))
def test_the_question_with_its_buttons_always_fits_and_no_word_is_lost(answer: str, message_id: int) -> None:
    before, question = rules.question_after(answer, message_id)

    assert len(question.body) <= LONGEST_QUESTION
    assert question.body.endswith(rules.QUESTION)
    assert answer in (before or question.body)
    assert [rules.pressed(button.id) for button in question.buttons] == [("yes", message_id), ("no", message_id)]


def test_the_marker_stays_for_staff_and_goes_for_customers() -> None:
    assert rules.with_marker("I can't do that.") == f"I can't do that. {MARKER}"
    assert rules.with_marker(f"No. {MARKER}") == f"No. {MARKER}"
    assert without_marker(f"No. {MARKER}") == "No."


@pytest.mark.parametrize(
    ("text", "language"),
    [("मेरा पैसा नहीं आया", "hi"), ("My payment failed", "en"), ("பணம் வரவில்லை", "ta"), ("", "en"), ("Paisa नहीं", "en")],
)
def test_a_language_is_told_by_its_letters(text: str, language: str) -> None:
    assert rules.language_of(text) == language


def test_a_question_without_a_category_was_about_anything() -> None:
    assert rules.category_in(None) is Category.GENERAL
    assert rules.category_in("loan") is Category.LOAN
