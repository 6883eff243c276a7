"""What customers, vendors and other systems see of a dispute: made of rows that have no place for notes of staff."""

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from backoffice.kernel.files.links import FilesDoor
from backoffice.kernel.urgency import Priority
from backoffice.kernel.web.files import Sign
from backoffice.marketplace.dispute import rules
from backoffice.marketplace.dispute.rules import EvidenceType, Party, Resolution, Sender, Status, Type
from backoffice.marketplace.dispute.told import EvidenceRow, MessageRow, ToldRow
from backoffice.marketplace.product import MARKETPLACE

FILES = FilesDoor(MARKETPLACE.name, "/api/v1/files")
"""Opens the evidence of disputes."""


class SaidOut(TypedDict):
    id: int
    dispute_id: int
    sender: Sender
    message: str
    attachments: list[str]
    created_at: datetime


class ShownOut(TypedDict):
    """`url` opens the file without signing in, for an hour."""

    id: int
    sender: Party
    type: EvidenceType
    url: str
    description: str | None
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    uploaded_at: datetime


class ToldOut(TypedDict):
    id: int
    external_id: str | None
    dispute_reference: str
    type: Type
    category: str | None
    status: Status
    priority: Priority
    subject: str
    description: str
    user_id: int
    vendor_id: int | None
    booking_id: str | None
    amount_disputed: int
    refund_requested: bool
    refund_amount: int | None
    vendor_response: str | None
    vendor_responded_at: datetime | None
    resolution: str | None
    resolution_type: Resolution | None
    resolved_at: datetime | None
    resolution_deadline: datetime
    created_at: datetime
    updated_at: datetime


class WholeOut(ToldOut):
    messages: list[SaidOut]
    evidence: list[ShownOut]


def told_out(row: ToldRow) -> ToldOut:
    return {
        "id": row.id,
        "external_id": row.external_id,
        "dispute_reference": row.reference,
        "type": row.type,
        "category": row.category,
        "status": row.status,
        "priority": row.priority,
        "subject": row.subject,
        "description": row.description,
        "user_id": row.customer_id,
        "vendor_id": row.vendor_id,
        "booking_id": row.booking_id,
        "amount_disputed": row.amount_disputed_minor,
        "refund_requested": row.refund_requested,
        "refund_amount": row.refund_amount_minor,
        "vendor_response": row.vendor_response,
        "vendor_responded_at": row.vendor_responded_at,
        "resolution": row.resolution if row.resolved_at else None,
        "resolution_type": row.resolution_type if row.resolved_at else None,
        "resolved_at": row.resolved_at,
        "resolution_deadline": row.resolution_deadline,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def said_out(row: MessageRow) -> SaidOut:
    return {
        "id": row.id,
        "dispute_id": row.dispute_id,
        "sender": row.sender,
        "message": row.message,
        "attachments": row.attachments,
        "created_at": row.created_at,
    }


def shown_out(row: EvidenceRow, sign: Sign) -> ShownOut:
    return {
        "id": row.id,
        "sender": row.sender,
        "type": row.type,
        "url": sign(row.file_id),
        "description": row.description,
        "filename": row.filename,
        "content_type": row.content_type,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256.hex(),
        "uploaded_at": row.uploaded_at,
    }


def event_data(row: ToldRow) -> dict[str, Any]:
    """What a webhook tells: ids, codes and amounts by the contract's names, nothing that somebody wrote."""
    return {
        "id": row.id,
        "dispute_reference": row.reference,
        "type": row.type,
        "category": row.category,
        "status": row.status,
        "priority": row.priority,
        "user_id": row.customer_id,
        "vendor_id": row.vendor_id,
        "booking_id": row.booking_id,
        "amount_disputed": row.amount_disputed_minor,
        "refund_requested": row.refund_requested,
        "refund_amount": given_back(row) if row.resolved_at else row.refund_amount_minor,
        "resolution_type": row.resolution_type if row.resolved_at else None,
        "resolution_deadline": row.resolution_deadline,
        "created_at": row.created_at,
        "resolved_at": row.resolved_at,
    }


def given_back(row: ToldRow) -> int:
    """What the decision gives back: what was asked for stands in the same column until then."""
    is_refund = row.status is Status.RESOLVED and row.resolution_type in rules.REFUNDING
    return row.refund_amount_minor or 0 if is_refund else 0
