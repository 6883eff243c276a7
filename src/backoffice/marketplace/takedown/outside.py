"""What vendors, reviewers and other systems see of a takedown: made of rows without a place for notes of staff."""

from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import TypedDict

from backoffice.kernel.web.files import Sign
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.takedown import rules
from backoffice.marketplace.takedown.evidence import EvidenceRow
from backoffice.marketplace.takedown.rules import Action, Evidence, Party, Priority, Reason, Status
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


class ShownOut(TypedDict):
    """`url` and `thumbnail_url` open the file without signing in, for an hour; a text has `content` instead."""

    id: int
    type: Evidence
    url: str | None
    thumbnail_url: str | None
    description: str | None
    content: str | None
    filename: str | None
    content_type: str | None
    size_bytes: int | None
    sha256: str
    uploaded_at: datetime


class WholeOut(ToldOut):
    evidence: list[ShownOut]


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


def shown_out(row: EvidenceRow, sign: Sign) -> ShownOut:
    return {
        "id": row.id,
        "type": row.type,
        "url": sign(row.file_id) if row.file_id else None,
        "thumbnail_url": sign(row.thumbnail_id) if row.thumbnail_id else None,
        "description": row.description,
        "content": row.content,
        "filename": row.filename,
        "content_type": row.content_type,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256.hex(),
        "uploaded_at": row.uploaded_at,
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
