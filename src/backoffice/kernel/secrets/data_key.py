"""Personal values in audit entries, encrypted under the key of the person they are about.

Destroying a person's key makes their values unreadable while rows, digests and the chain stay as they are.
"""

import base64
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from backoffice.kernel.audit.entry import Entry, Personal
from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.secrets.keyring import KEY_BYTES, KeyRing, WrongKey, decrypt, encrypt

DESTROYED = "[destroyed]"
"""Stands for a personal value whose key is gone."""
UNREADABLE = "[unreadable]"
"""Stands for a personal value that this key ring does not open."""


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


async def seal_values(tx: Db, keys: KeyRing, entries: Sequence[Entry]) -> None:
    """Encrypt every value marked personal() in these entries, under its person's key."""
    about = {entry.person for entry in entries if entry.person is not None and entry.has_personal_values}
    for person, key in (await keys_of(tx, keys, about)).items():
        for entry in entries:
            if entry.person == person:
                entry.before = _sealed(entry.before, key, person)
                entry.after = _sealed(entry.after, key, person)


def _sealed(values: dict[str, Any] | None, key: bytes, person: str) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        name: {"sealed": base64.b64encode(encrypt(key, orjson.dumps(value.value), bound_to=person)).decode()}
        if isinstance(value, Personal)
        else value
        for name, value in values.items()
    }


def open_values(
    values: dict[str, Any] | None, keys: KeyRing, *, person: str | None, kept: DataKeyRow | None
) -> dict[str, Any]:
    """An entry's values in plain. What the person's key, `kept`, no longer opens says so in its place."""
    opened = dict(values or {})
    names = [name for name, value in opened.items() if isinstance(value, dict) and value.keys() == {"sealed"}]
    if not names or person is None:
        return opened
    if kept is None:
        return opened | dict.fromkeys(names, DESTROYED)
    try:
        key = unwrap(keys, kept, person=person)
        plain = {name: decrypt(key, base64.b64decode(opened[name]["sealed"]), bound_to=person) for name in names}
    except WrongKey:
        return opened | dict.fromkeys(names, UNREADABLE)
    return opened | {name: orjson.loads(value) for name, value in plain.items()}
