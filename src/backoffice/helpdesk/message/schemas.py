"""What staff read of a message, wherever it is shown."""

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import TypedDict


@dataclass(frozen=True)
class QuotedOut:
    """The message that another one answers."""

    id: int
    role: str
    content: str


class EditOut(TypedDict):
    """Words that the customer replaced later."""

    content: str
    replaced_at: datetime


class AudioOut(TypedDict):
    file_url: str
    transcription: str | None


class LanguageOut(TypedDict):
    """Detected in what the customer sent; used in what was answered."""

    detected: str | None
    response: str | None


class ReadOut(TypedDict):
    """`kind` is WhatsApp's own, `error` why it was not delivered, not answered, or why its file is missing; `edits` are
    the words before the present ones, `referral` is the advertisement the customer came from.
    """

    id: int
    role: str
    content: str
    timestamp: datetime
    language: LanguageOut | None
    audio: AudioOut | None
    file_url: str | None
    delivery: str | None
    kind: str
    error: str | None
    file_name: str | None
    quoted: QuotedOut | None
    edits: list[EditOut]
    deleted_at: datetime | None
    forwarded: bool
    referral: dict[str, str] | None
