"""What a responder is: it is asked with a customer's words and gives the answer to send. Nothing here answers.

Implementations: model.py (an OpenAI-compatible server) and offline.py (the knowledge base alone).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.database import Db


class ResponderFailed(Exception):
    """No usable answer came in time. What to tell the customer instead is the caller's to decide."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation so far; `author` is user, assistant or agent."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The customer's words, what was said before them (oldest first), and the language they were written in."""

    question: str
    history: Sequence[Turn] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `text` still carries the marker when `raises_ticket`; `confidence` is 0 to 1.

    `flow` is how it was made: knowledge, escalation, small_talk or model. `successful`: it answers the question.
    """

    text: str
    raises_ticket: bool
    category: Category
    intent: str
    confidence: float
    flow: str
    input_tokens: int
    output_tokens: int
    successful: bool


class Responder(Protocol):
    async def reply_at_once(self, db: Db, asked: Asked) -> Reply | None:
        """The answer to send, from the database alone: inside a write, too. None from who has to ask elsewhere."""
        ...

    async def reply(self, asked: Asked) -> Reply:
        """The answer to send, or ResponderFailed. Never called inside a transaction."""
        ...
