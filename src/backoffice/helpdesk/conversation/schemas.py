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


class QuotedOut(TypedDict):
    """The message that another one answers."""

    id: int
    role: str
    content: str


class EditOut(TypedDict):
    """Words that the customer replaced later."""

    content: str
    replaced_at: datetime


class MoreOut(TypedDict):
    """What a message is beside its words.

    `kind` is WhatsApp's own, `error` why it was not delivered, not answered, or why its file is missing; `edits` are
    the words before the present ones, `referral` is the advertisement the customer came from.
    """

    kind: str
    error: str | None
    file_name: str | None
    quoted: QuotedOut | None
    edits: list[EditOut]
    deleted_at: datetime | None
    forwarded: bool
    referral: dict[str, str] | None
