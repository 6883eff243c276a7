"""Which backups are kept: those from which a moment of the last days is reached, with all that they follow."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from backoffice.kernel.backup.keeping import needed
from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.rules import Form, Kind

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def backup(number: int, *, days_ago: float, follows: int | None = None) -> Backup:
    ended_at = NOW - timedelta(days=days_ago)
    return Backup(
        id=UUID(int=number),
        kind=Kind.FULL if follows is None else Kind.INCREMENTAL,
        form=Form.PHYSICAL,
        follows=None if follows is None else UUID(int=follows),
        system="1",
        database="backoffice",
        server_version=180004,
        first_segment="0" * 24,
        started_at=ended_at,
        ended_at=ended_at,
        with_uploads=False,
        description="",
        keys=["k"],
        parts=[],
    )


def kept(*backups: Backup, days: int = 7) -> set[int]:
    return {one.int for one in needed(backups, NOW - timedelta(days=days))}


def test_the_newest_backup_from_before_the_kept_days_stays_because_their_first_moment_is_reached_from_it() -> None:
    assert kept(backup(1, days_ago=20), backup(2, days_ago=9), backup(3, days_ago=2)) == {2, 3}


def test_a_chain_stays_whole_however_old_its_first_backup_is() -> None:
    chain = [backup(1, days_ago=30), backup(2, days_ago=20, follows=1), backup(3, days_ago=1, follows=2)]
    assert kept(*chain, backup(4, days_ago=25)) == {1, 2, 3}


def test_the_last_backup_is_never_let_go() -> None:
    assert kept(backup(1, days_ago=400), backup(2, days_ago=300)) == {2}
    assert kept() == set()
