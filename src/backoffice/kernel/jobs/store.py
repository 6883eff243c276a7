"""The queue's own tables: which jobs wait or run, and what dead workers left.

Dead is whose heartbeat stopped; no worker at all is dead too.
"""

from dataclasses import dataclass

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.write.transaction import Tx


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


def delete_failed_turns(tx: Tx, task_name: str) -> Query[int]:
    """Forget the turns of this job by the clock that failed before: of a job that always fails the newest stays."""
    return tx.value(
        int,
        """
        WITH deleted AS (
            DELETE FROM procrastinate.procrastinate_jobs
             WHERE status = 'failed' AND task_name = %(task_name)s AND queueing_lock = %(task_name)s
         RETURNING id
        )
        SELECT count(*) FROM deleted
        """,
        task_name=task_name,
    )


def delete_ended(tx: Tx, *, days: int, limit: int) -> Query[int]:
    """Delete jobs, with their history, that ended without success and of which nothing was heard for so many days."""
    return tx.value(
        int,
        """
        WITH old AS (
            SELECT j.id FROM procrastinate.procrastinate_jobs j
             WHERE j.status NOT IN ('todo', 'doing')
               AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_events e
                                WHERE e.job_id = j.id AND e.at > now() - make_interval(days => %(days)s::int))
             LIMIT %(limit)s
        ), deleted AS (
            DELETE FROM procrastinate.procrastinate_jobs j USING old WHERE j.id = old.id RETURNING j.id
        )
        SELECT count(*) FROM deleted
        """,
        days=days,
        limit=limit,
    )
