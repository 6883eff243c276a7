"""Files for the bank in an object store: what one machine writes the others see, and nobody rejects it on its way."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.kernel.files import shelf
from backoffice.kernel.files.storage import FilesUnavailable
from backoffice.kernel.house import House
from backoffice.shield.clearing.actions import FileLeaving, reject_file
from backoffice.shield.clearing.folder import FileChanged
from backoffice.shield.clearing.writing import UnknownFile, fetch_file
from tests.kernel.outside import Bucket, bucket_running
from tests.shield.clearing.test_clearing import first_name
from tests.shield.making import Given
from tests.shield.paying import Approved, all_files

URL = "s3://papers"
STATUS = "SELECT status FROM shield.payout_attempt"
FORGET_LEAVING = "UPDATE shield.nacha_file SET leaving_until = now() - interval '1 s' RETURNING id"
Machines = tuple[House, House]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with bucket_running() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        shelf._storage.cache_clear()
        yield running
        shelf._storage.cache_clear()


@pytest.fixture
def machines(by_file: House, bucket: Bucket, tmp_path: Path) -> Machines:
    """Two that share the bucket and nothing else."""
    one, other = (
        by_file.settings.model_copy(update={"files_url": URL, "data_folder": tmp_path / name}) for name in "ab"
    )
    return dataclasses.replace(by_file, settings=one), dataclasses.replace(by_file, settings=other)


async def die_on_the_way(house: House, bucket: Bucket) -> None:
    """A run that could not reach the store any more."""
    bucket.status = 503
    with pytest.raises(FilesUnavailable):
        await all_files(house)
    bucket.status = 200


async def test_a_file_lies_in_the_store_and_every_machine_fetches_it(
    machines: Machines, bucket: Bucket, approved: Approved, given: Given, tmp_path: Path
) -> None:
    one, other = machines
    await given.payout(await approved(), 50_000)
    (written,) = await all_files(one)

    assert written.where == f"{URL}/nacha/{first_name()}"
    assert list(bucket.kept) == [f"/papers/nacha/{first_name()}"]
    assert await fetch_file(other, first_name()) == bucket.kept[f"/papers/nacha/{first_name()}"]
    assert await given.value(STATUS) == "sent"
    assert not (tmp_path / "a" / "nacha").exists()
    assert await all_files(other) == []

    bucket.kept[f"/papers/nacha/{first_name()}"] += b"one more line"
    with pytest.raises(FileChanged):
        await fetch_file(other, first_name())
    with pytest.raises(UnknownFile):
        await fetch_file(other, "another.ach")


async def test_what_a_run_left_on_its_way_another_machine_finishes_and_nobody_rejects_meanwhile(
    machines: Machines, bucket: Bucket, approved: Approved, given: Given
) -> None:
    one, other = machines
    await given.payout(await approved(), 50_000)
    await die_on_the_way(one, bucket)
    with pytest.raises(FileLeaving):
        await reject_file(other, first_name(), because="The bank was closed")
    assert await given.value(STATUS) == "intended"

    (written,) = await all_files(other)
    assert written.where.endswith(first_name())
    assert await given.value(STATUS) == "sent"


async def test_what_was_put_there_and_never_noted_is_removed_when_the_file_is_rejected(
    machines: Machines, bucket: Bucket, approved: Approved, given: Given
) -> None:
    one, other = machines
    await given.payout(await approved(), 50_000)
    await die_on_the_way(one, bucket)
    bucket.kept[f"/papers/nacha/{first_name()}"] = b"what the run put there before it died"
    with pytest.raises(FileChanged):
        await all_files(one)
    await given._one(FORGET_LEAVING)

    assert await reject_file(other, first_name(), because="The bank was closed") == 1
    assert bucket.kept == {}
    assert await all_files(one) == []
