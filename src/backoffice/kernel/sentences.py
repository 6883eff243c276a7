"""What is wrong with a value, said to people: the validator's own words name types and classes of ours."""

import re
from collections.abc import Mapping
from typing import Any

DATE = "must be a date, as in 2026-01-31"
MOMENT = "must be a time with its zone, as in 2026-01-31T10:00:00Z"
WHOLE = "must be a whole number"
NUMBER = "must be a number"
SAID_BY_US = ("value_error", "assertion_error")
SENTENCES = {
    "missing": "is required",
    "missing_argument": "is required",
    "extra_forbidden": "is not a known field",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_pattern_mismatch": "does not have the right form",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "bytes_too_short": "must have at least {min_length} bytes",
    "bytes_too_long": "must have at most {max_length} bytes",
    "decimal_max_digits": "must have at most {max_digits} digits",
    "decimal_max_places": "must have at most {decimal_places} decimals",
    "decimal_whole_digits": "must have at most {whole_digits} digits before the decimal point",
    "date_past": "must lie in the past",
    "date_future": "must lie in the future",
    "datetime_past": "must lie in the past",
    "datetime_future": "must lie in the future",
    "date_from_datetime_inexact": "must be a date without a time of day",
    "timezone_naive": "must not name a time zone",
    "url_too_long": "must have at most {max_length} characters",
}
FAMILIES = {
    "string": "must be text",
    "bytes": "must be text",
    "int": WHOLE,
    "float": NUMBER,
    "finite": NUMBER,
    "decimal": NUMBER,
    "complex": NUMBER,
    "bool": "must be true or false",
    "date": DATE,
    "datetime": MOMENT,
    "timezone": MOMENT,
    "time": "must be a time of day, as in 10:00",
    "list": "must be a list",
    "tuple": "must be a list",
    "set": "must be a list",
    "frozen": "can't be changed",
    "iterable": "must be a list",
    "dict": "must be an object",
    "mapping": "must be an object",
    "model": "must be an object",
    "json": "must be JSON",
    "url": "must be a web address",
    "uuid": "must be a UUID",
}
OTHERWISE = "is not valid"
MEMBER = re.compile(r"<[\w.]+: ('[^']*'|-?\d+)>")
"""How the validator names a member of an enum among several: <Status.OPEN: 'open'>."""


def sentence_of(problem: Mapping[str, Any]) -> str:
    """What one entry of a validator's errors says, without the field's name: it stands before it."""
    kind, facts = problem["type"], problem.get("ctx", {})
    if kind in SAID_BY_US:
        said = str(problem["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
        return "must be an e-mail address" if said.startswith("value is not a valid email") else said
    if kind in ("too_short", "too_long") and facts.get("field_type") == "Value":
        kind = f"string_{kind}"
    if kind in ("string_too_short", "too_short") and facts.get("min_length") == 1:
        return "must not be empty"
    if kind.startswith("frozen_set"):
        return FAMILIES["set"]
    found = SENTENCES.get(kind) or FAMILIES.get(kind.split("_")[0], OTHERWISE)
    return MEMBER.sub(r"\1", found.format_map(facts))
