"""What a restored database is told: statements that change nothing when they are run again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.journal.standing import StandingRow
from backoffice.kernel.write.transaction import Tx

ENDED = "database restored"


@dataclass(frozen=True, slots=True)
class SequenceRow:
    name: str
    reached: int


def list_sequences(db: Db) -> Query[list[SequenceRow]]:
    """Every sequence of ours with the last number it gave out; 0 before the first."""
    return db.all(
        SequenceRow,
        """
        SELECT format('%%I.%%I', n.nspname, c.relname) AS name, coalesce(pg_sequence_last_value(c.oid), 0) AS reached
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'S' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
         ORDER BY 1
        """,
    )


def advance_sequence(tx: Tx, name: str, *, past: int) -> Query[int | None]:
    """Where it stands then; None where this database has no such sequence."""
    return tx.find_value(int, "SELECT kernel.advance_sequence(%(name)s, %(past)s)", name=name, past=past)


def set_sessions_ended(tx: Tx, *, begun_before: datetime) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.session SET ended_at = clock_timestamp(), ended_because = %(because)s
         WHERE ended_at IS NULL AND created_at < %(begun_before)s
        """,
        because=ENDED,
        begun_before=begun_before,
    )


def delete_turns(tx: Tx) -> Query[int]:
    """Forget the jobs by the clock that were waiting: each comes again with its next turn, and not all at once."""
    return tx.run("DELETE FROM procrastinate.procrastinate_jobs WHERE status = 'todo' AND queueing_lock = task_name")


def insert_lost_keys(tx: Tx, keys: list[bytes], *, moment: datetime) -> Query[int]:
    """Keys of writes that this database has forgotten: they are told so, and not done once more."""
    return tx.run(
        """
        INSERT INTO kernel.idempotency_key (key, lost_since)
        SELECT DISTINCT key, %(moment)s::timestamptz FROM unnest(%(keys)s::bytea[]) AS key
        ON CONFLICT (key) DO NOTHING
        """,
        keys=keys,
        moment=moment,
    )


def set_mark(tx: Tx, standing: StandingRow, *, number: int) -> Query[int]:
    """This database is as far as its journal again, on the server that it is on now. How far that is."""
    return tx.value(
        int,
        """
        UPDATE kernel.journal_mark
           SET number = greatest(number, %(number)s), at = clock_timestamp(),
               system_identifier = %(system_identifier)s, timeline = %(timeline)s
        RETURNING number
        """,
        number=number,
        system_identifier=standing.system_identifier,
        timeline=standing.timeline,
    )


def set_settled(tx: Tx, hold_id: int, *, moment: datetime) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.hold SET moment = %(moment)s, settled_at = coalesce(settled_at, clock_timestamp())
         WHERE id = %(hold_id)s
        """,
        hold_id=hold_id,
        moment=moment,
    )


@dataclass(frozen=True, slots=True)
class EpochRow:
    number: int
    begun_at: datetime
    after_seal: int
    moment: datetime | None


def list_epochs(db: Db) -> Query[list[EpochRow]]:
    return db.all(EpochRow, "SELECT number, begun_at, after_seal, moment FROM kernel.audit_epoch ORDER BY number")


def insert_epoch(tx: Tx, epoch: EpochRow) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.audit_epoch (number, begun_at, after_seal, moment)
             VALUES (%(number)s, %(begun_at)s, %(after_seal)s, %(moment)s)
        ON CONFLICT (number) DO NOTHING
        """,
        number=epoch.number,
        begun_at=epoch.begun_at,
        after_seal=epoch.after_seal,
        moment=epoch.moment,
    )


@dataclass(frozen=True, slots=True)
class FollowedRow:
    """How far the journal has followed: its number, the newest seal it has looked at, the keys of before then."""

    number: int
    seal: int
    looked_at: datetime


def lock_followed(tx: Tx) -> Query[FollowedRow]:
    return tx.one(FollowedRow, "SELECT number, seal, looked_at FROM kernel.journal_mark FOR UPDATE")


def set_followed(tx: Tx, standing: StandingRow, followed: FollowedRow) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.journal_mark
           SET number = %(number)s, seal = %(seal)s, looked_at = %(looked_at)s, at = clock_timestamp(),
               system_identifier = %(system_identifier)s, timeline = %(timeline)s
        """,
        number=followed.number,
        seal=followed.seal,
        looked_at=followed.looked_at,
        system_identifier=standing.system_identifier,
        timeline=standing.timeline,
    )


@dataclass(frozen=True, slots=True)
class ActRow:
    id: UUID
    at: datetime
    product: str
    action: str
    subject: str
    actor_id: int


def list_acts(db: Db, acts: list[str], *, after_seal: int) -> Query[list[ActRow]]:
    """Entries of these acts of which the journal may not know yet: in later seals, or waiting for one."""
    return db.all(
        ActRow,
        """
        SELECT e.id, e.at, e.product, e.action, e.subject, e.actor_id
          FROM (SELECT unnest(entry_ids) AS id FROM kernel.audit_seal WHERE number > %(after_seal)s
                UNION SELECT entry_id FROM kernel.audit_unsealed) l
          JOIN kernel.audit_entry e ON e.id = l.id
         WHERE e.action = ANY (%(acts)s)
         ORDER BY e.at, e.id
        """,
        acts=acts,
        after_seal=after_seal,
    )


def find_newest_seal(db: Db) -> Query[int]:
    return db.value(int, "SELECT coalesce(max(number), 0) FROM kernel.audit_seal")


def list_keys(db: Db, *, since: datetime) -> Query[list[bytes]]:
    return db.values(
        bytes,
        "SELECT key FROM kernel.idempotency_key WHERE created_at >= %(since)s AND lost_since IS NULL",
        since=since,
    )


def list_seal_hashes(db: Db) -> Query[list[Any]]:
    return db.all(SealHashRow, "SELECT number, hash FROM kernel.audit_seal ORDER BY number")


@dataclass(frozen=True, slots=True)
class SealHashRow:
    number: int
    hash: bytes


def set_compared(tx: Tx, hold_id: int, differences: list[str]) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.hold SET compared_at = clock_timestamp(), compared = %(compared)s WHERE id = %(hold_id)s
        """,
        hold_id=hold_id,
        compared=Jsonb({"differences": differences}),
    )


def is_older(db: Db, at: datetime, *, than: timedelta) -> Query[bool]:
    return db.value(bool, "SELECT %(at)s < clock_timestamp() - %(than)s::interval", at=at, than=than)


def is_password_due(db: Db, session_id: UUID) -> Query[bool]:
    return db.value(
        bool, "SELECT password_change_due FROM kernel.session WHERE id = %(session_id)s", session_id=session_id
    )
