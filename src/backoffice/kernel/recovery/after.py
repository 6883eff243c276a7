"""Making true what must be true after a restore, in one write; what people have to do is in the report."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog

from backoffice.kernel.actor import system
from backoffice.kernel.errors import Conflict, Refusal
from backoffice.kernel.house import House
from backoffice.kernel.journal import hold, standing
from backoffice.kernel.journal.book import Journal, Kind, Line, at_of, line
from backoffice.kernel.journal.hold import HoldRow
from backoffice.kernel.notify import rules as notify_rules
from backoffice.kernel.notify import store as notify_store
from backoffice.kernel.proof.seal import SEALS_FILE
from backoffice.kernel.recovery import chain, store
from backoffice.kernel.recovery.lacking import lacks
from backoffice.kernel.recovery.parts import parts
from backoffice.kernel.recovery.report import Report
from backoffice.kernel.write.transaction import Tx
from backoffice.settings import Settings

log = structlog.get_logger("backoffice.recovery")
RESTORED = "the database was restored"
RESTORER = system("kernel", "restore")
MOST_FILES = 100_000
LOCK = 0x7365746C
RESERVE = 1_000
"""So many numbers above the highest known are left out: some may have gone out since the journal last looked."""


class NothingRestored(Conflict):
    """Nothing says that this database was restored: no journal knows of more. If it was, say: --moment {moment}"""

    moment: str


async def refuse_whole(house: House, *, folders: Sequence[Path] = ()) -> None:
    """NothingRestored where no hold is open and no journal, nor a copy in `folders`, is ahead of the database.

    For whoever types without a moment: a house that goes on as it should must not be held by a word too much.
    """
    async with house.database.read() as db:
        if await hold.find_hold(db) is not None:
            return
        here = await standing.look(db, house.journal)
        copies = [Journal(folder.parent, folder=folder.name) for folder in folders]
        beside = [await standing.look(db, copy) for copy in copies]
    is_elsewhere = not here.has_journal and standing.is_elsewhere(here.standing)
    if not is_elsewhere and not any(found.is_behind for found in (here, *beside)):
        raise NothingRestored(moment=f"{here.standing.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}")


async def after(
    settings: Settings, moment: datetime | None = None, *, folders: Sequence[Path] = (), seals: Sequence[Path] = ()
) -> Report:
    """Settle a database that was restored to `moment`, or to nobody knows when, and save the report.

    To be run before anything else opens it. `folders` hold copies of other machines' journals, `seals` are their files
    of seals. OSError where the journal can't be read or the report not be written.
    """
    house = House.build(settings, database_url=settings.direct_url)
    await house.database.open()
    try:
        return await settle(house, moment, folders=folders, seals=seals)
    finally:
        await house.close()


async def settle(
    house: House,
    moment: datetime | None = None,
    *,
    because: str = RESTORED,
    folders: Sequence[Path] = (),
    seals: Sequence[Path] = (),
) -> Report:
    """The same on a house that is open. One at a time: another process waits until this one has settled."""
    async with house.database.alone(LOCK):
        return await _settle(house, moment, because=because, folders=folders, seals=seals)


async def _settle(
    house: House, moment: datetime | None, *, because: str, folders: Sequence[Path], seals: Sequence[Path]
) -> Report:
    """The journal is read from the database's own last mark on where that is earlier: a moment can be typed wrongly."""
    async with house.database.read() as db:
        found = await standing.look(db, house.journal)
        before = await hold.find_hold(db)
    moment = min([one for one in (moment, before and before.moment) if one], default=found.standing.at)
    surely = min(moment, found.standing.at)
    lines = await asyncio.to_thread(_read, house, since=surely - standing.SLACK, folders=folders)
    report = _begun(moment, before, because=because, lines=lines)
    async with house.database.write(RESTORER) as tx:
        held = await _held(tx, because, moment=surely, is_behind=found.is_behind)
        is_first = held.settled_at is None
        await _close_doors(tx, report, held, is_first=is_first)
        await _advance(tx, report, is_first=is_first, lines=lines)
        reached = await store.set_mark(tx, found.standing, number=_newest_mark(lines))
        await standing.insert_steps(tx, [UUID(one["id"]) for one in lines if one["kind"] == Kind.STEP and "id" in one])
        await _send_nothing_twice(tx, report, lines)
        own_seals = house.settings.data_folder / SEALS_FILE
        epoch, report.seals_given_up = await chain.begin_epoch(tx, [own_seals, *seals], moment=moment)
        report.epoch = epoch.number if epoch else None
    await house.journal.write(line(Kind.MARK, number=reached, sequences={}))
    tell(report, lines)
    for part in parts():
        report.to_look_at += await part.settle(house, lines)
    async with house.database.write(RESTORER) as tx:
        await store.set_settled(tx, held.id, moment=surely)
        tx.record("restore settled", held.id)
    await _list_files(house, report)
    await asyncio.to_thread(report.save, house.settings.data_folder)
    return report


async def settle_if_held(house: House, *, is_worker: bool = False) -> None:
    """For a process that has just opened the house, or finds itself on another server: what is to be done is done now.

    On its first start a process leaves a mark, so that it knows the next time that it has been here. A worker on a
    server that it does not know trusts no old journal: it is from there that things leave.
    """
    async with house.database.read() as db:
        found = await standing.look(db, house.journal)
    is_blind = not found.has_journal or (is_worker and found.is_old)
    because = ""
    if is_blind and standing.is_elsewhere(found.standing):
        because = standing.ELSEWHERE
    elif found.is_behind or await lacks(house, found):
        because = standing.RESTORED
    if because:
        async with house.database.write(RESTORER) as tx:
            await hold.begin_anew(tx, because, moment=found.standing.at, looked_at=found.standing.looked_at)
    house.journal.server = found.standing.server
    async with house.database.read() as db:
        held = await hold.find_hold(db)
    if held is None:
        if not found.has_journal:
            here = found.standing
            await house.journal.write(line(Kind.MARK, number=here.number, sequences={}, server=here.server))
        return
    report = await _settle_if_due(house) if held.settled_at is None else None
    if report is not None:
        for sentence in report.lines:
            log.warning(sentence)
    else:
        log.warning("the house is held: nothing leaves it", since=held.begun_at.isoformat(), because=held.because)


async def _settle_if_due(house: House) -> Report | None:
    """None where a process that started beside this one has done it: people may have signed in since."""
    async with house.database.alone(LOCK):
        async with house.database.read() as db:
            held = await hold.find_hold(db)
        if held is None or held.settled_at is not None:
            return None
        return await _settle(house, None, because=held.because, folders=(), seals=())


async def _held(tx: Tx, because: str, *, moment: datetime, is_behind: bool) -> HoldRow:
    begin = hold.begin_anew if is_behind else hold.begin
    await begin(tx, because, moment=moment)
    held = await hold.lock_hold(tx)
    assert held is not None, "it was begun in this write"
    return held


def _begun(moment: datetime, before: HoldRow | None, *, because: str, lines: Sequence[Line]) -> Report:
    """What the journal has told since the hold says nothing of the time before it."""
    now = datetime.now(UTC)
    began = before.begun_at if before else now
    has_journal = any(at_of(one) < began for one in lines)
    return Report(moment, now, before.because if before else because, has_journal=has_journal)


def _read(house: House, *, since: datetime, folders: Sequence[Path]) -> list[Line]:
    return list(house.journal.read(since=since, folders=folders))


async def _close_doors(tx: Tx, report: Report, held: HoldRow, *, is_first: bool) -> None:
    """Sessions that had ended would live again: all end, but those that began since this was done before."""
    begun_before = datetime.now(UTC) if is_first or held.settled_at is None else held.settled_at
    report.sessions_ended = await store.set_sessions_ended(tx, begun_before=begun_before)
    if is_first:
        report.turns_forgotten = await store.delete_turns(tx)


def _newest_mark(lines: Iterable[Line]) -> int:
    return max((one["number"] for one in lines if one["kind"] in (Kind.MARK, Kind.STEP)), default=0)


async def _advance(tx: Tx, report: Report, *, is_first: bool, lines: Iterable[Line]) -> None:
    """Past the highest that the journal knows, with the reserve; those that it says nothing of, by the reserve."""
    highest: dict[str, int] = {}
    for one in lines:
        if one["kind"] == Kind.MARK:
            for name, reached in one["sequences"].items():
                highest[name] = max(reached, highest.get(name, 0))
        elif one["kind"] == Kind.SENT:
            name = "procrastinate.procrastinate_jobs_id_seq"
            highest[name] = max(one["job"], highest.get(name, 0))
    here = {row.name: row.reached for row in await store.list_sequences(tx)}
    for name in sorted(here.keys() | highest.keys()):
        reached = here.get(name, 0)
        known = reached if is_first else 0
        past = max(known, highest.get(name, 0)) + RESERVE
        if past > reached and (known or name in highest):
            await store.advance_sequence(tx, name, past=past)
            report.sequences_advanced += 1


async def _send_nothing_twice(tx: Tx, report: Report, lines: Sequence[Line]) -> None:
    """Writes whose key this database has forgotten are told so; mail that was being sent waits for a person."""
    keys = [bytes.fromhex(key) for one in lines if one["kind"] == Kind.KEY for key in one["keys"]]
    report.keys_lost = await store.insert_lost_keys(tx, keys, moment=report.moment)
    sent = [one for one in lines if one["kind"] == Kind.SENT and one["name"] == notify_rules.SEND]
    await notify_store.set_sent_before(tx, [one["arguments"]["notice_id"] for one in sent])


def tell(report: Report, lines: Iterable[Line]) -> None:
    """What the journal knows of the window, for people to look at."""
    sent: Counter[str] = Counter()
    for one in lines:
        match one["kind"]:
            case Kind.ACCESS:
                _once(report.access, one)
            case Kind.RECEIVED:
                report.received += [name for name in one["names"] if name not in report.received]
            case Kind.ERASED:
                _once(report.forgotten_again, one)
            case Kind.MONEY:
                _once(report.money, one)
            case Kind.SENT:
                sent[one["name"]] += 1
    report.sent = dict(sent)


def _once(told: list[Line], one: Line) -> None:
    """The journal may tell of the same entry twice."""
    if not any({**one, "at": ""} == {**other, "at": ""} for other in told):
        told.append(one)


async def _list_files(house: House, report: Report) -> None:
    """Files that this database can't know, because they came after it."""
    try:
        report.files = await house.files.names_since(report.moment, most=MOST_FILES)
    except Refusal as refusal:
        report.to_look_at.append(f"files newer than the moment could not be listed: {refusal.sentence}")
