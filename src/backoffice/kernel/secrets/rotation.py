"""Turning the key ring: whatever is sealed under an older key is sealed anew under the first.

The kernel's part are people's data keys; what products keep sealed they name as SealedColumns.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

from backoffice.kernel.actor import system
from backoffice.kernel.database.compose import Listing
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.secrets.check import SealedRow, forget_other_keys
from backoffice.kernel.write import Database, Tx

BATCH = 500
OLDER: LiteralString = """
    SELECT {belongs} AS belongs, coalesce({key_id}, '') AS key_id, coalesce({sealed}, '') AS sealed
      FROM {table}
     WHERE {key_id} <> %(key_id)s ORDER BY {belongs} LIMIT %(most)s FOR UPDATE
"""
RENEW: LiteralString = """
    UPDATE {table} SET {key_id} = %(key_id)s, {sealed} = %(sealed)s{with_index}
     WHERE {belongs} = %(belongs)s RETURNING {belongs}
"""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of values sealed under the key ring, each bound to what it belongs to.

    `older` finds those under another key than this, `renew` writes one of them anew.
    """

    older: Listing
    renew: Listing
    index_purpose: str | None = None


def sealed_column(
    table: LiteralString,
    *,
    belongs: LiteralString = "id",
    key_id: LiteralString = "key_id",
    sealed: LiteralString = "sealed",
    index: tuple[LiteralString, str] | None = None,
) -> SealedColumn:
    """A column by its names; `index` is its blind index and what that is for.

    A value may be absent: then its key is too, and coalesce() says of those that are found that they are there.
    """
    names: dict[str, LiteralString] = {"table": table, "belongs": belongs, "key_id": key_id, "sealed": sealed}
    with_index: LiteralString = f", {index[0]} = %(index)s" if index else ""
    return SealedColumn(
        Listing(SealedRow, OLDER.format(**names), {}),
        Listing(str, RENEW.format(**names, with_index=with_index), {}),
        index[1] if index else None,
    )


DATA_KEYS = sealed_column("kernel.data_key", belongs="data_subject", sealed="wrapped")


async def rotate(
    database: Database, keys: KeyRing, *, columns: Iterable[SealedColumn], progress: Callable[[int], None]
) -> int:
    """Batch by batch, so that it may be interrupted and run again. Returns how many values were sealed anew."""
    done = 0
    for column in (DATA_KEYS, *columns):
        count = BATCH
        while count == BATCH:
            async with database.write(system("kernel", "key rotation")) as tx:
                count = await _seal_anew(tx, keys, column)
            done += count
            progress(done)
    async with database.write(system("kernel", "key rotation")) as tx:
        await forget_other_keys(tx, keys)
    return done


async def _seal_anew(tx: Tx, keys: KeyRing, column: SealedColumn) -> int:
    rows = await tx.all(SealedRow, column.older.where({}), key_id=keys.current, most=BATCH)
    for row in rows:
        plain = keys.decrypt(row.key_id, row.sealed, bound_to=row.belongs)
        key_id, sealed = keys.encrypt(plain, bound_to=row.belongs)
        index = keys.blind_indexes(plain.decode(), purpose=column.index_purpose)[0] if column.index_purpose else None
        anew: dict[str, Any] = {"belongs": row.belongs, "key_id": key_id, "sealed": sealed, "index": index}
        await tx.value(str, column.renew.where({}), **anew)
    if rows:
        tx.record("sealed anew", len(rows))
    return len(rows)
