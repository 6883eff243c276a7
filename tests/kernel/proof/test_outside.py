"""The seals outside the database: without them nothing is called verified, and no line of them is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backoffice.kernel.house import House
from backoffice.kernel.proof import seal as sealing
from backoffice.kernel.proof.seal import SEALS_FILE
from backoffice.kernel.proof.verify import Breach
from tests.cli.conftest import Command, command, database_settings
from tests.kernel.proof.chain import audit, check, rows_of, run_sealing

__all__ = ["command", "database_settings"]


class Earlier(datetime):
    """A clock an hour behind: what is sealed by it is due to be outside."""

    @classmethod
    def now(cls, tz: object = None) -> "Earlier":
        past = datetime.now(UTC) - timedelta(hours=1)
        return cls.fromtimestamp(past.timestamp(), UTC)


@pytest.fixture
async def sealed(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """Three seals of an hour ago, and their file."""
    monkeypatch.setattr(sealing, "datetime", Earlier)
    for subject in ("first", "second", "third"):
        await audit(house, subject)
        file = await run_sealing(house)
    yield file


async def breach_of(house: House, *files: Path) -> tuple[Breach, int | None] | None:
    broken = (await check(house, *files)).broken
    return (broken.breach, broken.seal) if broken else None


async def test_a_complete_file_verifies(house: House, sealed: Path) -> None:
    report = await check(house, sealed)

    assert (report.broken, report.seals, report.outside_seals) == (None, 3, 3)


async def test_before_the_first_seal_there_is_no_file(house: House, tmp_path: Path) -> None:
    await audit(house, "waiting")

    assert await breach_of(house, tmp_path / "nowhere.log") is None


async def test_a_missing_file_proves_nothing(house: House, sealed: Path) -> None:
    assert await breach_of(house, sealed.with_name("nowhere.log")) == (Breach.OUTSIDE_UNREADABLE, None)


async def test_a_file_that_is_no_file_proves_nothing(house: House, sealed: Path) -> None:
    assert await breach_of(house, sealed.parent) == (Breach.OUTSIDE_UNREADABLE, None)


@pytest.mark.parametrize(("kept", "missing"), [(slice(0, 2), 3), (slice(1, 3), 1), (slice(0, 0), 1)])
async def test_a_shortened_file_is_found(house: House, sealed: Path, kept: slice, missing: int) -> None:
    sealed.write_bytes(b"".join(sealed.read_bytes().splitlines(keepends=True)[kept]))

    assert await breach_of(house, sealed) == (Breach.OUTSIDE_INCOMPLETE, missing)


async def test_files_of_several_workers_count_together(house: House, sealed: Path) -> None:
    lines = sealed.read_bytes().splitlines(keepends=True)
    other = sealed.with_name("other.log")
    sealed.write_bytes(lines[0] + lines[2])
    other.write_bytes(lines[1])

    assert await breach_of(house, sealed) == (Breach.OUTSIDE_INCOMPLETE, 2)
    assert await breach_of(house, sealed, other) is None


async def test_lines_that_could_not_be_written_are_caught_up_in_order(house: House, sealed: Path) -> None:
    folder, away = sealed.parent, sealed.parent.with_name("away")
    folder.rename(away)
    folder.write_text("no folder")
    for subject in ("fourth", "fifth"):
        await audit(house, subject)
        with pytest.raises(OSError, match="exists"):
            await run_sealing(house)
    folder.unlink()
    away.rename(folder)

    await run_sealing(house)

    report = await check(house, sealed)
    assert (report.broken, report.seals, report.outside_seals) == (None, 5, 5)
    numbers = [line.split(b'"number":')[1].split(b",")[0] for line in sealed.read_bytes().splitlines()]
    assert numbers == [b"1", b"2", b"3", b"4", b"5"]
    assert await rows_of(house, "SELECT number FROM kernel.audit_unwritten") == []


async def test_the_command_says_how_many_seals_it_compared_and_fails_without_them(
    sealed: Path, command: Command, tmp_path: Path
) -> None:
    verified = await command("audit", "verify", "--data", str(sealed.parent))
    elsewhere = await command("audit", "verify", "--data", str(tmp_path / "fresh"), "--seals", str(sealed))
    fresh = await command("audit", "verify", "--data", str(tmp_path / "fresh"))

    assert (verified.code, elsewhere.code, fresh.code) == (0, 0, 1)
    assert f"3 seals compared with {sealed}" in verified.out
    assert "missing or can't be read" in fresh.err
    assert sealed.name == SEALS_FILE
