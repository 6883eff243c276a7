"""The port of payout rails: one transfer out, and whether it came back. Rails are called outside any transaction."""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol


class RailUnavailable(Exception):
    """The rail does not answer; the same transfer may be handed to it again under the same key."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where money goes. The numbers show in no representation of it."""

    account_number: str = field(repr=False)
    routing_number: str = field(repr=False)
    holder_name: str
    account_type: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """`key` names the transfer for ever: handed over twice, it moves money once."""

    key: str
    amount_minor: int
    currency: str
    destination: Destination
    trace_number: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The rail took the transfer and means to have settled it by that day."""

    reference: str
    settles_on: date


class Rail(Protocol):
    name: str

    async def send(self, transfer: Transfer) -> Accepted:
        """Hand a transfer over; the same key gets the first answer again. RailUnavailable when nobody answers."""

    async def find_return(self, reference: str) -> str | None:
        """The code under which the transfer came back; None while it stands."""
