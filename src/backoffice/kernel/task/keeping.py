"""What has had its time: tasks nobody works on any more, results after a week, tasks after three months. Only SQL."""

from datetime import timedelta

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.task.store import FileRow, HeldRow
from backoffice.kernel.write.transaction import Tx


def list_lost(db: Db, *, silent: timedelta) -> Query[list[HeldRow]]:
    """Tasks that have not ended, and for which no job of the queue waits or runs."""
    return db.all(
        HeldRow,
        """
        SELECT t.id, t.product, t.type, t.status, t.creator_id, t.metadata, t.tries, t.file_id, t.job, t.lane, t.opens,
               t.again_as
          FROM kernel.task t
         WHERE t.status IN ('pending', 'processing') AND t.updated_at < clock_timestamp() - %(silent)s
           AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                            WHERE j.lock = 'task:' || t.id AND j.status IN ('todo', 'doing'))
         LIMIT 1000
        """,
        silent=silent,
    )


def list_old_files(db: Db, *, kept: timedelta, left: timedelta) -> Query[list[FileRow]]:
    """Results that had their time, and what those that did not succeed left longer than `left` ago."""
    return db.all(
        FileRow,
        """
        SELECT id, coalesce(file_id, '') AS file_id FROM kernel.task
         WHERE file_id IS NOT NULL
           AND completed_at < clock_timestamp() - CASE status WHEN 'succeeded' THEN %(kept)s ELSE %(left)s END
         ORDER BY completed_at LIMIT 1000
        """,
        kept=kept,
        left=left,
    )


def delete_old(tx: Tx, *, days: int) -> Query[int]:
    return tx.run(
        """
        DELETE FROM kernel.task
         WHERE file_id IS NULL AND completed_at < clock_timestamp() - make_interval(days => %(days)s::int)
        """,
        days=days,
    )
