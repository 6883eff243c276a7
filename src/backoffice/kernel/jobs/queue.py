"""Declaring jobs. A job is a coroutine that gets a JobRun; it opens its own short writes around calls to the outside.

    @job(rules.SEND_MESSAGE, attempts=8)
    async def send_message(run: JobRun, *, message_id: int) -> None: ...

    tx.defer(rules.SEND_MESSAGE, lock=f"whatsapp:{phone}", message_id=7)

A job's name, with its lane, lives in its capability's rules.py: actions defer it without importing jobs.py.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import procrastinate
import psycopg
import structlog

from backoffice.kernel.actor import Actor, Context, system
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.house import House
from backoffice.kernel.jobs import leaving, store
from backoffice.kernel.jobs.trying import Patience, told, wait_for_turn
from backoffice.kernel.lanes import ASKED_BY, JobName, Lane, queue
from backoffice.kernel.traces import span
from backoffice.kernel.write.transaction import Tx

MINUTE, HOUR, DAY = 60, 3_600, 86_400
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Awaitable[None]])


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of one job: the house it runs in, who it acts as, and how often it was tried."""

    house: House
    actor: Actor
    context: Context
    attempt: int

    def read(self) -> AbstractAsyncContextManager[Db]:
        return self.house.database.read()

    def write(self) -> AbstractAsyncContextManager[Tx]:
        return self.house.database.write(self.actor, self.context)

    async def each(self, find: Callable[[Db], Query[list[T]]], act: Callable[[Tx, T], Awaitable[object]]) -> None:
        """Act on everything that is found, each in a write of its own: one that fails holds up no other."""
        async with self.read() as db:
            found = await find(db)
        failures = []
        for one in found:
            try:
                async with self.write() as tx:
                    await act(tx, one)
            except psycopg.OperationalError:
                raise
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise ExceptionGroup(f"{len(failures)} of {len(found)} failed", failures)


def job(name: JobName, *, attempts: int = 5, outward: bool = False) -> Callable[[F], F]:
    """Declare a job `product.verb_noun` in the lane of its name, tried up to `attempts` times.

    What an `outward` one does cannot be taken back outside (money, a message): it is held back while the house
    is held, and stands in the journal before.
    """
    patience = Patience(attempts)

    def declare(work: F) -> F:
        async def run(context: procrastinate.JobContext, /, **arguments: Any) -> None:
            tries = context.job.attempts
            with _about(name, context, arguments.pop(ASKED_BY, "")) as job_run:
                async with told(name, tries=tries, wait=patience.wait_after(tries)):
                    look = context.additional_context.get("opened")
                    if not outward or await leaving.may_leave(
                        job_run.house, context.job, write=job_run.write, look=look
                    ):
                        await work(job_run, **arguments)

        queue.task(name=str(name), queue=name.lane, retry=patience, pass_context=True)(run)
        return work

    return declare


async def defer_missing(tx: Tx, job: JobName, by_lock: Mapping[str, Mapping[str, Any]]) -> None:
    """Queue this job, with these arguments, under each of the locks under which none of its kind waits or runs."""
    busy = set(await store.list_busy_locks(tx, job, locks=list(by_lock)))
    for lock, arguments in by_lock.items():
        if lock not in busy:
            tx.defer(job, lock=lock, **arguments)


def periodic(
    name: str, *, every_seconds: int, at_second: int = 0, lane: Lane = Lane.CLOCK, outward: bool = False
) -> Callable[[F], F]:
    """Declare a job that runs by the clock, once however many workers there are: see `schedule`.

    A turn that fails is tried again before the next one is due. One that gives up is kept, and those before it go:
    a job that always fails shows as one row, whose history says since when. An `outward` one, which queues what goes
    outside, has no turns while the house is held.
    """

    def declare(work: F) -> F:
        async def ticked(context: procrastinate.JobContext, timestamp: int, *, tries: int = 0) -> None:
            wait = wait_for_turn(tries, every_seconds=every_seconds)
            with _about(name, context, "") as run:
                try:
                    async with told(name, tries=tries, wait=wait, quiet=True):
                        if not outward or not await leaving.is_held(run.house):
                            await work(run)
                except Exception:
                    if wait is None:
                        async with run.write() as tx:
                            await store.delete_failed_turns(tx, name)
                        raise
                    await _try_turn_again(name, timestamp, wait=wait, tries=tries + 1)

        task = queue.task(name=name, queue=lane, pass_context=True, lock=name, queueing_lock=name)(ticked)
        queue.periodic(cron=schedule(every_seconds, at_second))(task)
        return work

    return declare


def schedule(every_seconds: int, at_second: int) -> str:
    """A cron line of six fields, the seconds last: every part of a minute, or each minute, hour or day `at_second`."""
    minute, hour, second = at_second // 60 % 60, at_second // 3600, at_second % 60
    if every_seconds < MINUTE and MINUTE % every_seconds == 0 and at_second == 0:
        return f"* * * * * */{every_seconds}"
    if every_seconds == MINUTE > at_second:
        return f"* * * * * {second}"
    if every_seconds == HOUR > at_second:
        return f"{minute} * * * * {second}"
    if every_seconds == DAY > at_second:
        return f"{minute} {hour} * * * {second}"
    raise ValueError(f"no cron line says every {every_seconds} seconds, {at_second} into them")


async def _try_turn_again(name: str, timestamp: int, *, wait: int, tries: int) -> None:
    """As a job of its own: it holds no place while it waits, and its next turn can't come between."""
    with contextlib.suppress(procrastinate.exceptions.AlreadyEnqueued):
        task = queue.tasks[name].configure(schedule_in={"seconds": wait})
        await task.defer_async(timestamp=timestamp, tries=tries)


@contextlib.contextmanager
def _about(name: str, context: procrastinate.JobContext, asked_by: str) -> Iterator[JobRun]:
    """The run of this job; what is logged meanwhile names it, and the request that it goes back to."""
    origin = Context(request_id=f"job-{context.job.id}", asked_by=asked_by)
    about = {"request_id": origin.request_id, "job": str(name)} | ({ASKED_BY: asked_by} if asked_by else {})
    seen = span(f"job {name}", **about)
    with structlog.contextvars.bound_contextvars(**about), seen:
        house: House = context.additional_context["house"]
        yield JobRun(house, system(name.split(".", 1)[0], name), origin, context.job.attempts)
