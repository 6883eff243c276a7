"""Reading a file of the bank: known returns and corrections are carried out, everything else is kept for staff.

One write for each record: one that can't be carried out holds up no other. Members are held before anything is decided.
"""

from dataclasses import dataclass, field

from backoffice.kernel.gateways.nacha_reader import (
    CHANGE_ADDENDA,
    RETURN_ADDENDA,
    Addenda,
    ReadEntry,
    ReadFile,
    UnreadableFile,
    read,
)
from backoffice.kernel.gateways.return_codes import meaning
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield import notices
from backoffice.shield.bank_record import rules, store
from backoffice.shield.bank_record.rules import Cause, ExceptionAct, Ours, Said, Status
from backoffice.shield.bank_record.store import NewRecord
from backoffice.shield.clearing import store as files
from backoffice.shield.clearing.writing import CLERK
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.payout import attempts
from backoffice.shield.payout import store as payouts
from backoffice.shield.payout.attempts import AttemptRow
from backoffice.shield.payout.rules import AttemptStatus
from backoffice.shield.transfer import actions as sending

KNOWN = "known already"
OUTCOMES = {Cause.RETURN: "payout failed", Cause.CORRECTION: "account waits for its correction"}
EARLY = "not noted as sent: run `backoffice payouts file`, then read this file again"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one record of a bank's file; `again` when the file has to be read once more."""

    trace_number: str
    code: str
    meaning: str
    outcome: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the bank says: an entry with one of its addenda, an entry alone, or what can't be read."""

    text: str = field(repr=False)
    entry: ReadEntry | None = None
    addenda: Addenda | None = None
    why: str | None = None

    @property
    def code(self) -> str:
        return self.addenda.code if self.addenda else ""

    @property
    def trace(self) -> str:
        if self.addenda:
            return self.addenda.original_trace
        return self.entry.trace_number if self.entry else ""

    @property
    def said(self) -> Said | None:
        if self.entry is None:
            return None
        kind = self.addenda.kind if self.addenda else ""
        return Said(kind, self.code, self.entry.amount_minor, self.entry.is_debit)


async def take_returns(house: House, content: bytes | str) -> list[Line]:
    """Read what the bank sent and act on each record once, however often it is read. UnreadableFile as the reader."""
    reading = new_id("reading")
    return [await _take(house, item, reading) for item in _items(read(content))]


def _items(file: ReadFile) -> list[Item]:
    entries = list(file.entries)
    if entries and not any(map(_told_by, entries)):
        raise UnreadableFile("it holds no return and no notification of change")
    items = []
    for entry in entries:
        items += _told_by(entry) or [Item(entry.text, entry)]
    return [*items, *(Item(one.text, why=one.why) for one in file.unreadable)]


def _told_by(entry: ReadEntry) -> list[Item]:
    return [
        Item(f"{entry.text}\n{one.text}", entry, one)
        for one in entry.addenda
        if one.kind in (RETURN_ADDENDA, CHANGE_ADDENDA)
    ]


async def _take(house: House, item: Item, reading: str) -> Line:
    """Decide under the member's lock, so that the same file read twice at once acts once."""
    indexes = house.keys.blind_indexes(item.text, purpose=rules.TEXT_INDEX)
    async with house.database.write(CLERK) as tx:
        attempt = await _lock_attempt(tx, item)
        if attempt and attempt.status is AttemptStatus.INTENDED:
            return _line(item, EARLY, again=True)
        if await store.has_record(tx, indexes):
            return _line(item, KNOWN)
        cause = await _cause(tx, item, attempt)
        if cause is Cause.CORRECTION and attempt and item.addenda:
            said = item.addenda
            if not await sending.take_correction(tx, house, attempt, code=said.code, corrected=said.corrected):
                cause = Cause.SECOND_CORRECTION
        if cause is Cause.RETURN and attempt:
            await sending.take_return(tx, house, attempt, code=item.code)
        new = _record(house, item, cause=cause, attempt=attempt)
        if await store.insert_record(tx, new) is None:
            return _line(item, KNOWN)
        tx.record("bank record kept", new.id)
        if new.status is Status.OPEN:
            await _open(tx, new, reading)
    return _line(item, OUTCOMES.get(cause) or f"left for staff: {item.why or rules.SENTENCES[cause]}")


async def _lock_attempt(tx: Tx, item: Item) -> AttemptRow | None:
    """The try that the record speaks of, with its member held."""
    if item.entry is None or (attempt := await attempts.find_by_trace(tx, item.trace)) is None:
        return None
    belongs = await payouts.get_belongings(tx, attempt.payout_id)
    await members.lock_member(tx, belongs.member_id)
    return await attempts.find_by_trace(tx, item.trace)


async def _cause(tx: Tx, item: Item, attempt: AttemptRow | None) -> Cause:
    if item.said is None:
        return Cause.UNREADABLE
    if item.addenda is None:
        return Cause.NO_REASON
    offset_of = None if attempt else await files.find_by_offset(tx, item.trace)
    ours = Ours(attempt.status, attempt.amount_minor) if attempt else None
    return rules.cause_of(item.said, ours, is_offset=offset_of is not None)


def _record(house: House, item: Item, *, cause: Cause, attempt: AttemptRow | None) -> NewRecord:
    record_id = new_id("record")
    key_id, sealed = house.keys.encrypt(item.text.encode(), bound_to=record_id)
    return NewRecord(
        id=record_id,
        cause=cause,
        status=Status.CARRIED_OUT if cause is Cause.RETURN else Status.OPEN,
        code=item.code or None,
        original_trace=item.trace or None,
        amount_minor=item.entry.amount_minor if item.entry else None,
        why=item.why,
        attempt_id=attempt.id if attempt else None,
        payout_id=attempt.payout_id if attempt else None,
        text_index=house.keys.blind_indexes(item.text, purpose=rules.TEXT_INDEX)[0],
        text_key_id=key_id,
        text_sealed=sealed,
    )


async def _open(tx: Tx, new: NewRecord, reading: str) -> None:
    """An exception is in the audit log of the member it is about, and told to those who handle payouts."""
    belongs = await payouts.get_belongings(tx, new.payout_id) if new.payout_id else None
    person = member_rules.person(belongs.member_id) if belongs else None
    after = {"cause": new.cause, "code": new.code, "payout_id": new.payout_id}
    tx.audit(ExceptionAct.OPENED, new.id, after=after, person=person)
    await notices.tell_exception(tx, reading, code=new.code or "", sentence=rules.SENTENCES[new.cause])


def _line(item: Item, outcome: str, *, again: bool = False) -> Line:
    said = meaning(item.code) if item.addenda else "No record of a return"
    return Line(item.trace, item.code, said, outcome, again)
