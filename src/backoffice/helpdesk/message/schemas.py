"""What staff read of a message beside its words."""

from datetime import datetime

from typing_extensions import TypedDict


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
