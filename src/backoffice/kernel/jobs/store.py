"""The queue's own tables: which jobs wait or run, and what dead workers left.

Dead is whose heartbeat stopped; no worker at all is dead too.
"""

from dataclasses import dataclass

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.database.transaction import Tx


@dataclass(frozen=True, slots=True)
class StalledRow:
    id: int
    task_name: str


def list_busy_locks(db: Db, task_name: str, *, locks: list[str]) -> Query[list[str]]:
    """Those of the locks under which a job of this name waits or runs."""
    return db.values(
        str,
        """
        SELECT DISTINCT coalesce(lock, '') FROM procrastinate.procrastinate_jobs
         WHERE status IN ('todo', 'doing') AND task_name = %(task_name)s AND lock = ANY (%(locks)s)
        """,
        task_name=task_name,
        locks=locks,
    )


def count_beating(db: Db, *, worker_ids: list[int], within_seconds: float) -> Query[int]:
    """How many of these workers have written their heartbeat lately."""
    return db.value(
        int,
        """
        SELECT count(*) FROM procrastinate.procrastinate_workers
         WHERE id = ANY (%(worker_ids)s) AND last_heartbeat > now() - make_interval(secs => %(seconds)s)
        """,
        worker_ids=worker_ids,
        seconds=float(within_seconds),
    )


def set_waiting_again(tx: Tx, *, dead_after_seconds: float) -> Query[list[StalledRow]]:
    """Queue again the jobs that a dead worker was doing."""
    return tx.all(
        StalledRow,
        """
        UPDATE procrastinate.procrastinate_jobs j
           SET status = 'todo', attempts = attempts + 1, scheduled_at = now()
         WHERE j.status = 'doing' AND j.queueing_lock IS NULL AND NOT j.abort_requested
           AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_workers w
                            WHERE w.id = j.worker_id AND w.last_heartbeat > now() - make_interval(secs => %(seconds)s))
     RETURNING j.id, j.task_name
        """,
        seconds=float(dead_after_seconds),
    )


def delete_missed_turns(tx: Tx, *, dead_after_seconds: float) -> Query[list[StalledRow]]:
    """Forget the jobs by the clock that a dead worker was doing: their next turn may wait already, and only one may."""
    return tx.all(
        StalledRow,
        """
        DELETE FROM procrastinate.procrastinate_jobs j
         WHERE j.status = 'doing' AND j.queueing_lock IS NOT NULL
           AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_workers w
                            WHERE w.id = j.worker_id AND w.last_heartbeat > now() - make_interval(secs => %(seconds)s))
     RETURNING j.id, j.task_name
        """,
        seconds=float(dead_after_seconds),
    )
