"""Which words of a question count, and how well an entry answers it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.knowledge import rules


def test_words_that_say_nothing_are_left_out_and_others_counted_once() -> None:
    assert rules.words_in("Hi sir, please tell me: refund kab aayega? REFUND!") == ["me", "refund", "kab", "aayega"]


def test_a_long_message_is_asked_with_its_first_words() -> None:
    assert len(rules.words_in(" ".join(f"word{number}" for number in range(500)))) == rules.MOST_WORDS


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), (" 007 ", 7), ("999999999", 999_999_999), ("9999999990", None)]
)
def test_a_text_that_is_a_number_is_a_question_id(text: str, number: int | None) -> None:
    assert rules.question_id_in(text) == number


@given(asked=st.integers(0, 24), found=st.integers(0, 24), covered=st.floats(0, 1))
def test_a_score_lies_between_nothing_and_all(asked: int, found: int, covered: float) -> None:
    score = rules.match_score(asked=asked, found=min(asked, found), covered=covered)

    assert 0.0 <= score <= 1.0
    assert score <= rules.match_score(asked=asked, found=asked, covered=1.0)


@given(st.text(max_size=200))
def test_search_terms_hold_nothing_but_words_and_operators(search: str) -> None:
    for term in rules.search_terms(search).split(" & "):
        assert term == "" or rules.WORD.fullmatch(term.removesuffix(":*"))
