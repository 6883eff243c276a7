"""Files to the bank and back: the day's payouts as a NACHA file, and what the bank's return files say of them.

The intent is committed first, the file is written outside any transaction, and once written it never changes.
"""

import asyncio
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from backoffice.kernel.actor import system
from backoffice.kernel.database import Tx, outside_transaction
from backoffice.kernel.errors import Conflict
from backoffice.kernel.gateways import nacha
from backoffice.kernel.gateways.banking_days import banking_days_after
from backoffice.kernel.gateways.nacha import LARGEST_ENTRY_MINOR, MODIFIERS, Credit, FileFacts, Originator
from backoffice.kernel.gateways.nacha_reader import CHANGE_ADDENDA, RETURN_ADDENDA, Addenda, ReadEntry, read
from backoffice.kernel.gateways.return_codes import meaning
from backoffice.kernel.house import House
from backoffice.shield.identifiers import new_id
from backoffice.shield.payout import attempts, files, rules, sending, store
from backoffice.shield.payout.attempts import AttemptRow
from backoffice.shield.payout.files import FileRow
from backoffice.shield.payout.rails import originator_of
from backoffice.shield.payout.rules import RailName
from backoffice.shield.payout.sending import Leaving
from backoffice.shield.payout.store import DueRow

FOLDER = "nacha"
CLERK = system("shield", "clearing")


class TooManyFiles(Conflict):
    """{day} has its 36 files already; the rest goes into a file of another day"""

    code = "too_many_files"
    day: str


class FileChanged(Conflict):
    """The file {name} is not what was recorded: a file once written never changes"""

    code = "nacha_file_changed"
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    path: Path
    payouts: int
    total_minor: int
    effective_on: date


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one entry of a return file."""

    trace_number: str
    code: str
    meaning: str
    outcome: str


async def write_files(house: House, day: date) -> list[Written]:
    """The file of this day's pending ACH payouts, if there are any, after what an interrupted run left unwritten."""
    originator = originator_of(house.settings)
    async with house.database.read() as db:
        unwritten = await files.list_unwritten(db, originator.odfi)
    async with house.database.write(CLERK) as tx:
        intended = await _intend_file(tx, house, originator, day=day)
    return [await _write(house, originator, row) for row in [*unwritten, *([intended] if intended else [])]]


async def _intend_file(tx: Tx, house: House, originator: Originator, *, day: date) -> FileRow | None:
    await files.lock_sequence(tx, originator.odfi)
    made_before = datetime.now(UTC) - timedelta(minutes=house.settings.payout_grace_minutes)
    effective_on = banking_days_after(day, 1)
    leaving = Leaving(RailName.NACHA, originator.odfi, new_id("nacha"), rules.settles_on(effective_on))
    begun = [
        await sending.begin(tx, house, due.id, leaving=leaving)
        for due in _fitting(await store.list_due(tx, before=made_before))
    ]
    in_file = [attempt for attempt in begun if attempt is not None]
    if not in_file:
        return None
    used = await files.count_of_day(tx, originator.odfi, day)
    if used >= len(MODIFIERS):
        raise TooManyFiles(day=day.isoformat())
    row = FileRow(
        id=leaving.file_id or "",
        name=f"{originator.odfi}-{day:%Y%m%d}-{MODIFIERS[used]}.ach",
        odfi=originator.odfi,
        file_date=day,
        id_modifier=MODIFIERS[used],
        effective_on=effective_on,
        offset_trace=await sending.next_trace(tx, originator.odfi),
        entries=len(in_file),
        total_minor=sum(attempt.amount_minor for attempt in in_file),
        sha256=b"",
        created_at=datetime.now(UTC).replace(second=0, microsecond=0),
    )
    return await _insert(tx, house, originator, row=row, in_file=in_file)


async def _insert(tx: Tx, house: House, originator: Originator, *, row: FileRow, in_file: list[AttemptRow]) -> FileRow:
    hashed = hashlib.sha256(_text(house, originator, row, in_file=in_file).encode()).digest()
    hashed_row = FileRow(**{name: getattr(row, name) for name in FileRow.__slots__} | {"sha256": hashed})
    await files.insert_file(tx, hashed_row)
    tx.record("nacha file intended", row.id)
    return hashed_row


def _fitting(due: Iterable[DueRow]) -> Iterable[DueRow]:
    """As many as one balancing debit can cover; the rest goes into the next file."""
    total = 0
    for one in due:
        if total + one.amount_minor <= LARGEST_ENTRY_MINOR:
            total += one.amount_minor
            yield one


def _text(house: House, originator: Originator, row: FileRow, *, in_file: list[AttemptRow]) -> str:
    facts = FileFacts(
        created_at=row.created_at.astimezone(UTC),
        modifier=row.id_modifier,
        effective_on=row.effective_on,
        description=rules.DESCRIPTION,
        offset_trace=row.offset_trace,
    )
    return nacha.render(originator, facts, credits=[_credit(house, attempt) for attempt in in_file])


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


async def _write(house: House, originator: Originator, row: FileRow) -> Written:
    """Made again from what the database keeps, compared with the hash of the intent, written once, then noted."""
    async with house.database.read() as db:
        in_file = await attempts.list_of_file(db, row.id)
    content = _text(house, originator, row, in_file=in_file).encode()
    if hashlib.sha256(content).digest() != row.sha256:
        raise FileChanged(name=row.name)
    path = house.settings.data_folder / FOLDER / row.name
    outside_transaction("NACHA file")
    await asyncio.to_thread(_keep, path, content)
    async with house.database.write(CLERK) as tx:
        await files.set_written(tx, row.id)
        await attempts.set_file_sent(tx, row.id)
        tx.record("nacha file written", row.id)
    return Written(path, row.entries, row.total_minor, row.effective_on)


def _keep(path: Path, content: bytes) -> None:
    """On disk for good before it has its name; readable by its owner, writable by nobody."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), 0o400)
    try:
        path.hardlink_to(whole)
    except FileExistsError:
        if path.read_bytes() != content:
            raise FileChanged(name=path.name) from None
    finally:
        whole.unlink()


async def take_returns(house: House, text: str) -> list[Line]:
    """Read a return file, whole or not at all, and carry out each of its entries once, however often it is read."""
    return [await _take(house, entry, addenda) for entry, addenda in read(text).addenda]


async def _take(house: House, entry: ReadEntry, addenda: Addenda) -> Line:
    async with house.database.write(CLERK) as tx:
        attempt = await attempts.find_by_trace(tx, addenda.original_trace)
        if attempt is None:
            offset_of = await files.find_by_offset(tx, addenda.original_trace)
            outcome = f"the balancing debit of {offset_of}: call the bank" if offset_of else "unknown trace number"
        elif addenda.kind == RETURN_ADDENDA and entry.amount_minor != attempt.amount_minor:
            outcome = "not our amount: left for staff"
        elif addenda.kind == RETURN_ADDENDA:
            new = await sending.take_return(tx, house, attempt, code=addenda.code)
            outcome = "payout failed" if new else "known already"
        elif addenda.kind == CHANGE_ADDENDA:
            said = addenda.corrected
            new = await sending.take_correction(tx, house, attempt, code=addenda.code, corrected=said)
            outcome = "account waits for its correction" if new else "known already"
        else:
            outcome = "neither a return nor a notification of change"
    return Line(addenda.original_trace, addenda.code, meaning(addenda.code), outcome)
