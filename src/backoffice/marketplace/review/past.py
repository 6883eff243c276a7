"""What staff did with a review: every time that it was hidden, restored or removed."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.marketplace.review.rules import Status


@dataclass(frozen=True, slots=True)
class ModerationRow:
    """`request_id` and `request_number` are of the takedown request that led to it."""

    became: Status
    reason: str | None
    request_id: UUID | None
    request_number: str | None
    moderated_by: int | None
    moderated_by_name: str | None
    moderated_at: datetime


MODERATION: LiteralString = """
    SELECT m.became, m.reason, m.request_id, q.number AS request_number, m.staff_id AS moderated_by,
           s.full_name AS moderated_by_name, m.at AS moderated_at
      FROM marketplace.review_moderation m
      LEFT JOIN marketplace.takedown_request q ON q.id = m.request_id
      LEFT JOIN kernel.staff s ON s.id = m.staff_id
"""
ABOUT_REQUEST: LiteralString = """
     WHERE m.review_id = (SELECT review_id FROM marketplace.takedown_request WHERE id = %(request_id)s) ORDER BY m.id
"""


def list_moderations(db: Db, review_id: int) -> Query[list[ModerationRow]]:
    """Oldest first."""
    return db.all(ModerationRow, MODERATION + "WHERE m.review_id = %(review_id)s ORDER BY m.id", review_id=review_id)


def list_moderations_about(db: Db, request_id: UUID) -> Query[list[ModerationRow]]:
    """Of the review that this takedown request is about, whatever led to them; oldest first."""
    return db.all(
        ModerationRow,
        MODERATION + ABOUT_REQUEST,
        request_id=request_id,
    )
