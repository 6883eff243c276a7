"""Sealing: entries that were written are hashed, in batches, into a chain. Writers never wait for it.

    seal n = sha256( hash of seal n-1 | n | its time | for each entry its id and its digest )

An entry is sealed once its transaction and every one that began before it have ended, so that none is ever too late.
The newest seal is written outside the database as well: whoever cuts off the end of the chain is found out.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from backoffice.kernel.journal.book import append_lines
from backoffice.kernel.proof import store
from backoffice.kernel.proof.store import NewSeal, UnwrittenRow
from backoffice.kernel.write.transaction import Tx

MOST_ENTRIES = 10_000
SEALS_FILE = "audit-seals.log"
"""Below the data folder: one JSON line per seal."""
BEGINNING = bytes(32)
"""What the first seal has for the hash before it."""


def new_chain_hash(previous_hash: bytes, number: int, *, sealed_at: datetime) -> "hashlib._Hash":
    """A seal's hash before its entries are added to it."""
    chain = hashlib.sha256(previous_hash)
    chain.update(number.to_bytes(8, "big"))
    chain.update(sealed_at.astimezone(UTC).isoformat(timespec="microseconds").encode())
    return chain


def hash_of(previous_hash: bytes, number: int, *, sealed_at: datetime, entries: Iterable[tuple[UUID, bytes]]) -> bytes:
    """The hash of a seal over the ids and digests of its entries, in their order."""
    chain = new_chain_hash(previous_hash, number, sealed_at=sealed_at)
    for entry_id, digest in entries:
        chain.update(entry_id.bytes + digest)
    return chain.digest()


async def seal_entries(tx: Tx, *, most: int = MOST_ENTRIES) -> UnwrittenRow | None:
    """Seal what waits, up to `most` entries. None when nothing waits, or when somebody else is sealing."""
    if not await store.try_lock_sealing(tx):
        return None
    newest = await store.find_newest_seal(tx)
    taken = await store.take_unsealed(tx, most=most)
    if not taken:
        return None
    previous_hash, number = (newest.hash, newest.number + 1) if newest else (BEGINNING, 1)
    sealed_at = datetime.now(UTC)
    entries = [(row.entry_id, row.digest or b"") for row in taken]
    made = hash_of(previous_hash, number, sealed_at=sealed_at, entries=entries)
    ids = [entry_id for entry_id, _ in entries]
    await store.insert_seal(tx, NewSeal(number, sealed_at, ids, previous_hash, made))
    return UnwrittenRow(number, sealed_at, made, len(ids))


def write_outside(seals_file: Path, seals: Sequence[UnwrittenRow]) -> None:
    """Append committed seals to the file outside the database, on disk before this returns."""
    said = [
        {"number": seal.number, "sealed_at": seal.sealed_at, "hash": seal.hash.hex(), "entries": seal.entries}
        for seal in seals
    ]
    append_lines(seals_file, said)
