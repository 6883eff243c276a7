"""Bulk acts and their rows."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from backoffice.kernel.bulk.rules import Outcome
from backoffice.kernel.database import Db, Query
from backoffice.kernel.export import Format
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class BulkRow:
    """`params` are gone a day after its end."""

    task_id: UUID
    act: str
    params: dict[str, Any] | None
    file_format: Format
    undo_of: UUID | None
    undone_as: UUID | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    id: int
    subject: str
    kept: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class EndedRow:
    """`id` is the subject's, as the file shows it."""

    id: str
    outcome: Outcome
    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class CountRow:
    outcome: Outcome
    rows: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Who started it, with their role and what its row says at the moment."""

    username: str
    role: str
    permissions: list[str]


def find_bulk(db: Db, task_id: UUID) -> Query[BulkRow | None]:
    return db.find(
        BulkRow,
        "SELECT task_id, act, params, file_format, undo_of, undone_as FROM kernel.bulk WHERE task_id = %(task_id)s",
        task_id=task_id,
    )


def insert_bulk(tx: Tx, row: BulkRow) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.bulk (task_id, act, params, file_format, undo_of)
             VALUES (%(task_id)s, %(act)s, %(params)s, %(file_format)s, %(undo_of)s)
        """,
        task_id=row.task_id,
        act=row.act,
        params=row.params,
        file_format=row.file_format,
        undo_of=row.undo_of,
    )


def insert_rows(tx: Tx, task_id: UUID, subjects: Sequence[str]) -> Query[int]:
    """In this order."""
    return tx.run(
        """
        INSERT INTO kernel.bulk_row (task_id, subject)
        SELECT %(task_id)s, s.subject
          FROM unnest(%(subjects)s::text[]) WITH ORDINALITY AS s (subject, place) ORDER BY s.place
        """,
        task_id=task_id,
        subjects=list(subjects),
    )


def copy_done(tx: Tx, task_id: UUID, *, into: UUID) -> Query[int]:
    """What an act did is what its undo has to look at."""
    return tx.run(
        """
        INSERT INTO kernel.bulk_row (task_id, subject, kept)
        SELECT %(into)s, subject, kept FROM kernel.bulk_row
         WHERE task_id = %(task_id)s AND outcome = 'done' ORDER BY id
        """,
        task_id=task_id,
        into=into,
    )


def copy_left(tx: Tx, task_id: UUID, *, into: UUID) -> Query[int]:
    """What was not done, or failed for a reason of ours, is what a retry has to do."""
    return tx.run(
        """
        INSERT INTO kernel.bulk_row (task_id, subject, kept)
        SELECT %(into)s, subject, kept FROM kernel.bulk_row
         WHERE task_id = %(task_id)s AND outcome IN ('waiting', 'failed') ORDER BY id
        """,
        task_id=task_id,
        into=into,
    )


def set_undone(tx: Tx, task_id: UUID, undone_as: UUID) -> Query[int]:
    return tx.run(
        "UPDATE kernel.bulk SET undone_as = %(undone_as)s WHERE task_id = %(task_id)s AND undone_as IS NULL",
        task_id=task_id,
        undone_as=undone_as,
    )


def set_without_words(tx: Tx, *, kept: timedelta) -> Query[int]:
    """Of what ended longer ago than this. Taking something back needs no words."""
    return tx.run(
        """
        UPDATE kernel.bulk b SET params = NULL
          FROM kernel.task t
         WHERE t.id = b.task_id AND b.params IS NOT NULL AND b.undo_of IS NULL
           AND t.completed_at < clock_timestamp() - %(kept)s::interval
        """,
        kept=kept,
    )


def list_waiting(db: Db, task_id: UUID) -> Query[list[WaitingRow]]:
    return db.all(
        WaitingRow,
        """
        SELECT id, subject, kept FROM kernel.bulk_row
         WHERE task_id = %(task_id)s AND outcome = 'waiting' ORDER BY id LIMIT 500
        """,
        task_id=task_id,
    )


def claim_row(tx: Tx, row_id: int, *, at_try: int) -> Query[int | None]:
    """The row, for this try of its task, both held until the write ends. None where it is done or no longer ours."""
    return tx.find_value(
        int,
        """
        SELECT r.id FROM kernel.bulk_row r JOIN kernel.task t ON t.id = r.task_id
         WHERE r.id = %(row_id)s AND r.outcome = 'waiting' AND t.status = 'processing' AND t.tries = %(at_try)s
           FOR UPDATE OF r FOR SHARE OF t
        """,
        row_id=row_id,
        at_try=at_try,
    )


def find_person(db: Db, staff_id: int | None, *, product: str) -> Query[PersonRow | None]:
    """None for whoever does not work in the product, or no longer does."""
    return db.find(
        PersonRow,
        """
        SELECT s.username, m.role, coalesce(r.permissions, '{}') AS permissions
          FROM kernel.membership m
          JOIN kernel.staff s ON s.id = m.staff_id
          LEFT JOIN kernel.role r ON r.product = m.product AND r.name = m.role
         WHERE m.staff_id = %(staff_id)s AND m.product = %(product)s AND m.is_active
        """,
        staff_id=staff_id,
        product=product,
    )


def set_done(tx: Tx, row_id: int, *, kept: Mapping[str, Any] | None) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.bulk_row SET outcome = 'done', kept = %(kept)s, ended_at = clock_timestamp()
         WHERE id = %(row_id)s AND outcome = 'waiting'
        """,
        row_id=row_id,
        kept=dict(kept) if kept is not None else None,
    )


def set_not_done(tx: Tx, row_id: int, outcome: Outcome, *, code: str, message: str) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.bulk_row
           SET outcome = %(outcome)s, code = %(code)s, message = %(message)s, ended_at = clock_timestamp()
         WHERE id = %(row_id)s AND outcome = 'waiting'
        """,
        row_id=row_id,
        outcome=outcome,
        code=code,
        message=message,
    )


def count_outcomes(db: Db, task_id: UUID) -> Query[dict[Outcome, int]]:
    return db.all(
        CountRow,
        "SELECT outcome, count(*) AS rows FROM kernel.bulk_row WHERE task_id = %(task_id)s GROUP BY outcome",
        task_id=task_id,
    ).then(lambda rows: {row.outcome: row.rows for row in rows})


def count_rows(db: Db, task_id: UUID) -> Query[int]:
    return db.value(int, "SELECT count(*) FROM kernel.bulk_row WHERE task_id = %(task_id)s", task_id=task_id)


def stream_rows(db: Db, task_id: UUID) -> AsyncGenerator[EndedRow, None]:
    return db.stream(
        EndedRow,
        """
        SELECT subject AS id, outcome, code, message FROM kernel.bulk_row
         WHERE task_id = %(task_id)s ORDER BY kernel.bulk_row.id
        """,
        task_id=task_id,
    )
