"""One search over everything a person may see: ids, references, addresses, numbers and names, the surest hits first.

    asked = Asked.of("asha roa", country="IN")
    hits = await surest(store.find_customers(db, asked), store.find_bookings(db, asked))

A product's store finds each kind of thing by statements of its own, whose ways each have an index and a limit: a broad
one costs no more than a narrow one. All are asked in one round trip.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import Any
from uuid import UUID

from backoffice.kernel.database import Query, together
from backoffice.kernel.phones import sought

SHOWN = 20
LARGEST_NUMBER = 2**63 - 1


class Sure(IntEnum):
    """How sure a hit is; statements name these numbers."""

    EXACT = 0
    BEGINS = 1
    WORDS = 2
    SIMILAR = 3


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    id: str
    title: str
    detail: str | None
    sure: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A term as statements ask for it. Absent parts find nothing."""

    term: str
    number: int | None
    uuid: UUID | None
    phone_begins: str | None
    phone_ends: str | None

    @classmethod
    def of(cls, term: str, *, country: str) -> "Asked":
        is_number = term.isascii() and term.isdigit() and int(term) <= LARGEST_NUMBER
        phone = sought(term, country=country)
        return cls(term, int(term) if is_number else None, uuid_of(term), phone.begins, phone.ends)

    @property
    def params(self) -> dict[str, Any]:
        return {
            "term": self.term,
            "number": self.number,
            "phone_begins": self.phone_begins,
            "phone_ends": self.phone_ends,
            "shown": SHOWN,
        }


def uuid_of(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None


async def surest(*queries: Query[list[Hit]]) -> list[Hit]:
    """The hits of all kinds in one round trip, the surest first, of one kind in the order they were found."""
    found = await together(*queries)
    return sorted(chain.from_iterable(found), key=lambda hit: hit.sure)[:SHOWN]
