"""The seals and what they are made of, read in the order of the chain. Nothing ever changes or leaves."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.database.query import Db, Query

SEALER_LOCK = 0x5EA1


@dataclass(frozen=True, slots=True)
class NewSeal:
    """A seal about to be written, with the ids of what it seals, in their order."""

    number: int
    sealed_at: datetime
    entry_ids: list[UUID]
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class UnwrittenRow:
    """What the file outside the database is to say of a seal."""

    number: int
    sealed_at: datetime
    hash: bytes
    entries: int


@dataclass(frozen=True, slots=True)
class SealHashRow:
    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class TakenRow:
    """An entry about to be sealed; its digest is None when the entry itself is gone."""

    entry_id: UUID
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class StoredRow:
    """An entry as a list names it (`listed_id`) and as it stands; every other field is None when it is gone."""

    listed_id: UUID | None
    id: UUID | None
    at: datetime | None
    product: str | None
    actor_kind: str | None
    actor_id: int | None
    actor_label: str | None
    action: str | None
    subject: str | None
    data_subject: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    address: str | None
    agent: str | None
    request_id: str | None
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class SealedRow(StoredRow):
    """A line of a seal's list, with the seal; a seal that lists nothing has one line without an entry.

    `kept` is the digest that stays of an entry which was cut off.
    """

    number: int
    sealed_at: datetime
    previous_hash: bytes
    hash: bytes
    kept: bytes | None


def try_lock_sealing(tx: Db) -> Query[bool]:
    """Become the only sealer until this write ends, or False when somebody else is."""
    return tx.value(bool, "SELECT pg_try_advisory_xact_lock(%(lock)s)", lock=SEALER_LOCK)


def find_newest_seal(db: Db) -> Query[SealHashRow | None]:
    return db.find(SealHashRow, "SELECT number, hash FROM kernel.audit_seal ORDER BY number DESC LIMIT 1")


def take_unsealed(tx: Db, *, most: int) -> Query[list[TakenRow]]:
    """The waiting entries whose transaction, and every one before it, has ended; they wait no longer."""
    return tx.all(
        TakenRow,
        """
        WITH next AS (
            SELECT entry_id FROM kernel.audit_unsealed
             WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY entry_id LIMIT %(most)s
        ), taken AS (
            DELETE FROM kernel.audit_unsealed u USING next WHERE u.entry_id = next.entry_id RETURNING u.entry_id
        )
        SELECT t.entry_id, e.digest
          FROM taken t
          LEFT JOIN kernel.audit_entry e ON e.id = t.entry_id
         ORDER BY t.entry_id
        """,
        most=most,
    )


def insert_seal(tx: Db, seal: NewSeal) -> Query[int]:
    return tx.run(
        """
        WITH unwritten AS (INSERT INTO kernel.audit_unwritten (number) VALUES (%(number)s))
        INSERT INTO kernel.audit_seal (number, sealed_at, entry_ids, previous_hash, hash)
             VALUES (%(number)s, %(sealed_at)s, %(entry_ids)s::uuid[], %(previous_hash)s, %(hash)s)
        """,
        number=seal.number,
        sealed_at=seal.sealed_at,
        entry_ids=seal.entry_ids,
        previous_hash=seal.previous_hash,
        hash=seal.hash,
    )


def list_unwritten(db: Db, *, most: int) -> Query[list[UnwrittenRow]]:
    """The oldest seals that have no line outside the database yet, in their order."""
    return db.all(
        UnwrittenRow,
        """
        SELECT s.number, s.sealed_at, s.hash, cardinality(s.entry_ids) AS entries
          FROM kernel.audit_unwritten u
          JOIN kernel.audit_seal s ON s.number = u.number
         ORDER BY s.number LIMIT %(most)s
        """,
        most=most,
    )


def set_written(tx: Db, numbers: list[int]) -> Query[int]:
    """Their lines are on disk."""
    return tx.run("DELETE FROM kernel.audit_unwritten WHERE number = ANY (%(numbers)s)", numbers=numbers)


def stream_sealed(db: Db) -> AsyncGenerator[SealedRow, None]:
    """Every line of every seal, in the order of the chain, with the entry it names."""
    return db.stream(
        SealedRow,
        """
        SELECT l.listed_id, e.id, e.at, e.product, e.actor_kind, e.actor_id, e.actor_label, e.action, e.subject,
               e.data_subject, e.before, e.after, e.reason, e.address, e.agent, e.request_id, e.digest,
               s.number, s.sealed_at, s.previous_hash, s.hash, substr(c.digests, l.place::integer * 32 - 31, 32) AS kept
          FROM kernel.audit_seal s
          LEFT JOIN kernel.audit_cut_seal c ON c.number = s.number
          LEFT JOIN LATERAL unnest(s.entry_ids) WITH ORDINALITY AS l(listed_id, place) ON true
          LEFT JOIN kernel.audit_entry e ON e.id = l.listed_id
         ORDER BY s.number, l.place
        """,
    )


def stream_unsealed(db: Db) -> AsyncGenerator[StoredRow, None]:
    """Every entry that waits for its seal."""
    return db.stream(
        StoredRow,
        """
        SELECT u.entry_id AS listed_id, e.id, e.at, e.product, e.actor_kind, e.actor_id, e.actor_label, e.action,
               e.subject, e.data_subject, e.before, e.after, e.reason, e.address, e.agent, e.request_id, e.digest
          FROM kernel.audit_unsealed u
          LEFT JOIN kernel.audit_entry e ON e.id = u.entry_id
         ORDER BY u.entry_id
        """,
    )


def find_listed_twice(db: Db) -> Query[UUID | None]:
    """An entry that two places name, seals or the list of those that wait. Slow: it looks at every line."""
    return db.find_value(
        UUID,
        """
        SELECT l.id
          FROM (SELECT unnest(entry_ids) AS id FROM kernel.audit_seal
                UNION ALL
                SELECT entry_id FROM kernel.audit_unsealed) l
         GROUP BY l.id HAVING count(*) > 1
         ORDER BY l.id
         LIMIT 1
        """,
    )


def find_unlisted(db: Db) -> Query[UUID | None]:
    """The oldest entry that neither a seal names nor waits for one. Slow: it looks at every entry."""
    return db.find_value(
        UUID,
        """
        SELECT e.id
          FROM kernel.audit_entry e
          LEFT JOIN (SELECT unnest(entry_ids) AS id FROM kernel.audit_seal) l ON l.id = e.id
          LEFT JOIN kernel.audit_unsealed u ON u.entry_id = e.id
         WHERE l.id IS NULL AND u.entry_id IS NULL
         ORDER BY e.id
         LIMIT 1
        """,
    )


def list_seal_hashes(db: Db, numbers: list[int]) -> Query[list[SealHashRow]]:
    return db.all(
        SealHashRow,
        "SELECT number, hash FROM kernel.audit_seal WHERE number = ANY (%(numbers)s)",
        numbers=numbers,
    )


def list_epochs(db: Db) -> Query[list[int]]:
    """The restores that are recorded, by their numbers."""
    return db.values(int, "SELECT number FROM kernel.audit_epoch ORDER BY number")
