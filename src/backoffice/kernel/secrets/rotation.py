"""Turning the key ring: every person's data key is wrapped anew under the first key; the values stay as they are."""

from collections.abc import Callable
from dataclasses import dataclass

from backoffice.kernel.actor import system
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.house import House

BATCH = 500


@dataclass(frozen=True, slots=True)
class WrappedRow:
    data_subject: str
    key_id: str
    wrapped: bytes


def lock_keys_not_under(tx: Db, key_id: str) -> Query[list[WrappedRow]]:
    return tx.all(
        WrappedRow,
        """
        SELECT data_subject, key_id, wrapped FROM kernel.data_key WHERE key_id <> %(key_id)s
         ORDER BY data_subject LIMIT %(batch)s FOR UPDATE
        """,
        key_id=key_id,
        batch=BATCH,
    )


def set_wrapped(tx: Db, person: str, *, key_id: str, wrapped: bytes) -> Query[int]:
    return tx.run(
        "UPDATE kernel.data_key SET key_id = %(key_id)s, wrapped = %(wrapped)s WHERE data_subject = %(person)s",
        person=person,
        key_id=key_id,
        wrapped=wrapped,
    )


async def rotate(house: House, *, progress: Callable[[int], None]) -> int:
    """Batch by batch, so that it may be interrupted and run again. Returns how many keys were wrapped anew."""
    done = 0
    while True:
        async with house.database.write(system("kernel", "key rotation")) as tx:
            batch = await lock_keys_not_under(tx, house.keys.current)
            for row in batch:
                key = house.keys.decrypt(row.key_id, row.wrapped, bound_to=row.data_subject)
                name, wrapped = house.keys.encrypt(key, bound_to=row.data_subject)
                await set_wrapped(tx, row.data_subject, key_id=name, wrapped=wrapped)
        done += len(batch)
        progress(done)
        if len(batch) < BATCH:
            return done
