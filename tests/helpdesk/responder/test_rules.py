"""Reading a customer's words: what they want, what they are about, and whether a person has to look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.responder import rules
from backoffice.helpdesk.responder.rules import Intent
from backoffice.helpdesk.ticket.rules import Category


@pytest.mark.parametrize(
    "text",
    [
        "I need to speak with someone",
        "agent",
        "Agent please!",
        "Can I talk to a human?",
        "connect me to customer care",
        "give me an agent",
        "My payment failed, I want to talk to your manager",
        "please raise a ticket",
        "mujhe insaan se baat karni hai",
        "kisi se baat karao",
        "मुझे इंसान से बात करनी है",
    ],
)
def test_who_asks_for_a_person_is_understood(text: str) -> None:
    assert rules.intent_of(text) is Intent.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "My payment failed but money was deducted",
        "My payment failed",
        "Hello, my payment is stuck. Please help",
        "payment failed but paise kat gaye",
        "Why did my payment fail but money got deducted",
        "I was charged twice for the same order",
        "mera refund nahi aaya",
        "I don't get my settlement since 3 days",
        "I sent money to wrong number",
        "I paid my EMI but it still shows overdue",
        "Why was my loan application rejected?",
        "mera loan reject ho gaya",
        "The app crashes when I open it",
        "app nahi chal raha hai",
        "I keep getting an error in the app",
        "My account is blocked",
        "Someone hacked my account",
    ],
)
def test_what_went_wrong_for_a_customer_is_a_problem(text: str) -> None:
    assert rules.intent_of(text) is Intent.PROBLEM


@pytest.mark.parametrize(
    "text",
    [
        "How long does a refund take?",
        "Why did my payment fail?",
        "payment fail kyu hota hai",
        "What happens if my payment fails and money is debited?",
        "How do I send money to someone?",
        "I want to add a staff member to my account",
        "I want to make a complaint",
        "settlement kab aata hai",
        "What if I miss an EMI?",
        "refund",
    ],
)
def test_how_things_work_is_a_question(text: str) -> None:
    assert rules.intent_of(text) is Intent.QUESTION


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hi", Intent.GREETING),
        ("Good morning sir", Intent.GREETING),
        ("Thank you so much for your help", Intent.THANKS),
        ("ok thanks bye", Intent.THANKS),
        ("bye", Intent.GOODBYE),
        ("ok", Intent.ACKNOWLEDGEMENT),
        ("👍", Intent.WORDLESS),
        ("  ", Intent.WORDLESS),
        ("hi, how long does a refund take?", Intent.QUESTION),
        ("for you", Intent.QUESTION),
    ],
)
def test_small_talk_is_small_only_when_nothing_else_is_said(text: str, intent: Intent) -> None:
    assert rules.intent_of(text) is intent


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("My payment failed but money was deducted", Category.PAYMENT),
        ("paise wapas chahiye", Category.PAYMENT),
        ("Am I eligible for a loan?", Category.LOAN),
        ("EMI payment for my loan", Category.LOAN),
        ("my KYC is not verified", Category.ACCOUNT),
        ("The app shows an error when I pay", Category.TECHNICAL),
        ("Where is your office?", Category.GENERAL),
        ("", Category.GENERAL),
    ],
)
def test_a_text_is_about_what_most_of_its_words_are(text: str, category: Category) -> None:
    assert rules.category_of(text) is category


def test_a_conversation_is_about_the_newest_thing_it_names() -> None:
    assert rules.category_in(["talk to someone", "my loan", "my payment"]) is Category.LOAN
    assert rules.category_in([]) is Category.GENERAL


@pytest.mark.parametrize("written", ["[RAISE_TICKET]", "[raise_ticket]", "[ RAISE TICKET ]"])
def test_the_marker_is_found_however_it_is_written(written: str) -> None:
    assert rules.has_marker(f"Sorry. {written}")
    assert rules.without_marker(f"Sorry. {written}") == "Sorry."


@given(st.text(max_size=3_000))
def test_any_text_is_read(text: str) -> None:
    assert rules.intent_of(text) in Intent
    assert rules.category_of(text) in Category
    assert not rules.has_marker(rules.without_marker(text))
