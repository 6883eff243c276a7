"""Statements whose filters may be absent: composed once per combination, from fixed fragments, never from input.

An absent filter is absent SQL. Tests prepare every filter alone, all together, and each sort.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

Filter = LiteralString | Mapping[Any, LiteralString]
"""A condition, or one for each value that has one: `{True: "u.merchant_id IS NOT NULL", False: ...}`."""


@dataclass(frozen=True, slots=True)
class Composed:
    """One finished combination, with the text sent to the database."""

    text: str


@dataclass(frozen=True)
class Listing:
    """A statement with a place for filters (`{where}`) and, where it has them, for the order and the cut of a page.

    `sorts` maps a sort key to its ORDER BY list, which ends in the primary key. `always` is a condition of every row.
    """

    row: type
    sql: LiteralString
    filters: Mapping[str, Filter]
    sorts: Mapping[str, LiteralString] = field(default_factory=dict)
    always: LiteralString = ""
    _made: dict[tuple[Any, ...], Composed] = field(default_factory=dict, repr=False)

    def where(
        self,
        present: Mapping[str, object],
        *,
        sort: str | None = None,
        cut: LiteralString = "",
        further: LiteralString = "",
    ) -> Composed:
        """The statement for the filters whose value is not None; `further` is what a walk looks at beyond its least."""
        conditions = tuple(self._conditions(present))
        made = self._made.get((conditions, sort, cut, further))
        if made is None:
            text = self.sql.replace("{where}", "WHERE " + " AND ".join(conditions) if conditions else "")
            text = text.replace("{order}", self.sorts[sort] if sort is not None else "{order}").replace("{cut}", cut)
            text = text.replace("{further}", further)
            made = self._made[(conditions, sort, cut, further)] = Composed(text)
        return made

    def knows(self, present: Mapping[str, object]) -> bool:
        """Whether every filter that is present is one of these."""
        return all(value is None or name in self.filters for name, value in present.items())

    def _conditions(self, present: Mapping[str, object]) -> Iterator[LiteralString]:
        if self.always:
            yield self.always
        for name, condition in self.filters.items():
            value = present.get(name)
            if value is not None:
                chosen = condition if isinstance(condition, str) else condition.get(value)
                if chosen is not None:
                    yield chosen


def search(
    key: LiteralString,
    table: LiteralString,
    *,
    begins: Mapping[LiteralString, LiteralString],
    words: Sequence[LiteralString] = (),
    phones: Mapping[LiteralString, LiteralString] | None = None,
) -> LiteralString:
    """A condition for `%(search)s`: rows of the table, by their `key`, in which any of these columns fits the term.

    Each column is asked through its own index, so all are given as they are indexed. `begins` names, for a column that
    begins with the term, the function that gives the term the column's form; `words` are vectors of words. `phones` are
    E.164 numbers, which begin or end as kernel.phones.sought reads the term, each with the statement that finds the ids
    whose number holds a part of one.
    """
    ways: list[LiteralString] = [
        "{column} ^@ nullif({form}(%(search)s), '')".replace("{column}", column).replace("{form}", form)
        for column, form in begins.items()
    ]
    ways += ["{column} @@ kernel.search_query(%(search)s)".replace("{column}", column) for column in words]
    ways += [way.replace("{column}", column) for column in phones or () for way in PHONE]
    each = "SELECT id FROM {table} WHERE ".replace("{table}", table)
    found = [*(each + way for way in ways), *(phones or {}).values()]
    return key + " IN (" + " UNION ALL ".join(found) + ")"


PHONE: tuple[LiteralString, ...] = (
    "{column} ^@ ('+' || %(begins)s)",
    "{column} ^@ ('+' || %(begins_also)s)",
    "reverse({column}) ^@ reverse(%(ends)s)",
    "reverse({column}) ^@ reverse(%(ends_also)s)",
)
