"""How a text feels, by the words in it: VADER's lexicon, made for short English texts of the web. Pure."""

from enum import StrEnum

from vader import SentimentIntensityAnalyzer

ANALYZER = SentimentIntensityAnalyzer()
"""Reading its words takes a moment; it never changes."""
LONGEST = 10_000


class Sentiment(StrEnum):
    HIGHLY_NEGATIVE = "highly_negative"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    HIGHLY_POSITIVE = "highly_positive"


UP_TO = {
    -0.6: Sentiment.HIGHLY_NEGATIVE,
    -0.05: Sentiment.NEGATIVE,
    0.05: Sentiment.NEUTRAL,
    0.6: Sentiment.POSITIVE,
}
"""Scores below each are called so; the middle is as wide as VADER's authors have it."""


def score_of(text: str) -> float:
    """-1 (all bad) to 1 (all good); 0 for a text without a word of the lexicon, as one in another language."""
    return float(ANALYZER.polarity_scores(text[:LONGEST])["compound"])


def word_for(score: float) -> Sentiment:
    return next((word for limit, word in UP_TO.items() if score < limit), Sentiment.HIGHLY_POSITIVE)
