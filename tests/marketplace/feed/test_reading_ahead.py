"""A file of history is read beside the database, and by nobody any more once its import has ended."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from backoffice.kernel.house import House
from backoffice.marketplace.feed.importing import READ_AT_ONCE, import_history
from tests.marketplace.feed.making import customer, raw

PATIENCE_SECONDS = 10


class Interrupted(Exception):
    """By whoever is told how far it is."""


async def test_an_import_that_is_given_up_leaves_nobody_who_reads_on_in_its_file(house: House) -> None:
    is_read_on, goes_on = threading.Event(), threading.Event()

    def lines() -> Iterator[bytes]:
        yield raw(customer(1))
        yield from [b"\n"] * (READ_AT_ONCE - 1)
        is_read_on.set()
        goes_on.wait(PATIENCE_SECONDS)
        yield raw(customer(2))

    def interrupt(_: int) -> None:
        assert is_read_on.wait(PATIENCE_SECONDS)
        asyncio.get_running_loop().call_later(0.05, goes_on.set)
        raise Interrupted

    file = lines()
    with pytest.raises(Interrupted):
        await import_history(house, file, skip_refused=False, progress=interrupt)

    file.close()
