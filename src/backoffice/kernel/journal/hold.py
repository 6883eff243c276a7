"""The hold: as long as one is open, nothing leaves the house. It begins with a restore, and two people release it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import Conflict
from backoffice.kernel.write.transaction import Tx


class HoldAct(Act):
    BEGUN = "hold.begun"
    COMPARED = "hold.compared"
    RELEASED = "hold.released"


class HouseHeld(Conflict):
    """Nothing leaves the house since the database was restored: compare the money, then two people release it"""


@dataclass(frozen=True, slots=True)
class HoldRow:
    """`moment` is the time the database is of, as far as known; `settled_at` is None until `recovery.after` has run."""

    id: int
    begun_at: datetime
    because: str
    moment: datetime | None
    settled_at: datetime | None
    compared_at: datetime | None
    compared: dict[str, Any] | None


def find_hold(db: Db) -> Query[HoldRow | None]:
    """The hold that is open."""
    return db.find(
        HoldRow,
        """
        SELECT id, begun_at, because, moment, settled_at, compared_at, compared
          FROM kernel.hold WHERE released_at IS NULL
        """,
    )


@dataclass(frozen=True, slots=True)
class WayOutRow:
    """`server` is where this was asked, as `StandingRow.server` names it."""

    is_held: bool
    server: str


def get_way_out(db: Db) -> Query[WayOutRow]:
    """Whether a hold is open, once all that this server did until now is on its disk.

    The queue doesn't wait for the disk when a job begins. A crash that took this back after the job's line was written
    would look like a restore, and hold a house from which nothing is missing.
    """
    return db.one(
        WayOutRow,
        """
        SELECT EXISTS (SELECT FROM kernel.hold WHERE released_at IS NULL) AS is_held,
               (SELECT system_identifier FROM pg_control_system()) || '/'
                   || ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint AS server
          FROM pg_logical_emit_message(false, 'backoffice', '', true)
        """,
    )


def was_held_since(db: Db, since: datetime) -> Query[bool]:
    """Whether a hold began after that, also one that is released by now."""
    return db.value(bool, "SELECT EXISTS (SELECT FROM kernel.hold WHERE begun_at >= %(since)s)", since=since)


def lock_hold(tx: Tx) -> Query[HoldRow | None]:
    """The same, held until this write ends."""
    return tx.find(
        HoldRow,
        """
        SELECT id, begun_at, because, moment, settled_at, compared_at, compared
          FROM kernel.hold WHERE released_at IS NULL FOR UPDATE
        """,
    )


async def begin(tx: Tx, because: str, *, moment: datetime | None) -> None:
    """From this commit on nothing leaves. Nothing changes where a hold is open already."""
    hold_id = await tx.find_value(
        int,
        """
        INSERT INTO kernel.hold (because, moment) VALUES (%(because)s, %(moment)s)
        ON CONFLICT ((true)) WHERE released_at IS NULL DO NOTHING RETURNING id
        """,
        because=because,
        moment=moment,
    )
    if hold_id is not None:
        tx.audit(HoldAct.BEGUN, hold_id, after={"because": because, "moment": moment.isoformat() if moment else None})


async def begin_anew(tx: Tx, because: str, *, moment: datetime, looked_at: datetime | None = None) -> None:
    """The same where one may be open already, perhaps in what was restored: to be settled and compared once more.

    What another process has settled since `looked_at` stays as it is; None is now.
    """
    await begin(tx, because, moment=moment)
    await tx.run(
        """
        UPDATE kernel.hold
           SET settled_at = NULL, compared_at = NULL, compared = NULL, moment = least(moment, %(moment)s)
         WHERE released_at IS NULL AND (settled_at < %(looked_at)s::timestamptz) IS NOT FALSE
        """,
        moment=moment,
        looked_at=looked_at,
    )
    tx.record("hold to be settled", because)


async def refuse_held(db: Db) -> None:
    """HouseHeld while a hold is open: for what a command is about to send."""
    if await find_hold(db) is not None:
        raise HouseHeld


@dataclass(frozen=True, slots=True)
class Leaving:
    """A job that is about to go outside, as the queue knows it."""

    queue: str
    task_name: str
    priority: int
    lock: str | None
    arguments: dict[str, Any]

    @property
    def digest(self) -> bytes:
        told = [self.task_name, self.lock, self.arguments]
        return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).digest()


def put_away(tx: Tx, job: Leaving) -> Query[bool]:
    """Keep the job until the release, if a hold is open. One statement: the release can't pass between look and keep.

    The same job put away twice is kept once.
    """
    return tx.value(
        bool,
        """
        WITH held AS MATERIALIZED (SELECT FROM kernel.hold WHERE released_at IS NULL FOR SHARE),
             kept AS (
            INSERT INTO kernel.held_job (digest, queue, task_name, priority, lock, arguments)
            SELECT %(digest)s, %(queue)s, %(task_name)s, %(priority)s, %(lock)s, %(arguments)s FROM held
            ON CONFLICT (digest) DO NOTHING
        )
        SELECT EXISTS (SELECT FROM held)
        """,
        digest=job.digest,
        queue=job.queue,
        task_name=job.task_name,
        priority=job.priority,
        lock=job.lock,
        arguments=Jsonb(job.arguments),
    )


def let_go(tx: Tx) -> Query[int]:
    """Queue again what was put away, in its order. The hold's row is held by whoever releases it."""
    return tx.value(
        int,
        """
        WITH kept AS (DELETE FROM kernel.held_job RETURNING id, queue, task_name, priority, lock, arguments),
             queued AS (
            SELECT procrastinate.procrastinate_defer_jobs_v1(
                       array_agg(ROW(queue, task_name, priority, lock, NULL, arguments, NULL)
                                 ::procrastinate.procrastinate_job_to_defer_v1 ORDER BY id)) AS ids
              FROM kept HAVING count(*) > 0
        )
        SELECT coalesce((SELECT cardinality(ids) FROM queued), 0)
        """,
    )


def set_released(tx: Tx, hold_id: int) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.hold SET released_at = clock_timestamp(), released_by = %(staff_id)s
         WHERE id = %(hold_id)s AND released_at IS NULL
        """,
        hold_id=hold_id,
        staff_id=tx.actor.staff_id,
    )
