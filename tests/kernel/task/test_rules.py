"""How far a task is, how long it will take, and how long a link holds."""

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.kernel.errors import Conflict, Unavailable
from backoffice.kernel.task import rules
from backoffice.kernel.task.rules import Status

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "rows", "total", "shown"),
    [
        (Status.PENDING, 0, None, 0),
        (Status.PROCESSING, 6_500, 10_000, 65),
        (Status.PROCESSING, 10_000, 10_000, 99),
        (Status.PROCESSING, 10_001, 10_000, 99),
        (Status.FAILED, 45, 100, 45),
        (Status.SUCCEEDED, 0, 0, 100),
    ],
)
def test_a_task_is_at_a_hundred_only_once_it_has_succeeded(
    status: Status, rows: int, total: int | None, shown: int
) -> None:
    assert rules.percent(status, rows=rows, total=total) == shown


@pytest.mark.parametrize(
    ("rows", "total", "spent", "usual", "seconds"),
    [
        (0, None, None, None, None),
        (0, None, None, 120, 120),
        (0, 100, timedelta(seconds=1), 120, 120),
        (25, 100, timedelta(seconds=10), 120, 40),
        (100, 100, timedelta(milliseconds=1), None, 1),
    ],
)
def test_how_long_it_takes_is_told_by_its_rows_and_before_them_by_those_before_it(
    rows: int, total: int | None, spent: timedelta | None, usual: int | None, seconds: int | None
) -> None:
    assert rules.estimated(rows=rows, total=total, spent=spent, usual=usual) == seconds


def test_a_link_holds_for_a_day_and_never_longer_than_its_file() -> None:
    assert rules.link_ends(NOW, completed_at=NOW) == NOW + timedelta(hours=24)
    assert rules.link_ends(NOW, completed_at=NOW - timedelta(days=6, hours=20)) == NOW + timedelta(hours=4)


def test_what_cannot_be_done_is_not_tried_again_and_what_may_be_over_in_a_moment_is() -> None:
    assert not rules.is_worth_another_try(Conflict())
    assert rules.is_worth_another_try(Unavailable())
    assert rules.is_worth_another_try(ConnectionError())
