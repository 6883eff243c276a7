"""How often somebody may do something."""

import asyncio

import pytest

from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.limits import Limits, Windows


async def test_one_too_many_is_told_how_long_to_wait() -> None:
    limits = Limits()
    for _ in range(3):
        await limits.hit(3, "read", "staff:1")

    with pytest.raises(TooManyRequests) as refused:
        await limits.hit(3, "read", "staff:1")

    wait = refused.value.retry_after_seconds
    assert 1 <= wait <= 60
    assert refused.value.sentence == f"Too many requests. Please try again in {wait} seconds."


async def test_others_and_other_things_are_counted_apart() -> None:
    limits = Limits()
    await limits.hit(1, "read", "staff:1")

    await limits.hit(1, "read", "staff:2")
    await limits.hit(1, "write", "staff:1")
    with pytest.raises(TooManyRequests):
        await limits.hit(1, "read", "staff:1")


async def test_of_many_at_once_no_more_pass_than_may() -> None:
    limits = Limits()

    done = await asyncio.gather(*(limits.hit(20, "read", "staff:1") for _ in range(50)), return_exceptions=True)

    assert [one for one in done if one is not None and not isinstance(one, TooManyRequests)] == []
    assert done.count(None) == 20


def test_a_minute_begins_with_the_first_try_and_then_anew() -> None:
    now = 100.0
    windows = Windows(clock=lambda: now)
    assert [windows.hit(2, "staff:1") for _ in range(3)] == [None, None, 60]

    now = 159.5
    assert windows.hit(2, "staff:1") == 0.5
    now = 160
    assert [windows.hit(2, "staff:1") for _ in range(3)] == [None, None, 60]


def test_what_has_ended_is_forgotten_as_others_come() -> None:
    now = 0.0
    windows = Windows(clock=lambda: now)
    for number in range(100):
        windows.hit(1, f"staff:{number}")
    now = 60
    for number in range(100, 150):
        windows.hit(1, f"staff:{number}")

    assert len(windows) == 50


def test_however_many_call_memory_is_bounded_and_the_latest_are_counted() -> None:
    windows = Windows(most=100, clock=lambda: 0)
    for number in range(1_000):
        windows.hit(1, f"address:{number}")

    assert len(windows) == 100
    assert windows.hit(1, "address:999") == 60
    assert windows.hit(1, "address:0") is None
