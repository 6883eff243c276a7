"""Lists of what a search fits where that may be a million rows, at the list's beginning or far from it.

    GATHERED = gathered(USERS, EACH_WAY, name="users gathered", columns="m.id, m.signup_date", counted=COUNTED)
    MET = walked(USERS, FITS, name="users met", otherwise=GATHERED)

`walked` looks at row after row in the list's order, until the page is full: soon, where many fit. They may stand
together, far from where the list begins; so it gives up after ten thousand rows, for a page further down after twenty
times as many as come before it, and the page is asked of the other list. `gathered` finds all who fit, each way through
its own index, and sorts them. PostgreSQL itself can't tell which is quicker: it may walk a million rows for one, and
fetch a hundred thousand for a page of twenty.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import LiteralString, TypeVar

from backoffice.kernel.database.compose import Listing
from backoffice.kernel.database.pages import Pages

R = TypeVar("R")
WALKED: LiteralString = """(
    SELECT {key} FROM (SELECT * FROM {source} {where} ORDER BY {order} LIMIT 10000{further}) AS {alias}
     WHERE {fits} ORDER BY {order} {cut}) AS page"""
GATHERED: LiteralString = "(SELECT {key} FROM ({fitting}) AS {alias} ORDER BY {order} {cut}) AS page"
FITTING: LiteralString = "SELECT {columns} FROM (SELECT) AS it JOIN {source} ON {fits} {where}"


def walked(pages: Pages[R], fits: LiteralString, *, name: str, otherwise: Pages[R]) -> Pages[R]:
    """The list under its filters but `search`, of rows that fit; no page where ten thousand don't fill it."""
    page = WALKED.replace("{alias}", _alias(pages)).replace("{fits}", fits)
    return replace(_narrowed(pages, name, page), quick=otherwise.quick, otherwise=otherwise)


def gathered(
    pages: Pages[R], ways: Sequence[LiteralString], *, name: str, columns: LiteralString, counted: Listing
) -> Pages[R]:
    """The same, of all that fit in any of these ways; `columns` are the key and what its orders name.

    They come out of the search itself: fetched anew by their keys they would take ten times as long.
    """
    page = GATHERED.replace("{alias}", _alias(pages)).replace("{fitting}", fitting(ways, columns=columns))
    return replace(_narrowed(pages, name, page), quick=(counted,))


def fitting(ways: Sequence[LiteralString], *, columns: LiteralString) -> LiteralString:
    """A statement of what fits in any of these ways, each once; its `{source}` and `{where}` are put in later."""
    return " UNION ".join(FITTING.replace("{columns}", columns).replace("{fits}", way) for way in ways)


def _narrowed(pages: Pages[R], name: str, page: LiteralString) -> Pages[R]:
    filters = {name: condition for name, condition in pages.filters.items() if name != "search"}
    return replace(pages, name=name, filters=filters, sql=pages.sql.replace("{page}", page))


def _alias(pages: Pages[R]) -> LiteralString:
    return pages.key.partition(".")[0]
