"""Writing an export out, from a cursor to a file on the disk and from there to where files are kept."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.export.formats import Cells, Format, Writer, writer_of
from backoffice.kernel.task import Made, Working

R = TypeVar("R")
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Export(Generic[R]):
    """What is exported: its file's name, the columns, how many rows there are, their cursor, and the cells of a row."""

    name: str
    columns: Sequence[str]
    count: Callable[[Db], Query[int]]
    rows: Callable[[Db], AsyncGenerator[R, None]]
    cells: Callable[[R], Cells]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How somebody wants it. `with_mark` is for Excel, which reads a CSV as UTF-8 only when its mark says so."""

    format: Format
    with_mark: bool = False


async def write_out(working: Working, export: Export[Any], *, wanted: Wanted) -> Made:
    """The whole of it as the task's file. A worker that dies meanwhile leaves nothing: its file has no name.

    Rows are those of one moment. They are written in a thread, since Excel's take long.
    """
    loop, folder = asyncio.get_running_loop(), working.run.house.settings.data_folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as sink:
        with ThreadPoolExecutor(1, "export") as thread:
            begin = partial(writer_of, wanted.format, sink, columns=export.columns, with_mark=wanted.with_mark)
            writer: Writer = await loop.run_in_executor(thread, begin)
            try:
                async with aclosing(_batches(working, export)) as batches:
                    async for rows in batches:
                        await loop.run_in_executor(thread, writer.write, map(export.cells, rows))
                        working.rows += len(rows)
                await loop.run_in_executor(thread, writer.end)
            except BaseException:
                await loop.run_in_executor(thread, writer.abandon)
                raise
        return await working.keep(sink, name=_name_of(export, wanted), content_type=wanted.format.content_type)


async def _batches(working: Working, export: Export[R]) -> AsyncGenerator[list[R], None]:
    async with working.run.read() as db, db.connection.transaction():
        await db.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        working.total = await export.count(db)
        async with aclosing(export.rows(db)) as stream:
            batch: list[R] = []
            async for row in stream:
                batch.append(row)
                if len(batch) == ROWS_AT_ONCE:
                    yield batch
                    batch = []
            if batch:
                yield batch


def _name_of(export: Export[Any], wanted: Wanted) -> str:
    return f"{export.name}-{datetime.now(UTC):%Y-%m-%d}.{wanted.format.ending}"
