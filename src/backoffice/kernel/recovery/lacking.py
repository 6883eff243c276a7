"""After a promotion: whether what left last, by this machine's journal, is in the database that leads now.

A replica that followed without being waited for may lack the last second. What left then would leave once more.
"""

import asyncio
from datetime import datetime

from backoffice.kernel.house import House
from backoffice.kernel.journal.book import Kind, Line
from backoffice.kernel.journal.hold import was_held_since
from backoffice.kernel.journal.standing import SLACK, Found
from backoffice.kernel.recovery.parts import parts


async def lacks(house: House, found: Found) -> bool:
    """False where the server is the one that this machine saw last, or people have been asked about that time since."""
    if found.moved_since is None:
        return False
    lines = await asyncio.to_thread(_left, house, found.moved_since - SLACK)
    async with house.database.read() as db:
        if await was_held_since(db, found.moved_since):
            return False
        for part in parts():
            if await part.list_unknown(db, lines):
                return True
    return False


def _left(house: House, since: datetime) -> list[Line]:
    return [one for one in house.journal.read(since=since) if one["kind"] in (Kind.MONEY, Kind.SENT)]
