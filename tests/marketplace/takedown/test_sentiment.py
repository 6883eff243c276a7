"""How a review feels, in the words of the contract."""

import pytest

from backoffice.marketplace.takedown.sentiment import Sentiment, score_of, word_for

SAID = {
    "They never came and charged me anyway! What a scam. The owner is a thief.": Sentiment.HIGHLY_NEGATIVE,
    "A bit late and not very friendly.": Sentiment.NEGATIVE,
    "The photographer came at ten and left at four.": Sentiment.NEUTRAL,
    "On time, good pictures.": Sentiment.POSITIVE,
    "Absolutely wonderful, amazing work, we love the pictures! Highly recommended!": Sentiment.HIGHLY_POSITIVE,
    "": Sentiment.NEUTRAL,
}


@pytest.mark.parametrize("text", SAID)
def test_a_text_is_called_by_how_it_feels(text: str) -> None:
    assert word_for(score_of(text)) is SAID[text]


def test_a_text_of_any_length_has_a_score() -> None:
    assert -1 <= score_of("bad " * 100_000) < -0.9
