"""What vendors, reviewers and other systems see of a takedown: made of rows without a place for notes of staff."""

from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import TypedDict

from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.takedown import rules
from backoffice.marketplace.takedown.rules import Action, Party, Priority, Reason, Status
from backoffice.marketplace.takedown.told import ToldRow


class ToldOut(TypedDict):
    """`resolution` is the reason that was given for the decision."""

    id: UUID
    external_id: str | None
    request_number: str
    status: Status
    priority: Priority
    review_id: int
    review_status: ReviewStatus
    vendor_id: int
    user_id: int
    reason_code: Reason
    reason_description: str
    vendor_notes: str | None
    action: Action | None
    resolution: str | None
    resolved_at: datetime | None
    appealed_by: Party | None
    appealed_at: datetime | None
    created_at: datetime
    updated_at: datetime


def told_out(row: ToldRow) -> ToldOut:
    return {
        "id": row.id,
        "external_id": row.external_id,
        "request_number": row.number,
        "status": row.status,
        "priority": rules.PRIORITIES[row.reason_code],
        "review_id": row.review_id,
        "review_status": row.review_status,
        "vendor_id": row.vendor_id,
        "user_id": row.customer_id,
        "reason_code": row.reason_code,
        "reason_description": row.reason_description,
        "vendor_notes": row.vendor_notes,
        "action": row.action,
        "resolution": row.resolution,
        "resolved_at": row.resolved_at,
        "appealed_by": row.appealed_by,
        "appealed_at": row.appealed_at,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def event_data(row: ToldRow) -> dict[str, Any]:
    """What a webhook tells: ids and codes, nothing that somebody wrote."""
    return {
        "id": row.id,
        "external_id": row.external_id,
        "request_number": row.number,
        "status": row.status,
        "action": row.action,
        "reason_code": row.reason_code,
        "review_id": row.review_id,
        "review_status": row.review_status,
        "vendor_id": row.vendor_id,
        "user_id": row.customer_id,
        "resolved_at": row.resolved_at,
    }
