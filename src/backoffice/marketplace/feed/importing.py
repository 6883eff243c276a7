"""Bringing history in from a file of JSON lines, each with its `kind`: all of it, or none.

One transaction for the file: whoever reads meanwhile sees nothing, and a refused line leaves nothing half-written.
The order of lines does not matter, and a file that is brought again changes nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from itertools import islice

from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.importing import Report
from backoffice.marketplace.feed.actions import Feed
from backoffice.marketplace.feed.reading import Line, read_lines

READ_AT_ONCE = 5_000
Read = tuple[int, list[Line]]
"""How many bytes were read, and the lines in them."""


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
        async with (
            aclosing(_read_ahead(enumerate(lines, 1), report)) as reading,
            house.database.write(system("marketplace", "import")) as tx,
        ):
            feed = Feed(tx, report)
            async for size, told in reading:
                await feed.stage(told)
                read += size
                progress(read // 2)
            await feed.bring(lambda part: progress(read // 2 + int((read - read // 2) * part)))
            if report.refused and not skip_refused:
                raise NothingImported
    except NothingImported:
        report.imported = report.known = 0
    return report


async def _read_ahead(numbered: Iterator[tuple[int, bytes]], report: Report) -> AsyncGenerator[Read, None]:
    """Lines as they are read; beside whoever takes them the next ones are read.

    Whoever gives up closes it: from then on nobody reads in their file.
    """

    def read() -> Read:
        batch = list(islice(numbered, READ_AT_ONCE))
        return sum(len(raw) for _, raw in batch), list(read_lines(batch, report))

    size, told = await asyncio.to_thread(read)
    while size:
        reading = asyncio.create_task(asyncio.to_thread(read))
        try:
            yield size, told
        finally:
            size, told = await reading
