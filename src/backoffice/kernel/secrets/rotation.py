"""Turning the key ring: whatever is sealed under an older key is sealed anew under the first.

The kernel's part are people's data keys; what products keep sealed they name as SealedColumns.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from backoffice.kernel.actor import system
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.database.transaction import Tx
from backoffice.kernel.house import House
from backoffice.kernel.secrets.keyring import KeyRing

BATCH = 500


@dataclass(frozen=True, slots=True)
class SealedRow:
    belongs: str
    key_id: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Value:
    """What is written instead; the blind index only where the column has one."""

    belongs: str
    key_id: str
    sealed: bytes = field(repr=False)
    index: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of values sealed under the key ring, each bound to what it `belongs` to.

    `lock_older` finds the values under another key than this, at most so many; `set_value` writes one of them anew.
    """

    lock_older: Callable[[Db, str, int], Query[list[SealedRow]]]
    set_value: Callable[[Db, Value], Query[int]]
    index_purpose: str | None = None


def lock_data_keys(tx: Db, key_id: str, most: int) -> Query[list[SealedRow]]:
    return tx.all(
        SealedRow,
        """
        SELECT data_subject AS belongs, key_id, wrapped AS sealed FROM kernel.data_key WHERE key_id <> %(key_id)s
         ORDER BY data_subject LIMIT %(most)s FOR UPDATE
        """,
        key_id=key_id,
        most=most,
    )


def set_data_key(tx: Db, value: Value) -> Query[int]:
    return tx.run(
        "UPDATE kernel.data_key SET key_id = %(key_id)s, wrapped = %(sealed)s WHERE data_subject = %(belongs)s",
        belongs=value.belongs,
        key_id=value.key_id,
        sealed=value.sealed,
    )


DATA_KEYS = SealedColumn(lock_data_keys, set_data_key)


async def rotate(house: House, columns: Iterable[SealedColumn], *, progress: Callable[[int], None]) -> int:
    """Batch by batch, so that it may be interrupted and run again. Returns how many values were sealed anew."""
    done = 0
    for column in (DATA_KEYS, *columns):
        count = BATCH
        while count == BATCH:
            async with house.database.write(system("kernel", "key rotation")) as tx:
                count = await _seal_anew(tx, house.keys, column)
            done += count
            progress(done)
    return done


async def _seal_anew(tx: Tx, keys: KeyRing, column: SealedColumn) -> int:
    rows = await column.lock_older(tx, keys.current, BATCH)
    for row in rows:
        plain = keys.decrypt(row.key_id, row.sealed, bound_to=row.belongs)
        key_id, sealed = keys.encrypt(plain, bound_to=row.belongs)
        index = keys.blind_indexes(plain.decode(), purpose=column.index_purpose)[0] if column.index_purpose else None
        await column.set_value(tx, Value(row.belongs, key_id, sealed, index))
    if rows:
        tx.record("sealed anew", len(rows))
    return len(rows)
