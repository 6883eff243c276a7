"""Shield after a restore: payouts that left are known again as what they were, so that none leaves once more.

A try that the database has forgotten is made again under its old id and trace number. By the sandbox rail it is handed
over again at the release: the rail knows it. In a file it counts as sent with that file, whose name is taken again.
What can't be made again is held and named, for people.
"""

from collections.abc import Sequence
from datetime import date, datetime

from backoffice.kernel.actor import system
from backoffice.kernel.database import Db, Query
from backoffice.kernel.house import House
from backoffice.kernel.journal.book import Kind, Line
from backoffice.kernel.journal.hold import find_hold
from backoffice.kernel.web.part import Part
from backoffice.kernel.write import Tx
from backoffice.shield.clearing import store as files
from backoffice.shield.clearing.store import FileRow
from backoffice.shield.clearing.telling import BANK_FILE, file_of
from backoffice.shield.payout import attempts
from backoffice.shield.payout import store as payouts
from backoffice.shield.payout.rules import PayoutAct, PayoutNotFound, RailName, Status, money
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import store as transfers
from backoffice.shield.transfer.actions import KnownTry, Leaving
from backoffice.shield.transfer.rails import SANDBOX_ODFI
from backoffice.shield.transfer.store import LostRow
from backoffice.shield.transfer.telling import PAYOUT

RESTORER = system("shield", "restore")
HELD = "It left before the database was restored, and can't be made again here: ask whoever carried it out"


async def settle(house: House, lines: Sequence[Line]) -> list[str]:
    """Each payout and each file in a write of its own."""
    to_look_at = []
    for told in (one for one in lines if one["kind"] == Kind.MONEY):
        async with house.database.write(RESTORER) as tx:
            if told["what"] == PAYOUT:
                to_look_at += await _payout_again(tx, house, told)
            elif told["what"] == BANK_FILE:
                to_look_at += await _file_again(tx, house, told)
    return to_look_at


async def _payout_again(tx: Tx, house: House, told: Line) -> list[str]:
    trace = told["trace_number"]
    await _take_traces(tx, [trace])
    leaving = Leaving(RailName.SANDBOX, SANDBOX_ODFI, as_was=KnownTry(told["attempt"], trace))
    return await _try_again(tx, house, told | {"left_at": told["at"]}, leaving=leaving)


async def _file_again(tx: Tx, house: House, told: Line) -> list[str]:
    row = file_of(told)
    await _take_traces(tx, [row.offset_trace, *(one["trace_number"] for one in told["entries"])])
    known = await files.find_by_name(tx, row.name)
    if known == row.id:
        await _known_as_sent(tx, row, settles_on=date.fromisoformat(told["settles_on"]))
        return []
    if known is not None:
        return [f"file {row.name} stands here as another one: {row.id} went to the bank"]
    await files.insert_file(tx, row)
    to_look_at, traces = [], {}
    for one in told["entries"]:
        leaving = Leaving(RailName.NACHA, as_was=KnownTry(one["attempt"], one["trace_number"]))
        missing = await _try_again(tx, house, one | {"left_at": told["at"]}, leaving=leaving)
        to_look_at += missing
        if not missing:
            traces[one["attempt"]] = one["trace_number"]
    await files.set_file(tx, row.id, traces)
    await files.set_file_sent(tx, row.id, settles_on=date.fromisoformat(told["settles_on"]))
    tx.record("nacha file known again", row.id)
    return to_look_at


async def _known_as_sent(tx: Tx, row: FileRow, *, settles_on: date) -> None:
    """One that was intended by the moment and left after it: it is not written once more."""
    if await files.lock_unwritten(tx, row.id):
        await files.set_written(tx, row.id)
        await files.set_file_sent(tx, row.id, settles_on=settles_on)
        tx.record("nacha file known as sent", row.id)


async def _try_again(tx: Tx, house: House, told: Line, *, leaving: Leaving) -> list[str]:
    """Nothing where the try is known, or was made again; else the sentence for whoever looks at it."""
    attempt_id, payout_id, amount = told["attempt"], told["payout"], told["amount_minor"]
    if await attempts.find_attempt(tx, attempt_id) is not None or await transfers.is_settled(tx, attempt_id):
        return []
    left = f"{attempt_id} of {payout_id}, {money(amount)}, left before the restore"
    try:
        payout = await payouts.lock_payout(tx, payout_id)
    except PayoutNotFound:
        at = datetime.fromisoformat(told["left_at"])
        await transfers.insert_lost(tx, LostRow(attempt_id, payout_id, told["claim"], amount, at))
        tx.record("lost payout", attempt_id)
        return [f"{left}, and this database has no such payout: {told['claim']} is not paid again until it is settled"]
    await sending.begin_new(tx, house, payout_id, leaving=leaving)
    if await attempts.find_attempt(tx, attempt_id) is not None:
        return []
    if payout.status is Status.PENDING:
        await payouts.set_held(tx, payout_id, HELD)
        tx.audit(PayoutAct.HELD, payout_id, reason=HELD)
    return [f"{left}, and the payout is {payout.status} here: look who has the money"]


async def _take_traces(tx: Tx, traces: Sequence[str]) -> None:
    for trace in traces:
        await transfers.set_traces_taken(tx, trace[:8], last=int(trace[8:]))


async def compare(house: House) -> list[str]:
    """What people have to ask the bank: its files since the moment, and what nobody has settled.

    The sandbox rail is not asked: it knows a try by its id.
    """
    async with house.database.read() as db:
        held = await find_hold(db)
        lost = await transfers.list_lost(db)
        at_bank = await files.list_since(db, held.moment) if held and held.moment else []
    return [
        *(f"{one.attempt_id} of {one.claim_id}, {money(one.amount_minor)}, left and is not settled" for one in lost),
        *(f"file {one.name}, {one.entries} payouts, {money(one.total_minor)}: has the bank got it?" for one in at_bank),
    ]


def list_unknown(db: Db, lines: Sequence[Line]) -> Query[list[str]]:
    """Tries that left, alone or in a file, and that this database does not have."""
    money = [one for one in lines if one["kind"] == Kind.MONEY]
    tries = [one["attempt"] for one in money if one["what"] == PAYOUT]
    tries += [entry["attempt"] for one in money if one["what"] == BANK_FILE for entry in one["entries"]]
    return transfers.list_unknown(db, tries)


PART = Part(settle=settle, compare=compare, list_unknown=list_unknown)
