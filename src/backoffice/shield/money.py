"""Dollars on the wire, cents inside. Never a float between the two.

In: a JSON number with at most two decimals, not negative. Out: a JSON number with exactly two decimals.
"""

from decimal import Decimal
from typing import Annotated, Any

from orjson import Fragment
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

CENTS, CENT = 100, Decimal("0.01")
LARGEST_MINOR = 10**15


class _DollarsIn:
    """Reads dollars as Decimal from the digits that were sent, and keeps them as integer cents."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        number = core_schema.decimal_schema(
            ge=Decimal(0), max_digits=17, decimal_places=2, allow_inf_nan=False, le=Decimal(LARGEST_MINOR) / CENTS
        )
        return core_schema.no_info_after_validator_function(
            lambda amount: int(amount * CENTS), core_schema.no_info_before_validator_function(_only_numbers, number)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "number", "minimum": 0, "multipleOf": 0.01, "examples": [2500.00]}


def _only_numbers(value: Any) -> Any:
    """By their value: 1e3 is 1000.00 and 2500.000 is 2500.00; a float, which no body brings, by its shortest digits."""
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if isinstance(number, bool | str) or (isinstance(number, Decimal) and number.is_finite() and number % CENT):
        raise ValueError("must be a number with at most two decimals")
    return number


Dollars = Annotated[int, _DollarsIn]
"""An amount in a body: dollars on the wire, cents as an int in the model."""
Amount = float
"""How an amount is documented in an answer."""


def dollars(minor: int) -> Any:
    """Cents as a JSON number with exactly two decimals."""
    form = b"-%d.%02d" if minor < 0 else b"%d.%02d"
    return Fragment(form % divmod(abs(minor), CENTS))


def dollars_or_none(minor: int | None) -> Any:
    return None if minor is None else dollars(minor)
