"""What the search takes and gives."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.web.inputs import QueryString

Match = Literal["exact", "begins", "words", "similar"]
"""How sure a hit is: `similar` forgave a typo."""


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
