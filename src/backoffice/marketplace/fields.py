"""Kinds of fields that many bodies share: names, addresses, references of the platform, amounts in minor units.

And how lists are asked for an order: the contracts say `sort` and `order` here, `sort_by` and `sort_order` there.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import fastapi
from pydantic import AfterValidator, Field, StrictInt, model_validator

from backoffice.kernel.identity import names
from backoffice.kernel.money import LARGEST_MINOR
from backoffice.kernel.web.paging import Paged

OURS = re.compile(r"(bkg|pay|svc)_[0-9a-f]{32}")


def _is_not_ours(name: str) -> str:
    """Things are found by our id or the platform's: no name may be the id of another thing."""
    if OURS.fullmatch(name):
        raise ValueError("must not look like an id that we give")
    return name


CODE = re.compile(r"[A-Za-z0-9]{4,40}")


def _is_code(typed: str) -> str:
    if not CODE.fullmatch(typed):
        raise ValueError("must be letters from A to Z and digits")
    return typed.upper()


Email = names.Address
Phone = names.Phone
Name = Annotated[str, Field(min_length=1, max_length=200)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=5000)]
Url = Annotated[str, Field(min_length=8, max_length=2000, pattern=r"^https?://[^\s]+$")]
Slug = Annotated[str, Field(max_length=50, pattern=r"^[a-z][a-z0-9_]*$")]
"""A word of the platform: a category, a reason."""
ExternalId = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_is_not_ours)]
"""The platform's own name of a thing: sent again, it is the same thing."""
Reference = Annotated[str, Field(min_length=1, max_length=128)]
"""An id of ours, or the platform's own."""
ReferralCode = Annotated[str, Field(min_length=4, max_length=40), AfterValidator(_is_code)]
"""What a customer gives to friends: letters and digits, in whatever case somebody typed them."""
Minor = Annotated[StrictInt, Field(ge=0, le=LARGEST_MINOR)]
"""Minor units: paise."""
Some = Annotated[StrictInt, Field(ge=1, le=LARGEST_MINOR)]
PathReference = Annotated[str, fastapi.Path(min_length=1, max_length=128)]
"""The same in a path."""


class Order(StrEnum):
    ASC = "asc"
    DESC = "desc"


class Sorted(Paged):
    """Base of a list's query with an order, in either spelling: fields are `sort_by`, or have the alias `sort`."""

    spelt_also: ClassVar[Mapping[str, str]] = {
        **Paged.spelt_also,
        "sort_by": "sort",
        "sort_order": "order",
        "sort": "sort_by",
        "order": "sort_order",
    }

    @model_validator(mode="before")
    @classmethod
    def _either_spelling(cls, given: dict[str, Any]) -> dict[str, Any]:
        both = dict(given)
        for one, other in (("sort", "sort_by"), ("order", "sort_order")):
            for name, same in ((one, other), (other, one)):
                if name in given:
                    both.setdefault(same, given[name])
        return both
