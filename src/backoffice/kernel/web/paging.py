"""Pages of lists: `limit` and `offset`, or `page` (from 1) and `page_size`, whichever a client sends.

A size above the maximum is clamped to it; zero or less is refused.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, model_validator

from backoffice.kernel.web.inputs import QueryString

LARGEST_OFFSET = 10_000_000


class Paged(QueryString):
    """Base of a list's query. A list names its own sizes: `class TicketsQuery(Paged, default=50, most=500)`."""

    most: ClassVar[int] = 100
    default: ClassVar[int] = 20
    spelt_also: ClassVar[Mapping[str, str]] = {"limit": "page_size"}

    limit: int = Field(20, ge=1, description="Rows per page; more than 100 count as 100")
    offset: int = Field(0, ge=0, le=LARGEST_OFFSET, description="Rows to skip")
    page: int | None = Field(None, ge=1, le=LARGEST_OFFSET, description="Page from 1, instead of offset")
    page_size: int | None = Field(None, ge=1, description="Instead of limit")

    def __init_subclass__(cls, *, default: int = 20, most: int = 100, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.default, cls.most = default, most
        cls.__annotations__["limit"] = int
        cls.limit = Field(default, ge=1, description=f"Rows per page; more than {most} count as {most}")

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
