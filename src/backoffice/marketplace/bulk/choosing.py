"""Which rows a selection names: those of its ids, or all that its list shows under the same filter."""

from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from backoffice.kernel.actor import Actor
from backoffice.kernel.bulk import Selection
from backoffice.kernel.bulk.rules import MOST_ROWS
from backoffice.kernel.database import Db
from backoffice.marketplace.bulk import rules
from backoffice.marketplace.bulk.schemas import BookingsFilter, DisputesFilter, ReviewsFilter, UsersFilter
from backoffice.marketplace.customer.listing import USERS
from backoffice.marketplace.customer.searching import narrowed, terms_of
from backoffice.marketplace.dispute.listing import DISPUTES
from backoffice.marketplace.handling.listing import BOOKINGS, GATHERED
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.review.listing import REVIEWS
from backoffice.settings import Settings

HIDDEN = "(not shown)"
"""Stands for what was searched for, which may be somebody's name or address."""


class Selected(Protocol):
    """The body of a bulk act."""

    @property
    def expected_count(self) -> int | None: ...
    @property
    def ids(self) -> list[Any] | None: ...
    @property
    def filter(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Chooser:
    """Who chooses, in which house."""

    actor: Actor
    settings: Settings


class Find(Protocol):
    """The ids that a filter chooses, at most one more than a bulk act may have."""

    async def __call__(self, db: Db, chosen: Any, *, by: Chooser) -> list[Any]: ...


async def choose(db: Db, body: Selected, *, find: Find, by: Chooser) -> Selection:
    """SelectionUnclear."""
    if (body.ids is None) == (body.filter is None):
        raise rules.SelectionUnclear
    if body.ids is not None:
        return Selection([str(one) for one in body.ids], body.expected_count, {"selected_by": "ids"})
    found = await find(db, body.filter, by=by)
    said = {"selected_by": "filter", "filters": _shown(body.filter)}
    return Selection([str(one) for one in found], body.expected_count, said)


def _shown(chosen: BaseModel) -> dict[str, Any]:
    filters = chosen.model_dump(mode="json", exclude_none=True)
    return {**filters, "search": HIDDEN} if "search" in filters else filters


def _fields_of(chosen: BaseModel) -> dict[str, Any]:
    return {name: getattr(chosen, name) for name in type(chosen).model_fields}


async def find_users(db: Db, chosen: UsersFilter, *, by: Chooser) -> list[int]:
    """As the list of customers finds them: without users:view_pii addresses and numbers are not searched."""
    shown = _fields_of(chosen)
    if chosen.search:
        names_only = not by.actor.can(Market.USERS_VIEW_PII)
        terms = terms_of(chosen.search, country=by.settings.default_country, names_only=names_only)
        shown |= {"search": None, **await narrowed(db, terms)}
    return await USERS.keys(db, shown, limit=MOST_ROWS + 1)


async def find_disputes(db: Db, chosen: DisputesFilter, *, by: Chooser) -> list[int]:
    shown = {**_fields_of(chosen), "own": by.actor.id if chosen.mine else None}
    return await DISPUTES.keys(db, shown, limit=MOST_ROWS + 1)


async def find_reviews(db: Db, chosen: ReviewsFilter, *, by: Chooser) -> list[int]:
    return await REVIEWS.keys(db, _fields_of(chosen), limit=MOST_ROWS + 1)


async def find_bookings(db: Db, chosen: BookingsFilter, *, by: Chooser) -> list[str]:
    pages = GATHERED if chosen.search else BOOKINGS
    return await pages.keys(db, _fields_of(chosen), limit=MOST_ROWS + 1)
