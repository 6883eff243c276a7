"""The journal's files: on disk before anybody goes on, whoever writes at once, and read as far as they are whole."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backoffice.kernel.journal.book import Journal, Kind, line

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def the_file(journal: Journal) -> Path:
    [file] = journal.folder.iterdir()
    return file


async def test_lines_of_many_writers_are_all_there_and_whole(tmp_path: Path) -> None:
    two = [Journal(tmp_path), Journal(tmp_path)]

    await asyncio.gather(*(two[n % 2].write(line(Kind.SENT, job=n)) for n in range(200)))

    assert sorted(one["job"] for one in two[0].read(since=LONG_AGO)) == list(range(200))
    assert the_file(two[0]).stat().st_mode & 0o077 == 0


async def test_nobody_goes_on_where_nothing_can_be_written_and_no_line_is_lost_by_that(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.folder.write_text("a file stands where the folder should")

    failed = await asyncio.gather(*(journal.write(line(Kind.SENT, job=n)) for n in range(3)), return_exceptions=True)
    journal.folder.unlink()
    await journal.write(line(Kind.SENT, job=3))

    assert all(isinstance(one, OSError) for one in failed)
    assert 3 in [one["job"] for one in journal.read(since=LONG_AGO)]


async def test_a_line_that_a_crash_has_torn_is_left_out_and_the_next_begins_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    await journal.write(line(Kind.SENT, job=1))
    with the_file(journal).open("ab") as file:
        file.write(b'{"at": "2026-')

    await journal.write(line(Kind.SENT, job=2))

    assert [one["job"] for one in journal.read(since=LONG_AGO)] == [1, 2]
    assert [(one["kind"], one["job"]) for one in journal.tail()] == [(Kind.SENT, 1), (Kind.SENT, 2)]


async def test_copies_of_other_machines_are_read_too_and_only_what_came_since(tmp_path: Path) -> None:
    ours, theirs = Journal(tmp_path / "ours"), Journal(tmp_path / "theirs")
    await ours.write(line(Kind.SENT, job=1))
    await theirs.write(line(Kind.SENT, job=2))
    now = datetime.now(UTC)

    assert {one["job"] for one in ours.read(since=LONG_AGO, folders=[theirs.folder])} == {1, 2}
    assert list(ours.read(since=now + timedelta(seconds=1), folders=[theirs.folder])) == []


@pytest.mark.parametrize(("name", "stays"), [("2020-01-01.log", False), ("2030-01-01.log", True)])
def test_days_that_nobody_would_restore_to_are_removed_and_keys_after_two(
    tmp_path: Path, name: str, stays: bool
) -> None:
    journal = Journal(tmp_path)
    journal.folder.mkdir()
    (journal.folder / name).touch()
    keys = journal.folder / f"{datetime.now(UTC).date() - timedelta(days=5)}.keys.log"
    keys.touch()

    journal.forget(before=datetime(2025, 1, 1, tzinfo=UTC).date())

    assert (journal.folder / name).exists() is stays
    assert not keys.exists()
