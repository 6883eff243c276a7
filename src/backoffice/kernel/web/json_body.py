"""A JSON body as it was written: numbers with a point as Decimal, never through a float, and each name once.

Two readers of one body must see the same: of a name that stands twice one takes the first, another the last.
"""

import re
from decimal import Decimal
from typing import Any

import jiter

from backoffice.kernel.errors import BadInput, Problem

LARGEST = 2**63 - 1
MOST_PLACES = 40
SUSPECT = re.compile(rb"[0-9](?:[0-9]{18}|[eE][+-]?[0-9]{2})")
"""Only a body with such a run can hold a number out of reach: the others are not looked through. Both ways begin with
one digit, so that the search leaps from digit to digit.
"""
TWICE = re.compile(r'^Detected duplicate key "(.*)" at line \d+ column \d+$', re.DOTALL)
OUT_OF_REACH = "must be a number that can be kept"
LONGEST_NAME = 100


def read_json(raw: bytes) -> dict[str, Any]:
    """The object in these bytes. BadInput for anything else, for a name given twice, for numbers nobody can mean."""
    try:
        read = jiter.from_json(raw, float_mode="decimal", catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        raise _refused(str(error)) from None
    if not isinstance(read, dict):
        raise BadInput(summary="The body must be a JSON object")
    if SUSPECT.search(raw):
        _check_reach(read, place="")
    return read


def _refused(said: str) -> BadInput:
    if twice := TWICE.match(said):
        name = twice[1][:LONGEST_NAME]
        return BadInput(summary=f"{name}: is given twice", problems=(Problem(name, "is given twice"),))
    if said.startswith("recursion limit"):
        return BadInput(summary="The body is nested too deeply")
    if "out of range" in said or "InvalidOperation" in said:
        return BadInput(summary="The body holds a number that is too large")
    return BadInput(summary="The body is not valid JSON")


def _check_reach(value: Any, *, place: str) -> None:
    """An exponent of a billion is a few bytes here and gigabytes as an integer."""
    if isinstance(value, dict):
        for name, one in value.items():
            _check_reach(one, place=f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            _check_reach(one, place=f"{place}.{number}" if place else str(number))
    elif (isinstance(value, int) and abs(value) > LARGEST) or (isinstance(value, Decimal) and _is_far(value)):
        raise BadInput(summary=f"{place}: {OUT_OF_REACH}", problems=(Problem(place, OUT_OF_REACH),))


def _is_far(number: Decimal) -> bool:
    if abs(number.adjusted()) > MOST_PLACES or len(number.as_tuple().digits) > MOST_PLACES:
        return True
    return abs(number) > LARGEST
