"""What people write in their own words. It is kept for good, in the audit log too: no account or social number in it.

Eight digits and more that follow each other are such a number, however they are separated and in whatever script.
Dates, amounts, our own ids, and phone numbers written as such (+1 512 555 0100, 512-555-0100) are not: staff write them
daily.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

DIGITS = 8
"""So many and more are told apart by nobody from an account number; shorter ones are in every address."""
SEPARATOR = r"(?:[ \t]{0,3}[^\w\s,;][ \t]{0,3}|\s{1,3}|[,;_])"
RUN = re.compile(rf"\d(?:{SEPARATOR}?\d){{{DIGITS - 1},}}")
SSN = re.compile(r"(?<!\d)\d{3}[\W_]{1,12}\d{2}[\W_]{1,12}\d{4}(?!\d)")
HARMLESS = re.compile(
    r"""
      [0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12} | \b(?:[a-z]{2,9}_)?(?=\d*[a-f])[0-9a-f]{32}\b      # ids
    | (?<!\d)(?:19|20|21)\d\d(?P<dash>[-/.]?)(?:0[1-9]|1[0-2])(?P=dash)(?:0[1-9]|[12]\d|3[01])(?!\d)
      (?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)?(?:Z|[+-][01]\d:\d\d)?                    # 2026-01-31T10:00Z
    | (?<!\d)(?:0?[1-9]|[12]\d|3[01])(?P<slash>[/.-])(?:0?[1-9]|[12]\d|3[01])(?P=slash)(?:19|20|21)\d\d(?!\d)
    | (?<![\d.,-])\$?\d{1,3}(?:,\d{3})?\.\d\d(?![\d.-]) | (?<![\d.,-])\$?\d{4,5}\.\d\d(?![\d.-])   # 12,345.67
    | \$\d{1,3},\d{3}(?:\.\d\d)?(?![\d,]) | \$\d{1,2}(?:,\d{3}){2}(?:\.\d\d)?(?![\d,])
    | (?<![\d-])(?:19|20)\d\d\s?[-/]\s?(?:19|20)\d\d(?![\d-]) | (?<![\d:])[0-2]?\d:[0-5]\d(?![\d:])   # 2023-2024, 10:30
    | (?<![\d.-])\+[1-9](?:[ .-]?[()]?\d){7,14}(?!\d)
    | (?<![\d.-])(?:1[ .-])?(?:\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-])                  # phones
    """,
    re.VERBOSE | re.IGNORECASE,
)
REFUSED = (
    "must not hold an account or social security number: no number of eight digits or more but dates, amounts and "
    "phone numbers like +1 512 555 0100"
)


def _plain(text: str) -> str:
    """Digits of every script and width as 0 to 9, without what only dresses them up."""
    kept = (one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) not in {"Cf", "Mn", "Me"})
    return "".join(str(unicodedata.decimal(one, one)) for one in kept)


def holds_number(text: str) -> bool:
    """Whether this could tell an account, a card or a social security number."""
    plain = HARMLESS.sub(" x ", _plain(text))
    return SSN.search(plain) is not None or RUN.search(plain) is not None


def _without_numbers(text: str) -> str:
    if holds_number(text):
        raise ValueError(REFUSED)
    return text


def masked_name(name: str) -> str:
    """A name that was given elsewhere, as a file's: kept, masked where its digits tell a number."""
    return masked(name) if holds_number(name) else name


def masked(text: str) -> str:
    """The text with all digits hidden but its last four."""
    left = sum(one.isdigit() for one in text)
    shown = []
    for one in text:
        left -= one.isdigit()
        shown.append("*" if one.isdigit() and left >= 4 else one)
    return "".join(shown)


Words = Annotated[str, AfterValidator(_without_numbers)]
Reason = Annotated[Words, Field(min_length=1, max_length=2000)]
"""Why something is done, as the audit log keeps it."""
