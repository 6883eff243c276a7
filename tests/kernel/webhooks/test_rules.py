"""When a delivery is tried again, and what may be subscribed to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.webhooks import rules

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def waits(failures: int, chance: float = 1.0, *, patience: int | None = None, left: int = 86_400) -> float:
    at = rules.next_attempt(
        NOW, failures=failures, chance=chance, patience_seconds=patience, give_up_at=NOW + timedelta(seconds=left)
    )
    assert at is not None
    return (at - NOW).total_seconds()


def test_waits_grow_from_seconds_to_hours() -> None:
    assert [waits(failures) for failures in range(1, 8)] == [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]


@given(st.integers(1, 50), st.floats(0, 1), st.none() | st.integers(0, 10**9), st.integers(1, 86_400))
def test_a_wait_is_at_least_a_second_and_ends_with_the_day(
    failures: int, chance: float, patience: int | None, left: int
) -> None:
    assert 1 <= waits(failures, chance, patience=patience, left=left) <= left


def test_when_the_day_is_over_there_is_no_next_attempt() -> None:
    over = rules.next_attempt(NOW, failures=9, chance=0.5, patience_seconds=None, give_up_at=NOW)

    assert over is None


def test_an_event_nobody_publishes_is_refused() -> None:
    rules.check_events(["order.paid"], {"order.paid", "order.lost"})

    with pytest.raises(rules.UnknownEvent, match=r"no event 'order\.found'\. Known: order\.lost, order\.paid"):
        rules.check_events(["order.found"], {"order.paid", "order.lost"})
