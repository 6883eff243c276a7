"""What the conversation's doors take and give."""

from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web import In


class ReplyIn(In):
    """`template` sends the configured template with the message as its variable, at any time."""

    message: str = Field(min_length=1, max_length=4096)
    template: bool = False


class ReplyOut(TypedDict):
    id: int
    outbound_id: int
    message: str
    sent_by: str
    delivery: str
    created_at: datetime


class RepliedOut(TypedDict):
    message: str
    reply: ReplyOut


class ResentOut(TypedDict):
    message: str
    id: int
    status: str
