"""A write: one transaction, its audit entries, its jobs, and the check that nothing changed unrecorded.

What an action collects (`tx.audit`, `tx.record`, `tx.defer`) is written by one batch, which also commits.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.json import Jsonb

from backoffice.kernel.actor import Origin
from backoffice.kernel.audit import store as audit_store
from backoffice.kernel.audit.entry import Act, DataSubject, Entry
from backoffice.kernel.audit.personal import seal_values
from backoffice.kernel.database.batch import Connection, Result
from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.lanes import ASKED_BY, JobName, Lane, queue

ROLLBACK_SECONDS = 5.0
JobRow = tuple[Any, ...]
"""A job as procrastinate's function takes it."""
_open: ContextVar[bool] = ContextVar("backoffice_transaction_open", default=False)


class TransactionOpen(Exception):
    """A call to the outside world was about to be made while a transaction is open."""


class CommitRefused(Exception):
    """The database rolled back a transaction that was to be committed."""


class UndeclaredAct(Exception):
    """An action audited something its door does not declare."""


def outside_transaction(vendor: str) -> None:
    """Called by every client of the outside world before it calls: no lock is ever held over the network."""
    if _open.get():
        raise TransactionOpen(f"{vendor} called inside a transaction")


@dataclass(frozen=True, slots=True)
class Terms:
    """What every write of a door that opens its own is held to: its acts, and that its caller may still come in."""

    acts: frozenset[Act]
    confirm: "Callable[[Tx], Awaitable[None]] | None"


_terms: ContextVar[Terms | None] = ContextVar("backoffice_door_terms", default=None)


@contextmanager
def held_to(terms: Terms) -> Iterator[None]:
    """Whatever is written inside is written on these terms: no action of a door has to remember them."""
    token = _terms.set(terms)
    try:
        yield
    finally:
        _terms.reset(token)


def terms_of_door() -> Terms | None:
    return _terms.get()


class Tx(Db):
    """A connection inside a write. `declared` are the acts its door may audit; None leaves them free."""

    def __init__(
        self,
        connection: Connection,
        origin: Origin,
        *,
        keys: KeyRing,
        declared: frozenset[Act] | None,
    ) -> None:
        super().__init__(connection)
        self.actor = origin.actor
        self.context = origin.context
        self.keys = keys
        self._declared = declared
        self._entries: list[Entry] = []
        self._events: list[str] = []
        self._jobs: list[JobRow] = []
        self.finished = False
        self.send_ahead(self.run("BEGIN"))

    def audit(
        self,
        act: Act,
        subject: object,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        reason: str | None = None,
        person: DataSubject | None = None,
    ) -> Entry:
        """Record who did what to which subject; written with this transaction or not at all."""
        if self._declared is not None and act not in self._declared:
            raise UndeclaredAct(act)
        facts = {"before": before, "after": after, "reason": reason, "person": person}
        entry = Entry.new(act, str(subject), actor=self.actor, context=self.context, **facts)
        self._entries.append(entry)
        return entry

    def audit_also_in(self, products: Iterable[str], entry: Entry, **more: Any) -> None:
        """Record in these products too what concerns them; `more` is what only they need to be told."""
        after = {**(entry.after or {}), **more} if more else entry.after
        for product in products:
            if product != entry.product:
                self._entries.append(replace(entry, id=uuid7(), product=product, after=after))

    def record(self, event: str, subject: object) -> None:
        """Name the domain event (activity, message, delivery) that records a write of the system or a platform."""
        self._events.append(f"{event}:{subject}")

    def defer(
        self,
        job: JobName,
        *,
        lock: str | None = None,
        after_seconds: int = 0,
        lane: Lane | None = None,
        **arguments: Any,
    ) -> None:
        """Queue a job, by name, that exists only if this transaction commits. Jobs with one lock run in turn.

        It runs in the lane of its name, or in `lane` when this one is of another kind than most.
        """
        self._jobs.append(self.job(job, lock=lock, after_seconds=after_seconds, lane=lane, **arguments))

    def job(
        self,
        job: JobName,
        *,
        lock: str | None = None,
        after_seconds: int = 0,
        lane: Lane | None = None,
        **arguments: Any,
    ) -> JobRow:
        """A job for a statement that queues it itself, with an argument that only it knows: the id of its new row."""
        schedule = {"seconds": after_seconds} if after_seconds else None
        configured = queue.configure_task(str(job), queue=lane or job.lane, lock=lock, schedule_in=schedule)
        asked_by = self.context.asked_by or self.context.request_id
        made = configured.make_new_job(**arguments, **({ASKED_BY: asked_by} if asked_by else {}))
        facts = Jsonb(made.task_kwargs)
        return (made.queue, made.task_name, made.priority, made.lock, made.queueing_lock, facts, made.scheduled_at)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone, with all it collected and put off, without undoing the write."""
        await self.ready()
        collected: tuple[list[Any], ...] = (self._entries, self._events, self._jobs)
        lengths = [len(kept) for kept in collected]
        try:
            async with self.connection.transaction():
                yield
                await self.ready()
        except BaseException:
            self.drop_ahead()
            for kept, length in zip(collected, lengths, strict=True):
                del kept[length:]
            raise

    @property
    def begun(self) -> bool:
        """Whether PostgreSQL has heard of it."""
        return self.connection.info.transaction_status != TransactionStatus.IDLE

    @property
    def recorded(self) -> bool:
        from_staff = self.actor.kind == "staff"
        return bool(self._entries) or (bool(self._events) and not from_staff)

    async def commit(self) -> None:
        """Write what was collected, check that every change is recorded, commit: one or two round trips."""
        if not self.finished:
            await self.finish()

    async def finish(self, *last: Query[Any]) -> tuple[Any, ...]:
        """Commit together with these statements, and their answers: a look that is recorded is one round trip.

        Nothing can be asked or collected afterwards, and nothing that the answers say can undo it: where it depends on
        what is there, kernel.require goes ahead.
        """
        await seal_values(self, self.keys, self._entries)
        answers = await together(
            *last,
            *[audit_store.insert_entry(self, entry) for entry in self._entries],
            *([self._queue_jobs()] if self._jobs else []),
            self.run("SELECT kernel.require_record(%(recorded)s)", recorded=self.recorded),
            Query(self, "COMMIT", {}, take=_require_committed),
        )
        self.finished = True
        return answers[: len(last)]

    def _queue_jobs(self) -> Query[int]:
        """All of them at once, as procrastinate's own clients do."""
        return self.run(
            "SELECT procrastinate.procrastinate_defer_jobs_v1(%(jobs)s::procrastinate.procrastinate_job_to_defer_v1[])",
            jobs=self._jobs,
        )

    async def roll_back(self) -> None:
        """Undo it. Where that can't be said, the connection is closed, and what went wrong first stays the failure."""
        self.drop_ahead()
        if self.connection.closed or self.connection.broken:
            return
        try:
            async with asyncio.timeout(ROLLBACK_SECONDS):
                await self.connection.rollback()
        except (psycopg.Error, TimeoutError):
            await self.connection.close()


def _require_committed(result: Result) -> None:
    if result.tag != b"COMMIT":
        raise CommitRefused


@asynccontextmanager
async def marked_open() -> AsyncIterator[None]:
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)
