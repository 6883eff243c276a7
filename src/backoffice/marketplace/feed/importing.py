"""Bringing history in from a file of JSON lines, each with its `kind`: all of it, or none.

One transaction for the file: whoever reads meanwhile sees nothing, and a refused line leaves nothing half-written.
The order of lines does not matter, and a file that is brought again changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import islice

from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.importing import Report
from backoffice.marketplace.feed.actions import Feed
from backoffice.marketplace.feed.reading import Line, read_lines

READ_AT_ONCE = 5_000


class NothingImported(Exception):
    """Undoes the transaction of a file with refused lines."""


async def import_history(
    house: House, lines: Iterable[bytes], *, skip_refused: bool, progress: Callable[[int], None]
) -> Report:
    """The history in a file. With a refused line nothing is imported, unless those are to be skipped.

    `progress` is told how many bytes are done: half of each when it was read, the other half when it came in.
    """
    report, read = Report(), 0
    try:
        async with house.database.write(system("marketplace", "import")) as tx:
            feed = Feed(tx, report)
            async for size, told in _read_ahead(enumerate(lines, 1), report):
                await feed.stage(told)
                read += size
                progress(read // 2)
            await feed.bring(lambda part: progress(read // 2 + int((read - read // 2) * part)))
            if report.refused and not skip_refused:
                raise NothingImported
    except NothingImported:
        report.imported = report.known = 0
    return report


async def _read_ahead(numbered: Iterator[tuple[int, bytes]], report: Report) -> AsyncIterator[tuple[int, list[Line]]]:
    """Lines as they are read, with how many bytes they were; beside whoever takes them the next ones are read."""

    def read() -> tuple[int, list[Line]]:
        batch = list(islice(numbered, READ_AT_ONCE))
        return sum(len(raw) for _, raw in batch), list(read_lines(batch, report))

    size, told = await asyncio.to_thread(read)
    while size:
        reading = asyncio.create_task(asyncio.to_thread(read))
        try:
            yield size, told
        finally:
            size, told = await reading
