"""Finding customers by what staff know of them. Few are named one by one; many are walked in the order of the list.

PostgreSQL can't tell beforehand which it will be: of a term that fits one in a million it may walk them all, and of one
that fits a tenth it may fetch and sort them all. So the first thousand are looked for through the indexes alone.
"""

from dataclasses import asdict, dataclass
from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.phones import Sought, sought
from backoffice.marketplace.customer.listing import WAYS

FEW = 1_000
SHORTEST_ADDRESS = 3
FEWEST_FIRST, FEWEST_LAST = 6, 4
"""Digits. Fewer of the beginning (country code included) or of the end of a number fit too many to be meant."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is looked for as words of a name, as the beginning of an e-mail address, and as digits of a phone number.

    What has the sign of an address is no name, unless addresses may not be looked for.
    """

    search: str
    words: str | None
    address: str | None = None
    begins: str | None = None
    begins_also: str | None = None
    ends: str | None = None
    ends_also: str | None = None
    part: str | None = None
    windows: list[str] | None = None


def terms_of(search: str, *, country: str, names_only: bool) -> Terms:
    """What begins with a plus sign is no part of a number but its beginning, which an index of its own finds sooner."""
    if names_only:
        return Terms(search, search)
    found: Sought = sought(search, country=country)
    least = {"begins": FEWEST_FIRST, "begins_also": FEWEST_FIRST, "ends": FEWEST_LAST, "ends_also": FEWEST_LAST}
    known = asdict(found)
    for end in ("begins", "ends"):
        if known[f"{end}_also"] == known[end]:
            known[f"{end}_also"] = None
    digits = {name: part for name, part in known.items() if part and len(part) >= least.get(name, 0)}
    if "begins" in digits and digits["part"].startswith("+"):
        del digits["part"], digits["windows"]
    words, address = None if "@" in search else search, search if len(search) >= SHORTEST_ADDRESS else None
    return Terms(search, words, address, **digits)


def find_ids(db: Db, terms: Terms) -> Query[list[int]]:
    """Whom the terms fit: all, or one more than FEW of them."""
    return db.values(
        int,
        WAYS + " LIMIT kernel.by_one(%(most)s)",
        **asdict(terms),
        most=FEW + 1,
    )


async def narrowed(db: Db, terms: Terms) -> dict[str, Any]:
    """What the list is filtered by: their ids where they are few, else the terms."""
    ids = await find_ids(db, terms)
    return {"ids": sorted(set(ids))} if len(ids) <= FEW else {**asdict(terms), "ids": None}
