"""How a file for the bank comes to where it lies, and back from there: the folder of this machine, or the object store.

In an object store all machines see the same files. Its calls are made outside any transaction; while a file is on its
way there nobody rejects it.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backoffice.kernel.actor import system
from backoffice.kernel.database import together
from backoffice.kernel.errors import NotFound
from backoffice.kernel.files.shelf import Shelf, shelf_of
from backoffice.kernel.gateways.banking_days import today
from backoffice.kernel.house import House
from backoffice.kernel.journal import standing
from backoffice.kernel.journal.hold import refuse_held
from backoffice.kernel.write import Tx, outside_transaction
from backoffice.shield.clearing import folder
from backoffice.shield.clearing import store as files
from backoffice.shield.clearing.folder import FOLDER, FileChanged
from backoffice.shield.clearing.store import FileRow
from backoffice.shield.clearing.telling import told_file
from backoffice.shield.transfer import rules

CLERK = system("shield", "clearing")
LEAVES_WITHIN_SECONDS = 120
"""Longer than an object store may take for a file."""


class UnknownFile(NotFound):
    """There is no file {name}"""

    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """`where` is its path on this machine, or its address in the object store."""

    where: str
    payouts: int
    total_minor: int
    effective_on: date

    @property
    def path(self) -> Path:
        return Path(self.where)


async def write(house: House, row: FileRow) -> Written | None:
    """The text of the intent, whatever the settings say by now: written once, then noted, and kept here no more.

    The file gets its name while the intent is held, and only when nobody rejected or wrote it meanwhile; else None.
    """
    assert row.text_key_id and row.text_sealed, "what is not written has its text"
    content = house.keys.decrypt(row.text_key_id, row.text_sealed, bound_to=row.id)
    settles_on = rules.settles_on(row.effective_on, written_on=today())
    async with house.database.read() as db:
        in_file, claims = await together(files.list_of_file(db, row.id), files.list_claims_of(db, row.id))
    async with house.database.write(CLERK) as tx:
        step = await standing.step(tx, house.journal)
        tx.record("nacha file about to be written", row.id)
    outside_transaction("NACHA file")
    await house.journal.write(told_file(row, in_file, claims=claims, settles_on=settles_on), step)
    if (shelf := shelf_of(house.settings, FOLDER)) is not None:
        return await _send_to(shelf, house, row, content=content, settles_on=settles_on)
    path = _path(house, row.name)
    whole = await asyncio.to_thread(folder.prepare, path, content)
    try:
        async with house.database.write(CLERK) as tx:
            if not await files.lock_unwritten(tx, row.id):
                return None
            await asyncio.to_thread(folder.name, whole, path, content=content)
            await _note_written(tx, row, settles_on=settles_on)
    finally:
        await asyncio.to_thread(whole.unlink)
    return Written(str(path), row.entries, row.total_minor, row.effective_on)


async def _send_to(shelf: Shelf, house: House, row: FileRow, *, content: bytes, settles_on: date) -> Written | None:
    """The same by way of an object store, which is not called while the intent is held: it can't be rejected meanwhile.

    Whoever finds it there already, with the same text, notes it: a run that died put it there, or one beside this.
    """
    async with house.database.write(CLERK) as tx:
        if not await files.lock_unwritten(tx, row.id):
            return None
        await files.set_leaving(tx, row.id, seconds=LEAVES_WITHIN_SECONDS)
        tx.record("nacha file leaving", row.id)
    if not await shelf.keep(row.name, content) and await shelf.find(row.name) != content:
        raise FileChanged(name=row.name)
    async with house.database.write(CLERK) as tx:
        is_ours = await files.lock_unwritten(tx, row.id)
        if is_ours:
            await _note_written(tx, row, settles_on=settles_on)
        is_wanted = await files.was_written(tx, row.id)
    if not is_wanted:
        await shelf.remove(row.name)
    return Written(shelf.where(row.name), row.entries, row.total_minor, row.effective_on) if is_ours else None


async def _note_written(tx: Tx, row: FileRow, *, settles_on: date) -> None:
    await files.set_written(tx, row.id)
    await files.set_file_sent(tx, row.id, settles_on=settles_on)
    tx.record("nacha file written", row.id)


async def fetch_file(house: House, name: str, *, to_compare: bool = False) -> bytes:
    """A written file as the bank gets it, from wherever it lies. FileChanged when it is not what was recorded.

    HouseHeld while nothing may leave: the bank may have it. A copy that is only compared is given all the same.
    """
    async with house.database.read() as db:
        if not to_compare:
            await refuse_held(db)
        recorded = await files.find_hash(db, name)
    if recorded is None:
        raise UnknownFile(name=name)
    shelf = shelf_of(house.settings, FOLDER)
    content = await shelf.find(name) if shelf else await asyncio.to_thread(folder.find, _path(house, name))
    if content is None or hashlib.sha256(content).digest() != recorded:
        raise FileChanged(name=name)
    return content


def _path(house: House, name: str) -> Path:
    return house.settings.data_folder / FOLDER / name


async def remove(house: House, name: str) -> None:
    """Take away what a run named but died before noting."""
    shelf = shelf_of(house.settings, FOLDER)
    await (shelf.remove(name) if shelf else asyncio.to_thread(_path(house, name).unlink, missing_ok=True))
