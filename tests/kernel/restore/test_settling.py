"""What a start finds of a restore that was cut short, at each of its steps; and the files that say so."""

from pathlib import Path

import pytest

from backoffice.kernel.database.swap import decide_swap, finish_swap, is_decided
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.pause import Pause
from backoffice.kernel.restore.interlude import INTERRUPTED, settle
from backoffice.kernel.restore.record import Record, Records, Wish
from backoffice.kernel.restore.rules import Status, Window
from tests.kernel.restore.shelf import NOON

KEPT = "postgres.before-now"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which a restore has made the other cluster ready."""
    for folder in (tmp_path / "postgres", tmp_path / "restoring" / "postgres"):
        folder.mkdir(parents=True)
        (folder / "PG_VERSION").write_text("18\n")
    Pause(tmp_path).begin("The database is being restored.")
    return tmp_path


def begun(data: Path, status: Status = Status.PREPARING, kept_as: str = KEPT) -> Record:
    wish = Wish(moment=NOON)
    record = Record(id=uuid7(), wish=wish, moment=NOON, asked_at=NOON, status=status, kept_as=kept_as)
    return Records(data).write(record)


def after(data: Path, record: Record) -> Record:
    """The same, as a start settles it."""
    settle(data)
    found = Records(data).find(record.id)
    assert found is not None
    return found


@pytest.mark.parametrize("status", [Status.ASKED, Status.PREPARING])
def test_before_the_decision_the_restore_has_failed_and_nothing_is_left_of_it(data: Path, status: Status) -> None:
    found = after(data, begun(data, status))

    assert (found.status, found.why) == (Status.FAILED, INTERRUPTED)
    assert found.ended_at is not None
    assert not (data / "restoring").exists()
    assert (data / "postgres").exists()
    assert Pause(data).why() is None


def test_from_the_decision_on_it_has_succeeded_whether_the_folders_were_renamed_or_not(data: Path) -> None:
    record = begun(data)
    decide_swap(data, new=data / "restoring" / "postgres", keep_as=KEPT)

    found = after(data, record)

    assert (found.status, found.window) == (Status.SUCCEEDED, Window(NOON, found.ended_at or NOON))
    assert is_decided(data)
    assert finish_swap(data)
    assert (data / KEPT).exists()


def test_renamed_by_a_start_that_could_say_nothing_it_has_succeeded_too(data: Path) -> None:
    record = begun(data)
    decide_swap(data, new=data / "restoring" / "postgres", keep_as=KEPT)
    finish_swap(data)

    assert after(data, record).status is Status.SUCCEEDED
    assert not (data / "restoring").exists()


def test_one_that_has_ended_stays_as_it_is(data: Path) -> None:
    record = begun(data, Status.FAILED)

    assert after(data, record) == record
    assert Records(data).find_open() is None


def test_the_oldest_open_one_is_next_and_the_newest_is_shown(data: Path) -> None:
    first, second = begun(data), Records(data).write(begun(data).changed(asked_at=NOON.replace(hour=13)))

    assert Records(data).find_open() == first
    assert Records(data).find_last() == second
    assert Records(data).find(uuid7()) is None
