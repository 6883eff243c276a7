"""A product's part in a restore: what of it the journal has to know, and what must be true of it afterwards.

    recovery=Later("backoffice.desk.restored:PART")

The kernel's own part is in kernel/recovery. Everything here may be done again and changes nothing then.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from backoffice.kernel.database.query import Db, Query

if TYPE_CHECKING:
    from backoffice.kernel.house import House
    from backoffice.kernel.journal.book import Line

Settle: TypeAlias = "Callable[[House, Sequence[Line]], Awaitable[list[str]]]"
"""Makes true what must be true, by the journal's lines since the moment. What people have to look at, in sentences."""
Compare: TypeAlias = "Callable[[House], Awaitable[list[str]]]"
"""Asks whoever moves our money what they know, takes their word where ours was unknown, and says what differs."""


def _nothing(db: Db, since: datetime) -> Query[list[str]]:
    return db.values(str, "SELECT NULL::text WHERE false")


def _all_known(db: Db, lines: Sequence[object]) -> Query[list[str]]:
    return db.values(str, "SELECT NULL::text WHERE false")


async def _settled(house: "House", lines: "Sequence[Line]") -> list[str]:
    return []


async def _agrees(house: "House") -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Part:
    """`erasing` are the audit acts by which somebody is forgotten; `list_received` the names of what we acknowledged

    since then and whose sender won't send it again. `list_unknown` are those of what left, by the journal's lines, that
    this database has never heard of.
    """

    settle: Settle = _settled
    compare: Compare = _agrees
    erasing: frozenset[str] = field(default_factory=frozenset)
    list_unknown: "Callable[[Db, Sequence[Line]], Query[list[str]]]" = _all_known
    list_received: Callable[[Db, datetime], Query[list[str]]] = _nothing
