"""What is kept of a search, and for how long. Pure: no SQL, no clock, no HTTP."""

import re
from datetime import date, timedelta

from backoffice.kernel.folding import fold

MOST_EVENTS, MOST_SHOWN = 1_000, 50
"""Of each kind in one batch; services that one search showed."""
LONGEST_TERM = 100
KEPT_DAYS = 400
DEFAULT_DAYS = 30
MOST_DIGITS = 5
DIGIT = re.compile(r"\d")


def term_of(words: str) -> str:
    """The words of a search, with single spaces; nothing where they may be about a person: an address, a number.

    Asked of what is kept of them, where a wide sign and a digit in a circle are the plain ones.
    """
    kept = fold(words)
    if "@" in kept or len(DIGIT.findall(kept)) > MOST_DIGITS:
        return ""
    return " ".join(words.split())[:LONGEST_TERM]


def oldest_kept(today: date) -> date:
    return today - timedelta(days=KEPT_DAYS)


def rate(clicks: int, of: int) -> float:
    """Of 0 to 1, with four decimals; 0 where nothing was shown."""
    return round(clicks / of, 4) if of else 0.0
