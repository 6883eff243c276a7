"""One search over everything a person may see: ids, references, addresses, numbers and names, the surest hits first.

    asked = Asked.of(query.q, country="IN")
    answer = await surest(store.find_customers(db, asked), store.find_bookings(db, asked))

A product's store finds each kind of thing by statements of its own, whose ways each have an index and a limit: a broad
one costs no more than a narrow one. All are asked in one round trip.
"""

from dataclasses import asdict, dataclass
from enum import IntEnum
from itertools import chain
from typing import Annotated, Any, Literal, LiteralString
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.database import Query, together
from backoffice.kernel.phones import Sought, find_number, sought
from backoffice.kernel.web.inputs import QueryString

SHOWN = 20
LARGEST_NUMBER = 2**63 - 1
Match = Literal["exact", "begins", "words", "similar"]
"""How sure a hit is: `begins` stands for parts of phone numbers, too, and `similar` forgave a typo."""


class Sure(IntEnum):
    """How sure a hit is; statements name these numbers."""

    EXACT = 0
    BEGINS = 1
    WORDS = 2
    SIMILAR = 3


MATCH: dict[Sure, Match] = {Sure.EXACT: "exact", Sure.BEGINS: "begins", Sure.WORDS: "words", Sure.SIMILAR: "similar"}


class SearchQuery(QueryString):
    q: Annotated[str, Field(min_length=2, max_length=254)]


class HitOut(TypedDict):
    type: str
    id: str
    title: str
    detail: str | None
    match: Match


class SearchOut(TypedDict):
    items: list[HitOut]
    total: int


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    id: str
    title: str
    detail: str | None
    sure: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A term as statements ask for it. Absent parts find nothing; `phone` is a whole number with its country code."""

    term: str
    number: int | None
    uuid: UUID | None
    phone: str | None
    digits: Sought

    @classmethod
    def of(cls, term: str, *, country: str) -> "Asked":
        is_number = term.isascii() and term.isdigit() and int(term) <= LARGEST_NUMBER
        phone, digits = find_number(term, country=country), sought(term, country=country)
        return cls(term, int(term) if is_number else None, uuid_of(term), phone, digits)

    @property
    def params(self) -> dict[str, Any]:
        return {"term": self.term, "number": self.number, "shown": SHOWN}

    @property
    def phone_params(self) -> dict[str, Any]:
        """What `by_phone` asks for."""
        return {"phone": self.phone, **asdict(self.digits)}


def uuid_of(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None


def by_phone(table: LiteralString, *, where: LiteralString = "true") -> LiteralString:
    """Ways to the rows of a table by their E.164 number `phone`: whole, as it begins, as it ends."""
    ways: LiteralString = """
                (SELECT id, 0 AS sure FROM {table} WHERE phone = %(phone)s::text AND {where} LIMIT %(shown)s)
                UNION ALL
                (SELECT id, 1 FROM {table} WHERE phone ^@ ('+' || %(begins)s::text) AND {where} LIMIT %(shown)s)
                UNION ALL
                (SELECT id, 1 FROM {table} WHERE phone ^@ ('+' || %(begins_also)s::text) AND {where} LIMIT %(shown)s)
                UNION ALL
                (SELECT id, 1 FROM {table}
                  WHERE reverse(phone) ^@ reverse(%(ends)s::text) AND {where} LIMIT %(shown)s)
                UNION ALL
                (SELECT id, 1 FROM {table}
                  WHERE reverse(phone) ^@ reverse(%(ends_also)s::text) AND {where} LIMIT %(shown)s)
    """
    return ways.replace("{table}", table).replace("{where}", where)


async def surest(*queries: Query[list[Hit]]) -> SearchOut:
    """The hits of all kinds in one round trip, the surest first, of one kind in the order they were found."""
    found = await together(*queries) if queries else []
    hits = sorted(chain.from_iterable(found), key=lambda hit: hit.sure)[:SHOWN]
    return {"items": [_hit_out(one) for one in hits], "total": len(hits)}


def _hit_out(hit: Hit) -> HitOut:
    return {"type": hit.kind, "id": hit.id, "title": hit.title, "detail": hit.detail, "match": MATCH[Sure(hit.sure)]}
