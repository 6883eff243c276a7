"""What the outbox's door gives."""

from typing_extensions import TypedDict


class ResentOut(TypedDict):
    message: str
    id: int
    status: str
