"""A door's read: the session question and the door's statements, on the primary or beside a replica.

On the primary they are one batch. Where a replica may be read from, the question goes to the primary and the door's
statements to the replica at the same time: still one wait. What the replica found is shown only if the session lives
and the replica has all that the caller wrote. Whatever else happens there (a refusal, a failure, no answer) is asked
once more on the primary: so a replica refuses nobody, and nobody meets its failures.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.errors import QueryCanceled

from backoffice.kernel.actor import ActorKind
from backoffice.kernel.database.marks import find_mark
from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.database.replicas import PRIMARY, Replica
from backoffice.kernel.errors import Refusal
from backoffice.kernel.web.call import Call

Confirm = Callable[[Db], Query[bool | None]]
Ask = Callable[[Db], Awaitable[Any]]


class AskThePrimary(Exception):
    """A replica's answer that is not shown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One read of one call. `confirm` asks whether the caller still has a session, `require_live` refuses who has none.

    `prove` asks for a recent proof of the second factor, where the door wants one.
    """

    call: Call
    confirm: Confirm
    require_live: Callable[[bool | None], None]
    ask: Ask
    prove: Callable[[Db], Awaitable[None]] | None

    async def answer(self) -> Any:
        """What the door makes of it. A read whose connection is lost is done once more."""
        replicas = self.call.house.replicas
        replica = replicas.choose() if self._may_lag else None
        if replica is not None:
            said = len(self.call.said)
            try:
                answer = await self._beside(replica)
            except AskThePrimary:
                del self.call.said[said:]
            else:
                replicas.count_read(replica.name)
                return answer
        replicas.count_read(PRIMARY)
        try:
            return await self._on_primary()
        except psycopg.OperationalError:
            await self.call.house.database.pool.check()
            return await self._on_primary()

    @property
    def _may_lag(self) -> bool:
        """Whether a replica may be asked: for staff, whose writes are marked, at doors that ask for no proof."""
        return self.call.caller.kind is ActorKind.STAFF and self.prove is None

    async def _on_primary(self) -> Any:
        async with self.call.house.database.read() as db:
            db.send_ahead(self.confirm(db).then(self.require_live))
            if self.prove is not None:
                await self.prove(db)
            return await self._asked(db)

    async def _asked(self, db: Db) -> Any:
        try:
            answer = await self.ask(db)
        except Refusal:
            await db.ready()
            raise
        await db.ready()
        return answer

    async def _beside(self, replica: Replica) -> Any:
        """What the replica found. AskThePrimary where that may not be shown."""
        confirming, asking = _begun(self._confirmed()), _begun(self._from(replica))
        try:
            mark = await confirming
            await asyncio.wait([asking, replica.gone], return_when=asyncio.FIRST_COMPLETED)
            seen, answer = _found(asking)
        finally:
            confirming.cancel()
            asking.cancel()
        if seen < mark:
            raise AskThePrimary
        return answer

    async def _confirmed(self) -> int:
        """The caller's mark on the primary, once it is known that they are let in."""
        try:
            async with self.call.house.database.read() as db:
                live, mark = await together(self.confirm(db), find_mark(db, self.call.caller.id))
        except psycopg.OperationalError as exc:
            raise AskThePrimary from exc
        self.require_live(live)
        return mark or 0

    async def _from(self, replica: Replica) -> tuple[int, Any]:
        """The caller's mark on the replica, and what the door found there at that moment or later."""
        marks: list[int | None] = []
        async with replica.read() as db:
            db.send_ahead(find_mark(db, self.call.caller.id).then(marks.append))
            answer = await self._asked(db)
        return marks[0] or 0, answer


def _found(asking: "asyncio.Task[tuple[int, Any]]") -> tuple[int, Any]:
    """What took too long there would take as long on the primary: that alone is not asked again."""
    if not asking.done():
        raise AskThePrimary
    failure = asking.exception()
    if isinstance(failure, QueryCanceled):
        raise failure
    if failure is not None:
        raise AskThePrimary from failure
    return asking.result()


def _begun(work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    """On its way. Where nobody waits for its end any more, its failure is nobody's."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task
