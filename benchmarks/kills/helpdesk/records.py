"""What a run was told and what it sent: the harness's own books, against which the database is judged."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

Json = dict[str, Any]


@dataclass
class Books:
    """What customers and staff did, as they saw it. Waits in seconds."""

    accepted: list[str] = field(default_factory=list)
    tries: int = 0
    stories: list[tuple[str, str]] = field(default_factory=list)
    """Customer and ticket code of every story told to its end."""
    stuck: list[str] = field(default_factory=list)
    """Why a story did not go on."""
    resent_by_staff: int = 0
    longest_wait: float = 0.0

    def note(self, message_id: str, *, tries: int, waited: float) -> None:
        self.accepted.append(message_id)
        self.tries += tries
        self.longest_wait = max(self.longest_wait, waited)


class Mailbox:
    """What the stand-in has taken for delivery, read from its record as it grows."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._read_to = 0
        self.sent: list[Json] = []
        self._by_phone: dict[str, list[Json]] = {}

    def of(self, phone: str) -> list[Json]:
        """Everything to this number, oldest first."""
        self._read_on()
        return self._by_phone.get(phone, [])

    def total(self) -> int:
        self._read_on()
        return len(self.sent)

    def tries(self) -> dict[str, int]:
        """How often each of our trackers was sent."""
        self._read_on()
        counted: dict[str, int] = {}
        for one in self.sent:
            counted[one["tracker"]] = counted.get(one["tracker"], 0) + 1
        return counted

    def _read_on(self) -> None:
        if not self._record.exists():
            return
        with self._record.open("rb") as file:
            file.seek(self._read_to)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._read_to += len(whole) + len(newline)
        for line in whole.splitlines():
            one = orjson.loads(line)
            self.sent.append(one)
            self._by_phone.setdefault(one["to"], []).append(one)


def body_of(sent: Json) -> str:
    """The words of a message, whatever its kind."""
    message = sent["message"]
    words = message["interactive"]["body"]["text"] if "interactive" in message else message["text"]["body"]
    return str(words)


def buttons_of(sent: Json) -> dict[str, str]:
    """The buttons under a message, title to id."""
    action = sent["message"].get("interactive", {}).get("action", {})
    return {one["reply"]["title"]: one["reply"]["id"] for one in action.get("buttons", [])}
