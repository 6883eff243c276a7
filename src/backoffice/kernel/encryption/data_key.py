"""One data key per person, itself encrypted under the key ring. Destroying it makes what it encrypted unreadable."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.encryption.keyring import KEY_BYTES, KeyRing


@dataclass(frozen=True, slots=True)
class DataKeyRow:
    key_id: str
    wrapped: bytes


def keep_key(tx: Db, person: str, *, key_id: str, wrapped: bytes) -> Query[DataKeyRow]:
    """The person's wrapped key: the one that was there, or this one from now on."""
    return tx.one(
        DataKeyRow,
        """
        INSERT INTO kernel.data_key (data_subject, key_id, wrapped)
             VALUES (%(person)s, %(key_id)s, %(wrapped)s)
        ON CONFLICT (data_subject) DO UPDATE SET data_subject = excluded.data_subject
          RETURNING key_id, wrapped
        """,
        person=person,
        key_id=key_id,
        wrapped=wrapped,
    )


def find_key(db: Db, person: str) -> Query[DataKeyRow | None]:
    """The person's wrapped key, or None when there is none any more."""
    return db.find(
        DataKeyRow, "SELECT key_id, wrapped FROM kernel.data_key WHERE data_subject = %(person)s", person=person
    )


def destroy_key(tx: Db, person: str) -> Query[int]:
    """What was encrypted under it stays unreadable. Whoever writes about the person later begins with another key."""
    return tx.run("DELETE FROM kernel.data_key WHERE data_subject = %(person)s", person=person)


def unwrap(keys: KeyRing, kept: DataKeyRow, *, person: str) -> bytes:
    return keys.decrypt(kept.key_id, kept.wrapped, bound_to=person)


async def keys_of(tx: Db, keys: KeyRing, people: Collection[str]) -> dict[str, bytes]:
    """The data key of each, from now on kept for whoever had none.

    Keys are taken in the order of their persons, so that two writes about the same people can't wait for each other.
    """
    if not people:
        return {}
    ordered = sorted(people)
    made = {person: keys.encrypt(secrets.token_bytes(KEY_BYTES), bound_to=person) for person in ordered}
    kept = await together(
        *(keep_key(tx, person, key_id=name, wrapped=wrapped) for person, (name, wrapped) in made.items())
    )
    return {person: unwrap(keys, row, person=person) for person, row in zip(ordered, kept, strict=True)}
