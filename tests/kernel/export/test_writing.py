"""An export from the database to its file: of one moment, counted and hashed; nothing is left of one that fails."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from backoffice.kernel.database import Db, Query
from backoffice.kernel.export import Export, Format, Wanted, write_out
from backoffice.kernel.house import House
from backoffice.kernel.task import Made, Status, Working, carry_out
from tests.kernel.task.conftest import Tasks


@dataclass(frozen=True, slots=True)
class NumberRow:
    number: int


def count_numbers(db: Db, most: int) -> Query[int]:
    return db.value(int, "SELECT %(most)s::bigint", most=most)


def stream_numbers(db: Db, most: int) -> AsyncGenerator[NumberRow, None]:
    return db.stream(NumberRow, "SELECT generate_series(1, %(most)s)", most=most)


def numbers(most: int) -> Export[NumberRow]:
    return Export(
        "numbers",
        ["number"],
        count=partial(count_numbers, most=most),
        rows=partial(stream_numbers, most=most),
        cells=lambda row: [row.number],
    )


@pytest.fixture
def tasks(house: House) -> Tasks:
    return Tasks(house)


@pytest.mark.parametrize("form", Format)
async def test_the_file_of_an_export_has_every_row_and_the_task_knows_how_many(tasks: Tasks, form: Format) -> None:
    task_id = await tasks.new()

    await carry_out(tasks.run(), task_id, work=lambda working: write_out(working, numbers(2_500), wanted=Wanted(form)))

    task = await tasks.find(task_id)
    kept = await tasks.house.files.fetch(task.file_id or "")
    assert (task.status, task.rows_processed, task.total_rows) == (Status.SUCCEEDED, 2_500, 2_500)
    assert (task.file_sha256, task.file_bytes) == (hashlib.sha256(kept.content).digest(), len(kept.content))
    assert (task.file_name or "").endswith(f".{form.ending}")
    assert kept.content_type == form.content_type
    if form is Format.CSV:
        assert kept.content.split() == [b"number", *(str(number).encode() for number in range(1, 2_501))]


async def test_no_connection_is_held_while_the_file_is_kept(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    free: list[bool] = []
    keep = Working.keep

    async def looked_at(working: Working, *content: Any, **about: Any) -> Made:
        stats = working.run.house.database.pool.get_stats()
        free.append(stats["pool_available"] == stats["pool_size"])
        return await keep(working, *content, **about)

    monkeypatch.setattr(Working, "keep", looked_at)
    await carry_out(
        tasks.run(),
        await tasks.new(),
        work=lambda working: write_out(working, numbers(10), wanted=Wanted(Format.CSV)),
    )

    assert free == [True]


async def test_an_export_that_is_cancelled_leaves_neither_file_nor_connection(tasks: Tasks) -> None:
    task_id = await tasks.new()
    without_end = numbers(10**12)
    running = asyncio.create_task(
        carry_out(
            tasks.run(), task_id, work=lambda working: write_out(working, without_end, wanted=Wanted(Format.XLSX))
        )
    )
    while not (await tasks.find(task_id)).rows_processed:
        await asyncio.wait({running}, timeout=0.05)

    await tasks.cancel(task_id)
    async with asyncio.timeout(30):
        await running

    async with asyncio.timeout(30):  # a pool that grows counts a connection before it is there
        while (stats := tasks.house.database.pool.get_stats())["pool_available"] != stats["pool_size"]:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    assert tasks.files() == []
    assert (await tasks.find(task_id)).status is Status.CANCELLED
