"""Statements whose filters may be absent: composed once per combination, from fixed fragments, never from input.

An absent filter is absent SQL. Tests prepare every filter alone, all together, and each sort.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import LiteralString


@dataclass(frozen=True, slots=True)
class Composed:
    """One finished combination, with the text sent to the database."""

    text: str


@dataclass(frozen=True)
class Listing:
    """A statement with a place for filters (`{where}`) and, where it sorts, one for the order (`{order}`).

    `sorts` maps a sort key to its ORDER BY list, which ends in the primary key.
    """

    row: type
    sql: LiteralString
    filters: Mapping[str, LiteralString]
    sorts: Mapping[str, LiteralString] = field(default_factory=dict)
    _made: dict[tuple[frozenset[str], str | None], Composed] = field(default_factory=dict, repr=False)

    def where(self, present: Mapping[str, object], *, sort: str | None = None) -> Composed:
        """The statement for the filters whose value is not None."""
        wanted = frozenset(name for name in self.filters if present.get(name) is not None)
        made = self._made.get((wanted, sort))
        if made is None:
            conditions = [self.filters[name] for name in self.filters if name in wanted]
            where = "WHERE " + " AND ".join(conditions) if conditions else ""
            text = self.sql.replace("{where}", where)
            if sort is not None:
                text = text.replace("{order}", self.sorts[sort])
            made = self._made[(wanted, sort)] = Composed(text)
        return made
