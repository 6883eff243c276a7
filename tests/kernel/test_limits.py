"""How often somebody may do something."""

import asyncio

import pytest

from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.limits import Limits


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
