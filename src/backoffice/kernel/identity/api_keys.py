"""API keys of platforms: hashed, scoped, shown once, rotated. A key signs in a server, never a person.

Audited: api_key.created, api_key.rotated, api_key.revoked.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.write.transaction import Tx

HEADER = "x-api-key"
PREFIX = "bo_"
WRITTEN = re.compile(PREFIX + "[A-Za-z0-9_-]{43}")
"""What a key looks like: anything else is nobody's, without asking the database."""
GRACE_HOURS = 24
"""How long a rotated key still works beside its successor."""


class KeyAct(Act):
    CREATED = "api_key.created"
    ROTATED = "api_key.rotated"
    REVOKED = "api_key.revoked"


class BadKey(Unauthenticated):
    """Invalid or missing API key"""


class KeyNotFound(NotFound):
    """There is no live API key {key_id}"""

    key_id: str


class KeyReplaced(Conflict):
    """API key {key_id} was rotated already: rotate its successor"""

    key_id: str


class UnknownScope(Invalid):
    """An API key of {product} can't have the scope '{scope}'. Known: {known}"""

    product: str
    scope: str
    known: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    id: UUID
    number: int
    product: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key about to be made; `secret` is shown once, only its hash is written."""

    product: str
    name: str
    scopes: list[str]
    id: UUID = field(default_factory=uuid7)
    secret: str = field(default_factory=lambda: PREFIX + secrets.token_urlsafe(32))


def hash_of(secret: str) -> bytes:
    """The key is 256 random bits: one round of SHA-256 keeps it as well as many would."""
    return hashlib.sha256(secret.encode()).digest()


def find_key(db: Db, secret_hash: bytes, product: str) -> Query[KeyRow | None]:
    return db.find(
        KeyRow,
        """
        SELECT id, number, product, name, scopes, created_at, expires_at
          FROM kernel.api_key
         WHERE secret_hash = %(secret_hash)s AND product = %(product)s
           AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
        """,
        secret_hash=secret_hash,
        product=product,
    )


def confirm_key(db: Db, key_id: str) -> Query[bool | None]:
    """None when the key was revoked or has expired; else False."""
    return db.find_value(
        bool,
        """
        SELECT false FROM kernel.api_key
         WHERE id = %(key_id)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
        """,
        key_id=key_id,
    )


def lock_key(tx: Tx, key_id: str) -> Query[KeyRow]:
    """A key that works, of the product that the write is for."""
    return tx.one(
        KeyRow,
        """
        SELECT id, number, product, name, scopes, created_at, expires_at
          FROM kernel.api_key
         WHERE id::text = %(key_id)s AND product = %(product)s
           AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
           FOR UPDATE
        """,
        key_id=key_id,
        product=tx.actor.product,
        missing=KeyNotFound(key_id=key_id),
    )


def list_keys(db: Db, product: str) -> Query[list[KeyRow]]:
    return db.all(
        KeyRow,
        """
        SELECT id, number, product, name, scopes, created_at, expires_at
          FROM kernel.api_key
         WHERE product = %(product)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
         ORDER BY created_at, id
        """,
        product=product,
    )


def insert_key(tx: Tx, new: NewKey) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.api_key (id, product, name, secret_hash, scopes)
             VALUES (%(id)s, %(product)s, %(name)s, %(secret_hash)s, %(scopes)s)
        """,
        id=new.id,
        product=new.product,
        name=new.name,
        secret_hash=hash_of(new.secret),
        scopes=new.scopes,
    )


def set_replaced(tx: Tx, key_id: UUID, *, by: UUID, hours: int) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.api_key SET replaced_by = %(by)s, expires_at = now() + make_interval(hours => %(hours)s::int)
         WHERE id = %(key_id)s
        """,
        key_id=key_id,
        by=by,
        hours=hours,
    )


def set_revoked(tx: Tx, key_id: UUID) -> Query[int]:
    return tx.run("UPDATE kernel.api_key SET revoked_at = now() WHERE id = %(key_id)s", key_id=key_id)


async def find_platform(house: House, secret: str | None, *, product: str) -> Actor:
    """The platform that holds this key. BadKey when nobody does."""
    if secret is None or not WRITTEN.fullmatch(secret):
        raise BadKey
    async with house.database.read() as db:
        row = await find_key(db, hash_of(secret), product)
    if row is None:
        raise BadKey
    return Actor(
        ActorKind.PLATFORM, row.number, row.name, product, permissions=frozenset(row.scopes), session_id=str(row.id)
    )


async def create_key(tx: Tx, *, product: str, name: str, scopes: list[str], known: frozenset[str]) -> tuple[UUID, str]:
    """A new key; its secret is returned once and kept nowhere."""
    for scope in scopes:
        if scope not in known:
            raise UnknownScope(product=product, scope=scope, known=", ".join(sorted(known)))
    new = NewKey(product, name, scopes)
    await insert_key(tx, new)
    tx.audit(KeyAct.CREATED, new.id, after={"name": name, "scopes": scopes})
    return new.id, new.secret


async def rotate_key(tx: Tx, key_id: str) -> tuple[UUID, str]:
    """A successor with the same name and scopes; the old key works for another day, and no rotation prolongs that."""
    old = await lock_key(tx, key_id)
    if old.expires_at is not None:
        raise KeyReplaced(key_id=key_id)
    new = NewKey(old.product, old.name, old.scopes)
    await insert_key(tx, new)
    await set_replaced(tx, old.id, by=new.id, hours=GRACE_HOURS)
    tx.audit(KeyAct.ROTATED, old.id, after={"replaced_by": str(new.id)})
    return new.id, new.secret


async def revoke_key(tx: Tx, key_id: str) -> None:
    """The key stops working at its next call."""
    row = await lock_key(tx, key_id)
    await set_revoked(tx, row.id)
    tx.audit(KeyAct.REVOKED, row.id)
