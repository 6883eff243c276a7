"""Pages of lists: `limit` and `offset`, or `page` (from 1) and `page_size`, whichever a client sends.

A size above the maximum is clamped to it; zero or less is refused.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, overload

from pydantic import Field, model_validator

from backoffice.kernel import database
from backoffice.kernel.database import Totals, together
from backoffice.kernel.web.call import Call
from backoffice.kernel.web.inputs import QueryString

LARGEST_OFFSET = 10_000_000
A = TypeVar("A")
B = TypeVar("B")


class Paged(QueryString):
    """Base of a list's query. A list names its own sizes: `class TicketsQuery(Paged, default=50, most=500)`."""

    most: ClassVar[int] = 100
    default: ClassVar[int] = 20

    limit: int = Field(0, ge=1, description="Rows per page; more than the maximum counts as the maximum")
    offset: int = Field(0, ge=0, le=LARGEST_OFFSET, description="Rows to skip")
    page: int | None = Field(None, ge=1, le=LARGEST_OFFSET, description="Page from 1, instead of offset")
    page_size: int | None = Field(None, ge=1, description="Instead of limit")

    def __init_subclass__(cls, *, default: int = 20, most: int = 100, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.default = default
        cls.most = most

    @model_validator(mode="before")
    @classmethod
    def _default_size(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {"limit": given.get("page_size", cls.default), **given}

    @property
    def size(self) -> int:
        """Rows on this page, never more than the maximum."""
        return min(self.limit, self.most)

    @property
    def start(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.size if self.page else self.offset

    @property
    def sort(self) -> str:
        """The name of the order; a list with only one has no name for it."""
        return ""

    @property
    def number(self) -> int:
        """Which page this is, from 1."""
        return self.start // self.size + 1


@overload
async def with_total(
    first: database.Query[A], /, *, of: Totals, shown: Mapping[str, Any], call: Call
) -> tuple[A, int]: ...
@overload
async def with_total(
    first: database.Query[A], second: database.Query[B], /, *, of: Totals, shown: Mapping[str, Any], call: Call
) -> tuple[A, B, int]: ...
async def with_total(
    *queries: database.Query[Any], of: Totals, shown: Mapping[str, Any], call: Call
) -> tuple[Any, ...]:
    """What the queries find and the list's total: in one round trip where kept sums know it.

    A total that must be counted may lag a minute, but never for whoever just wrote.
    """
    db = queries[0].db
    if of.are_kept(shown):
        return await together(*queries, of.kept(db, shown))
    found = await together(*queries)
    fresh = await call.house.cache.just_wrote(call.caller.id)
    return (*found, await call.house.cache.total(of.key(shown), lambda: of.counted(db, shown), fresh=fresh))
