"""An object store that answers, refuses, breaks or is silent: over HTTP on loopback, by the real client."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta

import pytest
from obstore.exceptions import GenericError

from backoffice.kernel import breaker
from backoffice.kernel.files.storage import FileNotThere, FilesUnavailable, Patience, Storage
from tests.kernel.outside import Bucket, bucket_running

MOMENT = timedelta(seconds=0.2)
HURRY = Patience(connect=MOMENT, request=MOMENT, file=2 * MOMENT)
Reached = Callable[[int | None], tuple[Bucket, Storage]]


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reached]:
    """`reached(status)`: a bucket that answers so, and the storage that uses it."""
    with ExitStack() as running:

        def reach(status: int | None) -> tuple[Bucket, Storage]:
            bucket = running.enter_context(bucket_running(status))
            for name, value in bucket.environment().items():
                monkeypatch.setenv(name, value)
            return bucket, Storage("s3://papers/inbox", patience=Patience() if status else HURRY)

        yield reach


async def test_a_file_in_a_bucket_comes_back_as_it_was(reached: Reached) -> None:
    bucket, storage = reached(200)

    name = await storage.keep(b"paper", "image/png")

    assert (await storage.fetch(name)).content == b"paper"
    assert list(bucket.kept.values()) == [b"paper"]
    with pytest.raises(FileNotThere):
        await storage.fetch(f"{'0' * 32}.image~png")


@pytest.mark.parametrize("status", [500, 503, 403, 401])
async def test_a_bucket_that_does_not_serve_is_unavailable_and_then_left_alone(reached: Reached, status: int) -> None:
    bucket, storage = reached(status)

    for _ in range(breaker.FAILURES):
        with pytest.raises(FilesUnavailable):
            await storage.keep(b"paper", "image/png")
    asked = bucket.asked
    with pytest.raises(FilesUnavailable):
        await storage.fetch(f"{'0' * 32}.image~png")

    assert breaker.FAILURES <= asked <= 2 * breaker.FAILURES
    assert bucket.asked == asked
    assert storage.breaker.away


async def test_a_bucket_that_is_silent_is_not_waited_for(reached: Reached) -> None:
    _, storage = reached(None)

    for _ in range(breaker.FAILURES):
        with pytest.raises(FilesUnavailable):
            await storage.keep(b"paper", "image/png")

    assert storage.breaker.away


async def test_a_bucket_that_is_not_there_loses_no_upload_in_silence(reached: Reached) -> None:
    _, storage = reached(404)

    with pytest.raises(FilesUnavailable):
        await storage.keep(b"paper", "image/png")


async def test_files_that_are_not_there_leave_the_others_reachable(reached: Reached) -> None:
    _, storage = reached(200)
    name = await storage.keep(b"paper", "image/png")

    for _ in range(2 * breaker.FAILURES):
        with pytest.raises(FileNotThere):
            await storage.fetch(f"{'0' * 32}.image~png")

    assert (await storage.fetch(name)).content == b"paper"


async def test_a_store_that_is_back_is_used_again(reached: Reached) -> None:
    bucket, storage = reached(500)
    storage.breaker = breaker.Breaker("file storage", GenericError, rest_seconds=0.01)
    for _ in range(breaker.FAILURES):
        with pytest.raises(FilesUnavailable):
            await storage.keep(b"paper", "image/png")

    bucket.status = 200
    async with asyncio.timeout(60):
        while storage.breaker.away:
            with suppress(FilesUnavailable):
                await storage.keep(b"paper", "image/png")

    assert (await storage.fetch(await storage.keep(b"paper", "image/png"))).content == b"paper"
