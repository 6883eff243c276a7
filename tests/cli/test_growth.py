"""`backoffice growth` tells of tables with their parts, and after a week when the disk is full."""

from datetime import UTC, datetime

import pytest

from backoffice.cli.growth import summary
from backoffice.kernel.database.growth import GrowthRow
from backoffice.kernel.house import House
from tests.cli.conftest import Command
from tests.kernel.proof.chain import audit

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
TICKETS = GrowthRow("helpdesk.ticket", bytes=200_000_000, rows=100_000, added=50_000, since=SINCE)


async def test_tables_are_told_with_their_parts_and_a_young_database_is_no_ground_for_a_date(
    command: Command, house: House
) -> None:
    await audit(house, *range(20))

    said = await command("growth", "--all", "--free-gb", "100")

    assert said.code == 0
    assert "kernel.audit_entry" in said.out
    assert "parts." not in said.out
    assert "too short to say what a day brings" in said.out
    assert "enough for" not in said.out


def test_after_a_week_it_says_how_long_the_disk_lasts() -> None:
    said = summary([TICKETS], days=10, free=100e9)

    assert said == [
        "A ticket leaves 2000 bytes in helpdesk.",
        "200 MB in all. 10.0 MB more a day over the last 10.0 days.",
        "100 GB are free: enough for 10000 days, without the write-ahead log and backups.",
    ]


def test_hours_of_counting_are_called_hours() -> None:
    assert "PostgreSQL has counted for 3.0 hours: too short" in summary([TICKETS], days=0.125, free=100e9)[-1]


def test_without_a_disk_to_look_at_it_says_what_to_say() -> None:
    assert summary([TICKETS], days=10, free=0)[-1] == "Say --free-gb to hear when the disk is full."


@pytest.mark.parametrize("free", ["0", "-1", "nan", "inf"])
async def test_a_disk_without_space_or_without_end_is_refused(command: Command, house: House, free: str) -> None:
    said = await command("growth", "--free-gb", free)

    assert said.code == 2
    assert "more than 0" in said.err
