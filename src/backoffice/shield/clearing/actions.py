"""Files to the bank: the day's payouts as a NACHA file, and files that the bank refused as a whole.

Payouts begin a hundred in a write, so that no member waits for a large file. Then the file's intent is committed with
its text, the file is written outside any transaction (`writing.py`), and once written it never changes.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from backoffice.kernel.database import Db, together
from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.gateways import nacha
from backoffice.kernel.gateways.banking_days import EASTERN, banking_days_after, today
from backoffice.kernel.gateways.nacha import (
    LARGEST_ENTRY_MINOR,
    LAST_SEQUENCE,
    MODIFIERS,
    Credit,
    FileFacts,
    Originator,
)
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.journal.hold import refuse_held
from backoffice.shield.clearing import store as files
from backoffice.shield.clearing.store import FileRow
from backoffice.shield.clearing.writing import CLERK, LEAVES_WITHIN_SECONDS, UnknownFile, Written, remove, write
from backoffice.shield.payout import actions
from backoffice.shield.payout.attempts import AttemptRow
from backoffice.shield.payout.rules import AttemptStatus
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import rules, store
from backoffice.shield.transfer.actions import BY_FILE
from backoffice.shield.transfer.rails import originator_of

LONGEST_AHEAD = timedelta(days=30)
BEGUN_AT_ONCE = 100
"""In one write: half a second in which their members wait."""


class DayIsOver(Invalid):
    """{day} is over: no bank carries out a file of a day that has passed"""

    day: str


class DayTooFar(Invalid):
    """{day} is more than 30 days away: no bank keeps a file that long"""

    day: str


class TooManyFiles(Conflict):
    """The 36 files that a bank tells apart on one day are used up: what is left goes into a file of tomorrow"""


class FileLeaving(Conflict):
    """{name} is on its way to the object store: say so again in {seconds} seconds"""

    name: str
    seconds: int


class FileCarriedOut(Conflict):
    """The bank sent back {returned} payments of {name}: it did carry the file out"""

    name: str
    returned: int


async def write_files(house: House, day: date) -> AsyncIterator[Written]:
    """What an interrupted run left unwritten, then the files of this day's pending ACH payouts, if there are any.

    Each is told as soon as it is written: what stops the next does not hide it.
    """
    if day < today():
        raise DayIsOver(day=day.isoformat())
    if day > today() + LONGEST_AHEAD:
        raise DayTooFar(day=day.isoformat())
    async with house.database.read() as db:
        await refuse_held(db)
        unwritten = await files.list_unwritten(db)
    for row in unwritten:
        if (written := await write(house, row)) is not None:
            yield written
    originator = originator_of(house.settings)
    await _begin_due(house, originator)
    while (intended := await _intend_file(house, originator, effective_on=banking_days_after(day, 1))) is not None:
        if (written := await write(house, intended)) is not None:
            yield written


async def _begin_due(house: House, originator: Originator) -> None:
    """Hold what is due for leaving, unless there is no room for it in a file: then nothing is touched."""
    made_before = datetime.now(UTC) - timedelta(minutes=house.settings.payout_grace_minutes)
    async with house.database.read() as db:
        due, last = await together(store.list_due(db, before=made_before), store.find_last_trace(db, originator.odfi))
        if not due:
            return
        await _next_modifier(db, originator, today())
    if (last or 0) + len(due) >= LAST_SEQUENCE:
        raise rules.TraceNumbersUsedUp(odfi=originator.odfi)
    for start in range(0, len(due), BEGUN_AT_ONCE):
        async with house.database.write(CLERK) as tx:
            for payout_id in due[start : start + BEGUN_AT_ONCE]:
                await sending.begin_new(tx, house, payout_id, leaving=BY_FILE)


async def _next_modifier(db: Db, originator: Originator, day: date) -> str:
    """The letter of the day's next file: a bank takes a second file of the same date and letter for the first."""
    used = await files.count_of_day(db, originator.odfi, day)
    if used >= len(MODIFIERS):
        raise TooManyFiles
    return MODIFIERS[used]


async def _intend_file(house: House, originator: Originator, *, effective_on: date) -> FileRow | None:
    """Put what began and is in no file yet into one; None when there is nothing."""
    async with house.database.write(CLERK) as tx:
        begun = await files.list_begun(tx, await files.lock_begun(tx))
        fitting = list(_fitting(begun))
        if not fitting:
            return None
        *traces, offset_trace = await sending.next_traces(tx, originator.odfi, len(fitting) + 1)
        in_file = [replace(one, trace_number=trace) for one, trace in zip(fitting, traces, strict=True)]
        created_at = datetime.now(EASTERN)
        facts = FileFacts(
            created_at=created_at,
            modifier=await _next_modifier(tx, originator, created_at.date()),
            effective_on=effective_on,
            description=rules.DESCRIPTION,
            offset_trace=offset_trace,
        )
        row = _intended(house, originator, facts, in_file=in_file)
        await files.insert_file(tx, row)
        await files.set_file(tx, row.id, {one.id: one.trace_number or "" for one in in_file})
        tx.record("nacha file intended", row.id)
    return row


def _intended(house: House, originator: Originator, facts: FileFacts, *, in_file: list[AttemptRow]) -> FileRow:
    file_id = new_id("nacha")
    text = nacha.render(originator, facts, credits=[_credit(house, attempt) for attempt in in_file]).encode()
    key_id, sealed = house.keys.encrypt(text, bound_to=file_id)
    file_date = facts.created_at.date()
    return FileRow(
        id=file_id,
        name=f"{originator.odfi}-{file_date:%Y%m%d}-{facts.modifier}.ach",
        odfi=originator.odfi,
        file_date=file_date,
        id_modifier=facts.modifier,
        effective_on=facts.effective_on,
        offset_trace=facts.offset_trace,
        entries=len(in_file),
        total_minor=sum(attempt.amount_minor for attempt in in_file),
        sha256=hashlib.sha256(text).digest(),
        created_at=facts.created_at,
        text_key_id=key_id,
        text_sealed=sealed,
    )


def _fitting(begun: Iterable[AttemptRow]) -> Iterable[AttemptRow]:
    """As many as one balancing debit can cover; the rest goes into the next file."""
    total = 0
    for one in begun:
        if total + one.amount_minor <= LARGEST_ENTRY_MINOR:
            total += one.amount_minor
            yield one


def _credit(house: House, attempt: AttemptRow) -> Credit:
    to = sending.destination_of(house.keys, attempt)
    return Credit(
        routing_number=to.routing_number,
        account_number=to.account_number,
        account_type=to.account_type,
        amount_minor=attempt.amount_minor,
        individual_id=attempt.payout_id[-15:],
        name=to.holder_name,
        trace_number=attempt.trace_number or "",
    )


async def reject_file(house: House, name: str, *, because: str) -> int:
    """The bank took nothing of this file, or never got it: none of its payouts was paid, each may be tried again.

    Returns how many failed by that; when it is said again, those that had not yet. A file of which payments came back
    was carried out. One that a run named but died before noting is removed, so that nobody carries it to the bank.
    """
    async with house.database.write(CLERK) as tx:
        file_id = await files.find_by_name(tx, name)
        if file_id is None:
            raise UnknownFile(name=name)
        if await files.lock_unwritten(tx, file_id) and await files.is_leaving(tx, file_id):
            raise FileLeaving(name=name, seconds=LEAVES_WITHIN_SECONDS)
        await files.set_rejected(tx, file_id, because)
        was_written = await files.was_written(tx, file_id)
        in_file = await files.list_of_file(tx, file_id)
        if returned := sum(one.status is AttemptStatus.RETURNED for one in in_file):
            raise FileCarriedOut(name=name, returned=returned)
        tx.record("nacha file rejected", file_id)
    if not was_written:
        await remove(house, name)
    failed = 0
    for attempt in in_file:
        async with house.database.write(CLERK) as tx:
            failed += await actions.fail_rejected(tx, attempt, because=because) is not None
    return failed
