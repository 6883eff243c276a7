"""The task of a restore: asked for in the database that is replaced, noted as done in the one that replaces it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.restore.rules import KIND
from backoffice.kernel.write.transaction import Tx

LOCK = 0x72657374


def hold_turn(tx: Tx) -> Query[int]:
    """One at a time asks whether there was one lately; held until this write ends."""
    return tx.run("SELECT pg_advisory_xact_lock(%(lock)s)", lock=LOCK)


def find_last_asked_at(db: Db) -> Query[datetime | None]:
    """When the last restore was asked for that did not fail and was not cancelled."""
    return db.find_value(
        datetime,
        """
        SELECT created_at FROM kernel.task WHERE type = %(kind)s AND status NOT IN ('failed', 'cancelled')
         ORDER BY created_at DESC LIMIT 1
        """,
        kind=KIND,
    )


def insert_done(
    tx: Tx, task_id: UUID, *, staff_id: int | None, asked_at: datetime, facts: dict[str, Any]
) -> Query[int]:
    """The task as it ended. Whoever asked may not exist yet at the moment that is restored."""
    return tx.run(
        """
        INSERT INTO kernel.task (id, product, type, status, creator_id, metadata, tries, created_at, updated_at,
                                 started_at, completed_at)
        SELECT %(task_id)s, %(product)s, %(kind)s, 'succeeded',
               (SELECT id FROM kernel.staff WHERE id = %(staff_id)s), %(facts)s, 1, %(asked_at)s, clock_timestamp(),
               %(asked_at)s, clock_timestamp()
        ON CONFLICT (id) DO NOTHING
        """,
        task_id=task_id,
        product=tx.actor.product,
        kind=KIND,
        staff_id=staff_id,
        facts=facts,
        asked_at=asked_at,
    )
