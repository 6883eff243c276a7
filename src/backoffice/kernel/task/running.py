"""Carrying a task out: one worker at a time, looked after once a second, and nothing left behind that nobody wants."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import IO
from uuid import UUID

import structlog

from backoffice.kernel.errors import Refusal, code_of
from backoffice.kernel.failures import plain
from backoffice.kernel.files.storage import new_name
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.task import rules, store
from backoffice.kernel.task.rules import Status
from backoffice.kernel.task.store import Error, Facts, FileRow, HeldRow

LOOK_EVERY_SECONDS = 1.0
"""How often a running task says how far it is, and learns that it was cancelled."""
log = structlog.get_logger("backoffice.tasks")


class NotOurs(Exception):
    """The task was cancelled, or another worker has begun it anew: whatever this one does no longer counts."""


@dataclass(frozen=True, slots=True)
class Made:
    """The file that a task leaves: already kept, and shown once the task has succeeded."""

    file_id: str
    name: str
    size: int
    sha256: bytes


@dataclass(slots=True)
class Working:
    """A task under way. Its work keeps `rows` and, as soon as it knows it, `total` up to date."""

    run: JobRun
    task: HeldRow
    rows: int = 0
    total: int | None = None
    writing: FileRow | None = None

    async def keep(self, content: IO[bytes], *, name: str, content_type: str) -> Made:
        """Keep what was written to `content` as the task's file."""
        size, sha256 = await asyncio.to_thread(_measured, content)
        writing = FileRow(self.task.id, new_name(content_type))
        async with self.run.write() as tx:
            if await store.set_file(tx, self.task.id, writing.file_id, at_try=self.task.tries) is None:
                raise NotOurs
            tx.record("task about to keep its file", self.task.id)
        self.writing = writing
        await self.run.house.files.keep_stream(writing.file_id, content, size=size)
        return Made(writing.file_id, name, size, sha256)

    async def tell(self) -> None:
        """Note how far it is. NotOurs."""
        async with self.run.write() as tx:
            task = self.task
            if await store.set_progress(tx, task.id, at_try=task.tries, rows=self.rows, total=self.total) is None:
                raise NotOurs
            tx.record("task went on", self.task.id)


Work = Callable[[Working], Awaitable[Made | None]]


def _measured(content: IO[bytes]) -> tuple[int, bytes]:
    """How long it is, and its SHA-256; it is at its beginning again."""
    content.flush()
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256").digest()  # type: ignore[arg-type]
    content.seek(0)
    return size, digest


async def carry_out(run: JobRun, task_id: UUID, *, work: Work) -> None:
    """Do the work of a task, if it still waits for that.

    A refusal fails it; any other failure is raised, to be tried again, until it was tried often enough.
    """
    task = await _begun(run, task_id)
    if task is None:
        return
    working = Working(run, task)
    try:
        made = await _looked_after(working, work)
        await _succeed(working, made)
    except NotOurs:
        log.info("task ended by others", task=str(task_id))
        await _discard(run, working.writing)
    except Exception as failure:
        is_last = run.attempt + 1 >= rules.ATTEMPTS
        if rules.is_worth_another_try(failure) and not is_last:
            raise
        await _fail(working, failure)


async def _begun(run: JobRun, task_id: UUID) -> HeldRow | None:
    """The task, now this run's; None where it has ended. What an earlier try left half done is removed first."""
    found = await _find(run, task_id)
    if found is None or found.status is Status.SUCCEEDED:
        return None
    if found.file_id is not None:
        await _discard(run, FileRow(task_id, found.file_id))
    if found.status in rules.ENDED:
        return None
    if found.tries >= rules.MOST_TRIES:
        await _fail(Working(run, found), rules.WorkerDied())
        return None
    async with run.write() as tx:
        if await store.set_processing(tx, task_id) is None:
            return None
        tx.record("task begun", task_id)
        return await store.lock_task(tx, task_id)


async def _find(run: JobRun, task_id: UUID) -> HeldRow | None:
    async with run.read() as db:
        return await store.find_held(db, task_id)


async def _looked_after(working: Working, work: Work) -> Made | None:
    """What the work made. It is stopped as soon as a look finds that it no longer counts."""
    doing = asyncio.ensure_future(work(working))
    try:
        while not (await asyncio.wait({doing}, timeout=LOOK_EVERY_SECONDS))[0]:
            await working.tell()
    finally:
        if not doing.done():
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
    return doing.result()


async def _succeed(working: Working, made: Made | None) -> None:
    facts = Facts(working.rows, made.name, made.size, made.sha256) if made else Facts(working.rows)
    async with working.run.write() as tx:
        if await store.set_succeeded(tx, working.task.id, facts, at_try=working.task.tries) is None:
            raise NotOurs
        tx.record("task succeeded", working.task.id)


async def _fail(working: Working, failure: Exception) -> None:
    refusal = (
        failure if isinstance(failure, Refusal) else rules.InternalError(request_id=working.run.context.request_id)
    )
    log.warning("task failed", task=str(working.task.id), cause=plain(failure), exc_info=failure)
    error = Error(code_of(refusal), refusal.sentence, rules.is_worth_another_try(failure))
    async with working.run.write() as tx:
        if await store.set_failed(tx, working.task.id, error, at_try=working.task.tries) is not None:
            tx.record("task failed", working.task.id)
    await _discard(working.run, working.writing)


async def _discard(run: JobRun, written: FileRow | None) -> None:
    """Remove a file that nobody is to see."""
    if written is None:
        return
    await run.house.files.delete(written.file_id)
    async with run.write() as tx:
        if await store.set_without_file(tx, written):
            tx.record("task without its file", written.id)
