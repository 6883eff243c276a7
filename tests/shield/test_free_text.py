"""No account, card or social security number gets into what is kept for good, however it is dressed up."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from backoffice.shield.claim.rules import shown_name
from backoffice.shield.free_text import REFUSED, Words, holds_number
from backoffice.shield.member.platform_schemas import LineIn
from tests.shield.test_bodies import BODIES

NUMBERS = [
    "123-45-6789",
    "SSN 123456789.",
    "123 45 6789",
    "123 - 45 - 6789",
    "123.45.6789",
    "123_45_6789",
    "123--45--6789",
    "123, 45, 6789",
    "\uff11\uff12\uff13-\uff14\uff15-\uff16\uff17\uff18\uff19",
    "١٢٣٤٥٦٧٨٩",
    "1\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e35\ufe0f\u20e36\ufe0f\u20e37\ufe0f\u20e38\ufe0f\u20e3",
    "12\u200b34\u200b56\u200b78",
    "acct 000123455678",
    "a/c no.00012345",
    "1 2 3 4 5 6 7 8",
    "1234 5678 9012 3456",
    "12/34/56/78/90",
    "021000021",
    "x12345678y",
    "123,456,789",
    "12345678901234567890123456789012",
    "2026-01-31 and 87654321",
    "123      45      6789",
    "$123,456,789",
    "2023-20241",
    "1234:5678:9012",
    "a_123456789",
]
HARMLESS = [
    "Called on 2026-01-31 and 02/03/2026, twice",
    "At 2026-01-31T10:30:00Z, until 2026-02-28 17:00",
    "Pays 1250.00 1250.00 and $12,345.67 of $1,234,567.89",
    "Called the employer at 512-555-0100, (512) 555-0100 or +1 512 555 0100",
    "See claim_0190f5fa1c5e7c3f8a4b2d9e6f7a8b9c and 0190f5fa-1c5e-7c3f-8a4b-2d9e6f7a8b9c",
    "scan_20260131_123456.jpg",
    "Account ending in 5678, 3 months, 1234 Main St, 78701",
    "In 2024, 2025 and 2026 he earned 52000",
    "Worked there 2019-2023, 08:00-17:00 in 2024, at 10:30 and 15:45",
    "Call 1-800-555-0100 or 1 (512) 555-0100",
    "card_ending_4242",
    "b93112345678a4f0b7d2c9e6f7a8b9c0",
]
OTHERWISE = {"external_id", "email", "zip", "phone", "user_id", "claim_id", "plan_id", "assigned_to"}
"""Ids, addresses and what has a form of its own."""


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_that_could_be_an_account_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="must not hold an account"):
        TypeAdapter(Words).validate_python(f"They said {text} on the phone")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_staff_write_every_day_is_kept(text: str) -> None:
    assert not holds_number(text)
    assert TypeAdapter(Words).validate_python(text) == text


def test_a_files_name_is_kept_with_its_digits_hidden() -> None:
    assert shown_name("statement 000123455678.pdf") == "statement ********5678.pdf"
    assert shown_name("IMG_20260131_123456.jpg") == "IMG_20260131_123456.jpg"


def texts(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Every field that is text of no form, also of the bodies inside, with its type."""
    for name, field in model.model_fields.items():
        is_choice = get_origin(field.annotation) in (Union, types.UnionType)
        kinds = get_args(field.annotation) if is_choice else (field.annotation,)
        for kind in kinds:
            plain = get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
            if isinstance(plain, type) and issubclass(plain, BaseModel):
                yield from texts(plain)
            elif plain is str and name not in OTHERWISE:
                yield f"{model.__module__}.{model.__name__}.{name}", Annotated[kind, name, *field.metadata]


FOUND = dict(sorted(pair for model in (*BODIES, LineIn) for pair in texts(model) if ".access." not in pair[0]))


def test_there_are_texts_to_look_at() -> None:
    assert len(FOUND) > 20


@pytest.mark.parametrize("where", FOUND)
def test_every_free_text_of_staff_and_platform_is_looked_at(where: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(FOUND[where]).validate_python("123-45-6789")

    [error] = refused.value.errors()
    assert error["type"] == "string_pattern_mismatch" or REFUSED in error["msg"]
