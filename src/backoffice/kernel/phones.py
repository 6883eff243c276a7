"""Phone numbers as people write them, and the one form under which each is known. Pure.

Some mobile numbers have two written forms, and WhatsApp's differs from the dialled one: Brazil's without the ninth
digit, Mexico's with a 1 and Argentina's without a 9 behind the country code. Whoever keeps, seeks or compares numbers
uses the form that `one_number` gives. migrations/0044 does the same to rows that were there before.
"""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

WRITTEN = re.compile(r"\+?[0-9(][0-9 ().-]*", re.ASCII)
E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
NOT_A_DIGIT = re.compile(r"[^0-9]+")
DECIMAL = re.compile(r"([0-9]{7,})\.([0-9]{1,2})", re.ASCII)
DASHES = re.compile(r"[\u00ad\u2010-\u2015\u2212\ufe63\uff0d]")
TWO_FORMS = (
    (re.compile(r"55([1-9][0-9])([6-9][0-9]{7})"), r"55\g<1>9\2"),
    (re.compile(r"521([0-9]{10})"), r"52\1"),
    (re.compile(r"54([1-8][0-9]{9})"), r"549\1"),
)
BEGUN = (
    (re.compile(r"55([1-9][0-9])([6-8][0-9]{0,7})"), r"55\g<1>9\2"),
    (re.compile(r"521([0-9]{1,10})"), r"52\1"),
    (re.compile(r"54([1-8][0-9]{0,9})"), r"549\1"),
)
ENDING = ((re.compile(r"([1-9][0-9])([6-8][0-9]{7})"), r"\g<1>9\2"),)


SHORTEST_PART, WINDOW, WINDOWS = 5, 4, 12


@dataclass(frozen=True, slots=True)
class Sought:
    """How the numbers that a search means begin (with country code) and end, as digits; None where it can't be.

    `part` stands anywhere in them, at their very beginning where it was written with a plus sign. `windows` are the
    runs of four digits in it, by which an index finds it (`kernel.phone_windows`).
    """

    begins: str | None = None
    begins_also: str | None = None
    ends: str | None = None
    ends_also: str | None = None
    part: str | None = None
    windows: list[str] | None = None


def one_number(phone: str) -> str:
    """The one form of an E.164 number: Brazil's mobiles with the 9, Mexico's without the 1, Argentina's with the 9."""
    return "+" + _rewritten(phone.removeprefix("+"), TWO_FORMS)


def find_number(written: str, *, country: str | None) -> str | None:
    """The one form of a number written with its country code, plus sign or not, or as dialled inside `country`.

    None for what is no number, above all for what a spreadsheet made of one: 9.19E+11 has lost its digits. So has an
    Indian 987654321, which is no number of Iran (98) for that: without its plus sign a number must be a valid one.
    """
    text = _plain(written)
    if not WRITTEN.fullmatch(text):
        return None
    is_guessed = country is not None and not text.startswith("+")
    if country is not None and is_guessed and (national := _dialled_in(country, text)):
        return national
    digits = NOT_A_DIGIT.sub("", text)
    number = _parsed("+" + _rewritten(digits, TWO_FORMS), None)
    passes = phonenumbers.is_valid_number if is_guessed else phonenumbers.is_possible_number
    return _formatted(number) if number is not None and passes(number) else None


def sought(search: str, *, country: str) -> Sought:
    """What a search says about a phone number, as people write one: all of it, its beginning, its end."""
    text = _plain(unicodedata.normalize("NFKC", search).replace("/", " "))
    if not WRITTEN.fullmatch(text):
        return Sought()
    bare = NOT_A_DIGIT.sub("", text).lstrip("0")
    known = find_number(text, country=country)
    other = known[1:] if known is not None else _rewritten(bare, BEGUN)
    if not bare:
        return Sought()
    windows = _windows(bare)
    written = "+" + bare if text.startswith("+") else bare
    part = written if windows else None
    if text.startswith("+"):
        return Sought(begins=bare, begins_also=other, part=part, windows=windows)
    return Sought(bare, other, ends=bare, ends_also=_rewritten(bare, ENDING), part=part, windows=windows)


def _windows(digits: str) -> list[str] | None:
    """None for fewer than five digits: they stand somewhere in too many numbers to be meant."""
    if len(digits) < SHORTEST_PART:
        return None
    return [digits[at : at + WINDOW] for at in range(min(len(digits) - WINDOW + 1, WINDOWS))]


def _plain(written: str) -> str:
    """Without what text programs add unseen; a dash is a dash, and 919876543210.0 of a spreadsheet a whole number."""
    seen = "".join(mark for mark in written if unicodedata.category(mark) != "Cf")
    text = DASHES.sub("-", seen).replace("\u00a0", " ").replace("\u202f", " ").strip()
    decimal = DECIMAL.fullmatch(text)
    if decimal is None:
        return text
    return decimal[1] if not decimal[2].strip("0") else ""


def _rewritten(digits: str, forms: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for form, one in forms:
        if form.fullmatch(digits):
            return form.sub(one, digits)
    return digits


def _dialled_in(country: str, text: str) -> str | None:
    number = _parsed(text, country)
    phone = _formatted(number) if number is not None else None
    known = _parsed(phone, None) if phone is not None else None
    return phone if known is not None and phonenumbers.is_valid_number(known) else None


def _parsed(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def _formatted(number: phonenumbers.PhoneNumber) -> str | None:
    """WhatsApp numbers have at most 15 digits; some countries' possible ones have more."""
    text = one_number(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return text if E164.fullmatch(text) else None
