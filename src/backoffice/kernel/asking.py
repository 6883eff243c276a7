"""Questions to what may stay silent: nobody waits longer than they want, and all who ask at once get one answer.

    seen = await house.asking.of("database", look, within_seconds=1.2)     NoAnswer when it takes longer

A question that was given up goes on by itself until it ends, because some can't be stopped: on a server that stands
still psycopg waits for the end of its own cancellation. So at most one of each is underway, however many ask.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class NoAnswer(Exception):
    """It did not answer in time; it may still do so."""


class Asking:
    """The questions of one process that are underway, by what they are about."""

    def __init__(self) -> None:
        self._underway: dict[str, asyncio.Task[Any]] = {}

    async def of(self, what: str, ask: Callable[[], Coroutine[Any, Any, T]], *, within_seconds: float) -> T:
        """The answer, of this question or of one that is underway already; what it raised is raised to all."""
        task = self._underway.get(what)
        if task is None or task.done():
            task = self._underway[what] = begin(ask())
        return await waited_for(task, within_seconds)

    def close(self) -> None:
        for task in self._underway.values():
            task.cancel()


def begin(question: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """Ask. Whether anybody still listens when it fails is no matter."""
    task = asyncio.ensure_future(question)
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    return task


async def waited_for(task: "asyncio.Task[T]", seconds: float) -> T:
    """The answer, or NoAnswer. The question goes on; whoever began it may cancel it."""
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        raise NoAnswer
    return task.result()
