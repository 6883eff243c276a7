"""The one form of a text for finding and comparing it: no case, accents, width, apostrophes, unseen characters. Pure.

kernel.fold in migrations/0045 does the same inside PostgreSQL, where names are searched; a test compares the two.
"""

import re
import unicodedata

MARKS = re.compile(
    "['`\u00ad\u00b4\u02b9-\u02bc\u02c8\u02ca\u02cb\u0300-\u036f\u0483-\u0489"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c\u064b-\u065f\u0670\u180b-\u180f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u200b-\u200f\u2018-\u201b\u202a-\u202e"
    "\u2032\u2035\u2060-\u206f\u20d0-\u20ff\ua78b\ua78c\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uff07\uff40]+"
)
"""Accents, apostrophes, and what is written but not seen."""
LETTERS = str.maketrans("øłđðħ\u0131ŧŋ", "olddhitn") | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that no accent was put on, and that people type without all the same."""


def fold(text: str) -> str:
    """`İlker` is `ilker`, `Straẞer` is `strasser`, `O'Brien` is `obrien`, `João` is `joao` in either normal form."""
    plain = unicodedata.normalize("NFKD", MARKS.sub("", text)).casefold()
    return MARKS.sub("", unicodedata.normalize("NFKD", plain)).translate(LETTERS)
