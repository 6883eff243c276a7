"""Which backup is made now: by the settings, by the age of the newest, and by how the last try ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.kernel.backup.jobs import due
from backoffice.kernel.backup.rules import Form, Kind
from backoffice.kernel.backup.store import StateRow
from backoffice.settings import Settings

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def state(*, failed: timedelta | None = None, newest: timedelta, full: timedelta) -> StateRow:
    """All by their age."""
    facts: dict[str, Any] = dict.fromkeys(StateRow.__slots__)
    facts |= {"form": Form.PHYSICAL, "waiting_segments": 0, "failed_at": NOW - failed if failed else None}
    return StateRow(**facts | {"newest_at": NOW - newest, "newest_full_at": NOW - full})


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (None, Kind.INCREMENTAL),
        (timedelta(minutes=9), None),
        (timedelta(minutes=11), Kind.FULL),
        (timedelta(hours=3), Kind.INCREMENTAL),
    ],
)
def test_an_incremental_one_that_failed_is_followed_by_a_full_one(
    settings: Settings, failed: timedelta | None, expected: Kind | None
) -> None:
    hourly = settings.model_copy(update={"backup_full_every_hours": 24, "backup_incremental_every_hours": 1})

    found = due(hourly, state(failed=failed, newest=timedelta(hours=2), full=timedelta(hours=2)), now=NOW)

    assert found is expected
