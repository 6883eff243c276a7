"""A bulk act that only says that it was done, and who started it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from backoffice.kernel.actor import Actor, ActorKind, Context, system
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.bulk import Acts, BulkAct, Kept, One, Refused, Selection, Wanted, start, work_through
from backoffice.kernel.bulk.store import count_outcomes
from backoffice.kernel.database import Db
from backoffice.kernel.errors import Conflict, Refusal, code_of
from backoffice.kernel.export import Format
from backoffice.kernel.house import House
from backoffice.kernel.identity.role_book import RoleBook
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.task import TaskRow, cancel, carry_out, get_task, hold, retry
from backoffice.kernel.write import Tx

PRODUCT = "shield"
KEEPER = system(PRODUCT, "tests")
RUN = JobName("shield.run_trial_bulk", Lane.BULK)
BOOK = RoleBook(PRODUCT, {"support": frozenset({"trial:do"}), "auditor": frozenset({"trial:see"})}, frozenset(), {})


class TrialAct(Act):
    DONE = "trial.done"
    UNDONE = "trial.undone"


class Params(BaseModel):
    word: str = "please"


class Unwilling(Conflict):
    """This one does not want to"""


def check(subject: str) -> None:
    if subject.startswith("no"):
        raise Unwilling


async def do(tx: Tx, one: One[Params]) -> Kept | None:
    check(one.subject)
    tx.audit(TrialAct.DONE, one.subject, after={"word": one.params.word})
    return None if one.subject.startswith("final") else {"word": one.params.word}


async def undo(tx: Tx, subject: str, kept: Kept) -> None:
    tx.audit(TrialAct.UNDONE, subject, after={**kept})


async def foresee_trial(db: Db, subjects: Sequence[str], params: Params) -> Refused:
    refused: dict[str, Refusal] = {}
    for subject in subjects:
        try:
            check(subject)
        except Unwilling as unwilling:
            refused[subject] = unwilling
    return refused


Doing = Callable[[Tx, One[Params]], Awaitable[Kept | None]]


def acts_of(doing: Doing) -> Acts:
    trial = BulkAct("trial.do", "trial:do", Params, act=doing, foresee=foresee_trial, undo=undo)
    return Acts([trial], BOOK, code_of)


ACTS = acts_of(do)


@dataclass
class Bulk:
    """What a test does with bulk acts, and what it finds of them."""

    house: House
    person: Actor
    acts: Acts = field(default=ACTS)

    def run(self, attempt: int = 0) -> JobRun:
        return JobRun(self.house, KEEPER, Context(request_id="job-7"), attempt)

    async def start(self, *subjects: str, expected: int | None = None, form: Format = Format.CSV) -> UUID:
        wanted = Wanted(self.acts.named("trial.do"), Params(), job=RUN, form=form, opens=frozenset())
        async with self.house.database.write(self.person) as tx:
            return await start(tx, Selection(subjects, expected), wanted)

    async def work(self, task_id: UUID, acts: Acts | None = None, *, attempt: int = 2) -> None:
        """The last attempt, unless told otherwise."""
        await carry_out(self.run(attempt), task_id, work=partial(work_through, acts=acts or self.acts))

    async def cancel(self, task_id: UUID) -> None:
        async with self.house.database.write(self.person) as tx:
            await cancel(tx, await hold(tx, task_id, missing=Unwilling()))

    async def retry(self, task_id: UUID) -> UUID:
        async with self.house.database.write(self.person) as tx:
            return await retry(tx, await hold(tx, task_id, missing=Unwilling()))

    async def task(self, task_id: UUID) -> TaskRow:
        async with self.house.database.read() as db:
            return await get_task(db, task_id, product=PRODUCT, missing=Refusal())

    async def counts(self, task_id: UUID) -> dict[str, int]:
        async with self.house.database.read() as db:
            return {str(outcome): rows for outcome, rows in (await count_outcomes(db, task_id)).items()}

    async def file(self, task_id: UUID) -> list[str]:
        """Its lines, the first with the names of the columns."""
        task = await self.task(task_id)
        kept = await self.house.files.fetch(task.file_id or "")
        return kept.content.decode().splitlines()

    async def audited(self, act: Act) -> list[str]:
        """The subjects of these entries of the person, in the order in which they were made."""
        return await self.look(
            "SELECT split_part(subject, ':', 2) FROM kernel.audit_entry"
            " WHERE action = %(act)s AND actor_id = %(who)s AND actor_kind = 'staff' ORDER BY at, id",
            act=act,
            who=self.person.id,
        )

    async def look(self, sql: Any, **params: Any) -> list[Any]:
        async with self.house.database.read() as db:
            return await db.values(object, sql, **params)

    async def change(self, sql: Any, **params: Any) -> None:
        """Past all rules, on a connection of its own."""
        async with self.house.database.write(KEEPER) as tx:
            tx.record("made", "for a test")
            await tx.run(sql, **params)

    async def take_permission(self) -> None:
        await self.change("UPDATE kernel.membership SET role = 'auditor' WHERE staff_id = %(id)s", id=self.person.id)


@pytest.fixture
async def bulk(house: House) -> Bulk:
    async with house.database.write(KEEPER) as tx:
        tx.record("made", "for a test")
        staff_id = await tx.value(
            int,
            """
            WITH person AS (
                INSERT INTO kernel.staff (username, email, full_name, password_hash)
                     VALUES ('starter', 'starter@example.com', 'Somebody Who Starts', '-') RETURNING id
            )
            INSERT INTO kernel.membership (staff_id, product, role) SELECT id, 'shield', 'support' FROM person
            RETURNING staff_id
            """,
        )
    person = Actor(ActorKind.STAFF, staff_id, "starter", PRODUCT, "support", frozenset({"trial:do"}))
    return Bulk(house, person)
