"""The families of refusals. A capability subclasses one in its rules.py and says its sentence as the class docstring.

    class TicketNotFound(NotFound):
        \"""Ticket with ID {ticket_id} not found\"""
        ticket_id: int

    raise TicketNotFound(ticket_id=7)

Annotated fields are the facts; they fill the braces. docs/routes.md names it by its class. Nothing
here knows a status number: kernel/web/refusals.py does.
"""

import re
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, dataclass_transform

CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Refusal(Exception):
    """The request can't be carried out."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if taken := {"facts", "sentence"} & cls.__annotations__.keys():
            raise TypeError(f"{cls.__name__}: a fact can't be called {' or '.join(taken)}, which every refusal has")
        dataclass(kw_only=True, eq=False, repr=False)(cls)

    def __post_init__(self) -> None:
        Exception.__init__(self, self.sentence)

    @property
    def facts(self) -> dict[str, Any]:
        return {fact.name: getattr(self, fact.name) for fact in fields(self)}  # type: ignore[arg-type]

    @property
    def sentence(self) -> str:
        """The docstring with its facts filled in: what people read."""
        return " ".join((self.__doc__ or "").split()).format(**self.facts)


def code_of(refusal: Refusal) -> str:
    """Its class in capitals: TooManyRows is TOO_MANY_ROWS."""
    return CAPITAL.sub("_", type(refusal).__name__).upper()


class Invalid(Refusal):
    """The request is not valid."""


class Unauthenticated(Refusal):
    """Invalid or expired token"""


class Forbidden(Refusal):
    """You are not allowed to do this."""


class NotFound(Refusal):
    """Not found"""


class Conflict(Refusal):
    """The request conflicts with the present state."""


class Unavailable(Refusal):
    """Temporarily unavailable. Please try again."""

    retry_after_seconds: ClassVar[int] = 2


class TooManyRequests(Refusal):
    """Too many requests. Please try again in {retry_after_seconds} seconds."""

    retry_after_seconds: int


class MethodNotAllowed(Refusal):
    """Method Not Allowed"""

    allowed: tuple[str, ...]


class TooLarge(Refusal):
    """The request body is larger than {limit_bytes} bytes."""

    limit_bytes: int


class TooSlow(Refusal):
    """The request body did not arrive in time."""


class UnsupportedMedia(Refusal):
    """The request body must be {expected}."""

    expected: str


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field of the input."""

    field: str
    message: str


class BadInput(Invalid):
    """{summary}"""

    summary: str
    problems: tuple[Problem, ...] = ()
