"""What the broadcast page takes and gives: bare JSON, numbers as digits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backoffice.helpdesk.broadcast.rules import Status
from backoffice.kernel.web import Form, In
from backoffice.kernel.web.paging import Paged

Message = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class BroadcastIn(In):
    message: Message
    phone_numbers: list[Annotated[str, StringConstraints(max_length=40)]] = Field(min_length=1, max_length=10_000)


class MessageForm(Form):
    message: Message


class BroadcastsQuery(Paged, default=20, most=100):
    """A page of broadcasts, newest first."""


@dataclass(frozen=True)
class BroadcastOut:
    """`sent_success` and `sent_failed` follow delivery; `error_log` says each reason with how often it came up."""

    id: int
    message_content: str
    status: Status
    total_recipients: int
    sent_success: int
    sent_failed: int
    created_by: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    error_log: list[str]


@dataclass(frozen=True)
class FailureOut:
    phone_number: str
    error: str


@dataclass(frozen=True)
class BroadcastDetailOut(BroadcastOut):
    failed_recipients: list[FailureOut]


class BroadcastsPage(TypedDict):
    total: int
    page: int
    page_size: int
    jobs: list[BroadcastOut]
