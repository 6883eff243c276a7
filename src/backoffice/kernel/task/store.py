"""Tasks. Whoever works on one names the try it is: a later one has made it somebody else's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import Refusal
from backoffice.kernel.task.rules import NewTask, Status
from backoffice.kernel.write.transaction import Tx


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as it may be shown. `usual_seconds` is what the last ten of its kind took."""

    id: UUID
    type: str
    status: Status
    creator_id: int | None
    metadata: dict[str, Any]
    rows_processed: int
    total_rows: int | None
    file_id: str | None
    file_name: str | None
    file_bytes: int | None
    file_sha256: bytes | None
    error_code: str | None
    error_message: str | None
    error_is_retryable: bool | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    opens: list[str]
    again_as: UUID | None
    usual_seconds: int | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A task as whoever works on it or decides about it needs it."""

    id: UUID
    product: str
    type: str
    status: Status
    creator_id: int | None
    metadata: dict[str, Any]
    tries: int
    file_id: str | None
    job: str | None
    lane: str | None
    opens: list[str]
    again_as: UUID | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that is to go, and the task it belongs to."""

    id: UUID
    file_id: str


def get_task(db: Db, task_id: UUID, *, product: str, missing: Refusal) -> Query[TaskRow]:
    return db.one(
        TaskRow,
        """
        SELECT t.id, t.type, t.status, t.creator_id, t.metadata, t.rows_processed, t.total_rows, t.file_id, t.file_name,
               t.file_bytes, t.file_sha256, t.error_code, t.error_message, t.error_is_retryable, t.created_at,
               t.updated_at, t.started_at, t.completed_at, t.opens, t.again_as,
               (SELECT round(avg(extract(epoch FROM past.completed_at - past.started_at)))::bigint
                  FROM (SELECT started_at, completed_at FROM kernel.task
                         WHERE product = t.product AND type = t.type AND status = 'succeeded'
                         ORDER BY completed_at DESC LIMIT 10) AS past) AS usual_seconds
          FROM kernel.task t
         WHERE t.id = %(task_id)s AND t.product = %(product)s
        """,
        task_id=task_id,
        product=product,
        missing=missing,
    )


def find_usual_seconds(db: Db, *, product: str, kind: str) -> Query[int | None]:
    """What the last ten of a kind took; None before the first has succeeded."""
    return db.find_value(
        int,
        """
        SELECT round(avg(extract(epoch FROM completed_at - started_at)))::bigint
          FROM (SELECT started_at, completed_at FROM kernel.task
                 WHERE product = %(product)s AND type = %(kind)s AND status = 'succeeded'
                 ORDER BY completed_at DESC LIMIT 10) AS past
        HAVING count(*) > 0
        """,
        product=product,
        kind=kind,
    )


HELD: LiteralString = """
    SELECT id, product, type, status, creator_id, metadata, tries, file_id, job, lane, opens, again_as FROM kernel.task
"""


def find_held(db: Db, task_id: UUID) -> Query[HeldRow | None]:
    return db.find(HeldRow, HELD + "WHERE id = %(task_id)s", task_id=task_id)


def lock_task(tx: Tx, task_id: UUID) -> Query[HeldRow | None]:
    return tx.find(HeldRow, HELD + "WHERE id = %(task_id)s FOR UPDATE", task_id=task_id)


def insert_task(tx: Tx, task_id: UUID, new: NewTask) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.task (id, product, type, creator_id, metadata, job, lane, opens)
             VALUES (%(task_id)s, %(product)s, %(kind)s, %(creator_id)s, %(metadata)s, %(job)s, %(lane)s, %(opens)s)
        """,
        task_id=task_id,
        product=tx.actor.product,
        kind=new.kind,
        creator_id=tx.actor.staff_id,
        metadata=dict(new.metadata),
        job=None if new.job is None else str(new.job),
        lane=None if new.job is None else new.job.lane,
        opens=sorted(new.opens),
    )


def set_processing(tx: Tx, task_id: UUID) -> Query[int | None]:
    """Begin, or begin anew; which try this is. None where it has ended."""
    return tx.find_value(
        int,
        """
        UPDATE kernel.task
           SET status = 'processing', tries = tries + 1, rows_processed = 0, total_rows = NULL, file_id = NULL,
               started_at = coalesce(started_at, clock_timestamp()), updated_at = clock_timestamp()
         WHERE id = %(task_id)s AND status IN ('pending', 'processing')
        RETURNING tries
        """,
        task_id=task_id,
    )


def set_progress(tx: Tx, task_id: UUID, *, at_try: int, rows: int, total: int | None) -> Query[int | None]:
    """How far it is. None where it is no longer this try's."""
    return tx.find_value(
        int,
        """
        UPDATE kernel.task SET rows_processed = %(rows)s, total_rows = %(total)s, updated_at = clock_timestamp()
         WHERE id = %(task_id)s AND status = 'processing' AND tries = %(at_try)s
        RETURNING tries
        """,
        task_id=task_id,
        at_try=at_try,
        rows=rows,
        total=total,
    )


def set_file(tx: Tx, task_id: UUID, file_id: str, *, at_try: int) -> Query[int | None]:
    """The file about to be written. None where it is no longer this try's."""
    return tx.find_value(
        int,
        """
        UPDATE kernel.task SET file_id = %(file_id)s, updated_at = clock_timestamp()
         WHERE id = %(task_id)s AND status = 'processing' AND tries = %(at_try)s
        RETURNING tries
        """,
        task_id=task_id,
        at_try=at_try,
        file_id=file_id,
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """How a task ended well. Without a file all of its facts are None."""

    rows: int
    name: str | None = None
    size: int | None = None
    sha256: bytes | None = None


def set_succeeded(tx: Tx, task_id: UUID, facts: Facts, *, at_try: int) -> Query[int | None]:
    """None where it is no longer this try's."""
    return tx.find_value(
        int,
        """
        UPDATE kernel.task
           SET status = 'succeeded', rows_processed = %(rows)s, total_rows = %(rows)s, file_name = %(name)s,
               file_bytes = %(size)s, file_sha256 = %(sha256)s, updated_at = clock_timestamp(),
               completed_at = clock_timestamp()
         WHERE id = %(task_id)s AND status = 'processing' AND tries = %(at_try)s
        RETURNING tries
        """,
        task_id=task_id,
        at_try=at_try,
        rows=facts.rows,
        name=facts.name,
        size=facts.size,
        sha256=facts.sha256,
    )


@dataclass(frozen=True, slots=True)
class Error:
    code: str
    message: str
    is_retryable: bool


def set_failed(tx: Tx, task_id: UUID, error: Error, *, at_try: int) -> Query[int | None]:
    """None where it is no longer this try's, or has ended."""
    return tx.find_value(
        int,
        """
        UPDATE kernel.task
           SET status = 'failed', error_code = %(code)s, error_message = %(message)s,
               error_is_retryable = %(is_retryable)s, updated_at = clock_timestamp(), completed_at = clock_timestamp()
         WHERE id = %(task_id)s AND status IN ('pending', 'processing') AND tries = %(at_try)s
        RETURNING tries
        """,
        task_id=task_id,
        at_try=at_try,
        code=error.code,
        message=error.message,
        is_retryable=error.is_retryable,
    )


def set_cancelled(tx: Tx, task_id: UUID) -> Query[datetime]:
    return tx.value(
        datetime,
        """
        UPDATE kernel.task
           SET status = 'cancelled', cancelled_by = %(staff_id)s, updated_at = clock_timestamp(),
               completed_at = clock_timestamp()
         WHERE id = %(task_id)s AND status IN ('pending', 'processing')
        RETURNING updated_at
        """,
        task_id=task_id,
        staff_id=tx.actor.staff_id,
    )


def set_again(tx: Tx, task_id: UUID, again_as: UUID) -> Query[int]:
    return tx.run(
        "UPDATE kernel.task SET again_as = %(again_as)s, updated_at = clock_timestamp() WHERE id = %(task_id)s",
        task_id=task_id,
        again_as=again_as,
    )


def delete_task(tx: Tx, task_id: UUID) -> Query[int]:
    return tx.run("DELETE FROM kernel.task WHERE id = %(task_id)s", task_id=task_id)


def set_without_file(tx: Tx, row: FileRow) -> Query[int]:
    """Its file is gone; what it was called, how long it was and its hash stay known."""
    return tx.run(
        "UPDATE kernel.task SET file_id = NULL WHERE id = %(task_id)s AND file_id = %(file_id)s",
        task_id=row.id,
        file_id=row.file_id,
    )


def find_file_name(db: Db, file_id: str, *, product: str) -> Query[str | None]:
    """What the result kept under this id is called; None where no task of the product shows it."""
    return db.find_value(
        str,
        """
        SELECT coalesce(file_name, '') FROM kernel.task
         WHERE file_id = %(file_id)s AND product = %(product)s AND status = 'succeeded'
        """,
        file_id=file_id,
        product=product,
    )
