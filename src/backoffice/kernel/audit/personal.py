"""Personal values in audit entries, encrypted under the key of the person they are about.

Destroying a person's key makes their values unreadable while rows, digests and the chain stay as they are.
"""

import base64
from collections.abc import Sequence
from typing import Any

import orjson

from backoffice.kernel.audit.entry import Entry, Personal
from backoffice.kernel.database.query import Db
from backoffice.kernel.encryption.data_key import DataKeyRow, keys_of, unwrap
from backoffice.kernel.encryption.keyring import KeyRing, WrongKey, decrypt, encrypt

DESTROYED = "[destroyed]"
"""Stands for a personal value whose key is gone."""
UNREADABLE = "[unreadable]"
"""Stands for a personal value that this key ring does not open."""


async def seal_values(tx: Db, keys: KeyRing, entries: Sequence[Entry]) -> None:
    """Encrypt every value marked personal() in these entries, under its person's key."""
    named = {entry.data_subject for entry in entries if entry.has_personal_values}
    about = {person for person in named if person is not None}
    for person, key in (await keys_of(tx, keys, about)).items():
        for entry in entries:
            if entry.data_subject == person:
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
