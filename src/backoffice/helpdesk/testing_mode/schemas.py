"""What the testing mode page takes and gives: bare JSON, numbers as digits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backoffice.kernel.web import Form, In
from backoffice.kernel.web.paging import Paged

Written = Annotated[str, StringConstraints(max_length=40)]
Label = Annotated[str, StringConstraints(max_length=100)]


class ToggleIn(In):
    """Empty switches over; `is_enabled` says where to."""

    is_enabled: bool | None = None


class MessageIn(In):
    message: str = Field(min_length=1, max_length=4096)


class WhitelistQuery(Paged, default=50, most=500):
    """A page of the whitelist, newest first."""


class NumbersIn(In):
    phone_numbers: list[Written] = Field(min_length=1, max_length=10_000)


class WhitelistIn(NumbersIn):
    label: Label | None = None


class LabelForm(Form):
    label: Label | None = None


@dataclass(frozen=True)
class ConfigOut:
    is_enabled: bool
    static_response_message: str
    whitelist_count: int


@dataclass(frozen=True)
class ListedOut:
    id: int
    phone_number: str
    label: str | None
    added_by: str
    created_at: datetime


class WhitelistPage(TypedDict):
    total: int
    page: int
    page_size: int
    numbers: list[ListedOut]


class AddedOut(TypedDict):
    """Skipped: unreadable, given twice, or already on the list; as they were given."""

    added: int
    skipped: int
    added_numbers: list[str]
    skipped_numbers: list[str]


class RemovedOut(TypedDict):
    """Skipped: unreadable, given twice, or not on the list; as they were given."""

    removed: int
    skipped: int
    removed_numbers: list[str]
    skipped_numbers: list[str]
