"""Money: decimals on the wire, integer minor units inside, never a float between the two. Each amount has a currency.

    Rupees = Annotated[int, AmountIn(INR)]      in a body: 2500.5 is read as 250050
    INR.amount(250050)                          in an answer: 2500.50
    INR.written(250050)                         in a letter: INR 2,500.50

In: a JSON number with no more decimals than the currency has, not negative. Out: a JSON number with exactly as many.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from orjson import Fragment
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

LARGEST_MINOR = 10**15
DIGITS = len(str(LARGEST_MINOR)) + 1


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its code and its number of decimals (ISO 4217)."""

    code: str
    decimals: int

    @property
    def unit(self) -> int:
        """How many minor units one of it has: 100 cents a dollar."""
        return int(10**self.decimals)

    def amount(self, minor: int) -> Any:
        """Minor units as a JSON number with exactly the currency's decimals."""
        if not self.decimals:
            return minor
        whole, rest = divmod(abs(minor), self.unit)
        return Fragment(f"{'-' if minor < 0 else ''}{whole}.{rest:0{self.decimals}d}")

    def written(self, minor: int) -> str:
        """Minor units as people read them."""
        return f"{self.code} {Decimal(minor).scaleb(-self.decimals):,.{self.decimals}f}"


@dataclass(frozen=True, slots=True)
class AmountIn:
    """Reads an amount as Decimal from the digits that were sent, and keeps it as integer minor units."""

    currency: Currency

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        decimals, unit = self.currency.decimals, self.currency.unit
        number = core_schema.decimal_schema(
            ge=Decimal(0),
            max_digits=DIGITS,
            decimal_places=decimals,
            allow_inf_nan=False,
            le=Decimal(LARGEST_MINOR) / unit,
        )
        return core_schema.no_info_after_validator_function(
            lambda amount: int(amount * unit), core_schema.no_info_before_validator_function(self._only_numbers, number)
        )

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "number", "minimum": 0, "multipleOf": 1 / self.currency.unit, "examples": [2500.00]}

    def _only_numbers(self, value: Any) -> Any:
        """By value: 1e3 is 1000.00, 2500.000 is 2500.00; a float, which no body brings, by its shortest digits."""
        number = Decimal(repr(value)) if isinstance(value, float) else value
        step = Decimal(1).scaleb(-self.currency.decimals)
        if isinstance(number, bool | str) or (isinstance(number, Decimal) and number.is_finite() and number % step):
            at_most = ("no", "one", "two", "three", "four")[self.currency.decimals]
            raise ValueError(f"must be a number with at most {at_most} decimals")
        return number


USD = Currency("USD", 2)
INR = Currency("INR", 2)
CENTS = USD.unit
Dollars = Annotated[int, AmountIn(USD)]
"""An amount in a body: dollars on the wire, cents as an int in the model."""
Amount = float
"""How an amount is documented in an answer."""
dollars = USD.amount


def dollars_or_none(minor: int | None) -> Any:
    return None if minor is None else dollars(minor)
