"""Money of any currency: what is sent is read to the last digit, what is shown has exactly the currency's decimals."""

import json
from decimal import Decimal
from typing import Annotated, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from backoffice.kernel.money import INR, LARGEST_MINOR, USD, AmountIn, Currency

YEN, DINAR = Currency("JPY", 0), Currency("KWD", 3)
CURRENCIES = (YEN, USD, INR, DINAR)


def reader(currency: Currency) -> TypeAdapter[int]:
    amount: Any = Annotated[int, AmountIn(currency)]
    return TypeAdapter(amount)


READERS = {currency: reader(currency) for currency in CURRENCIES}


@given(st.sampled_from(CURRENCIES), st.integers(min_value=0, max_value=LARGEST_MINOR))
def test_what_is_shown_is_read_back_as_the_same_amount(currency: Currency, minor: int) -> None:
    shown = orjson.dumps(currency.amount(minor)).decode()

    assert len(shown.partition(".")[2]) == currency.decimals
    assert READERS[currency].validate_python(json.loads(shown, parse_float=Decimal, parse_int=Decimal)) == minor


@given(st.sampled_from(CURRENCIES), st.integers(min_value=1, max_value=LARGEST_MINOR))
def test_a_debt_is_shown_as_its_amount_with_a_minus(currency: Currency, minor: int) -> None:
    assert orjson.dumps(currency.amount(-minor)) == b"-" + orjson.dumps(currency.amount(minor))


@given(st.sampled_from(CURRENCIES), st.decimals(min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False))
def test_nothing_is_rounded(currency: Currency, sent: Decimal) -> None:
    in_minor = sent * currency.unit
    if in_minor == in_minor.to_integral_value():
        assert READERS[currency].validate_python(sent) == in_minor
    else:
        with pytest.raises(ValidationError):
            READERS[currency].validate_python(sent)


@pytest.mark.parametrize("sent", [True, "12", None, -1, Decimal("NaN"), Decimal("Infinity"), 10**17])
def test_anything_but_an_amount_is_refused(sent: object) -> None:
    for read in READERS.values():
        with pytest.raises(ValidationError):
            read.validate_python(sent)


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [
        (INR, 250_050, "INR 2,500.50"),
        (INR, 5, "INR 0.05"),
        (YEN, 1_000, "JPY 1,000"),
        (INR, LARGEST_MINOR, "INR 10,000,000,000,000.00"),
    ],
)
def test_a_letter_has_an_amount_as_people_read_it(currency: Currency, minor: int, written: str) -> None:
    assert currency.written(minor) == written
