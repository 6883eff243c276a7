"""Questions to what may stay silent: one at a time of each, and nobody waits longer than they want."""

import asyncio

import pytest

from backoffice.kernel.asking import Asking, NoAnswer


async def test_all_who_ask_at_once_get_one_answer_and_the_next_asks_anew() -> None:
    asking, asked = Asking(), 0

    async def question() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return asked

    together = await asyncio.gather(*(asking.of("it", question, within_seconds=5) for _ in range(3)))

    assert together == [1, 1, 1]
    assert await asking.of("it", question, within_seconds=5) == 2


async def test_nobody_waits_for_what_is_silent_and_it_is_asked_once_however_many_come() -> None:
    asking, silent, asked = Asking(), asyncio.Event(), 0

    async def question() -> str:
        nonlocal asked
        asked += 1
        await silent.wait()
        return "here"

    for _ in range(3):
        with pytest.raises(NoAnswer):
            await asking.of("it", question, within_seconds=0.01)
    silent.set()

    assert await asking.of("it", question, within_seconds=5) == "here"
    assert asked == 1


async def test_what_a_question_raises_is_raised_to_all_and_kept_for_nobody() -> None:
    asking, broken = Asking(), True

    async def question() -> str:
        if broken:
            raise OSError("gone")
        return "back"

    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            await asking.of("it", question, within_seconds=5)
    broken = False

    assert await asking.of("it", question, within_seconds=5) == "back"
