"""A dispute as customers, vendors and other systems may know it: its facts, what was said aloud, what was shown.

These rows have no place for what staff note among themselves, so whatever is made of them can't tell it.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import LiteralString

from backoffice.kernel.database import Db, Query
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx
from backoffice.marketplace.dispute import rules
from backoffice.marketplace.dispute.rules import EvidenceType, Party, Resolution, Sender, Status, Type


@dataclass(frozen=True, slots=True)
class ToldRow:
    id: int
    external_id: str | None
    reference: str
    customer_id: int
    vendor_id: int | None
    booking_id: str | None
    type: Type
    category: str | None
    status: Status
    priority: Priority
    subject: str
    description: str
    amount_disputed_minor: int
    refund_requested: bool
    refund_amount_minor: int | None
    vendor_response: str | None
    vendor_responded_at: datetime | None
    resolution: str | None
    resolution_type: Resolution | None
    resolved_at: datetime | None
    resolution_deadline: datetime
    notify_user: bool
    notify_vendor: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`sender_name` is looked up where it is shown."""

    dispute_id: int
    sender: Sender
    staff_id: int | None
    message: str
    attachments: list[str]
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """Something said aloud. `sender_id` is that of the customer, the vendor or the staff member."""

    id: int
    dispute_id: int
    sender: Sender
    sender_id: int | None
    sender_name: str | None
    message: str
    attachments: list[str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """An upload whose bytes are kept in `file_id`."""

    dispute_id: int
    sender: Party
    type: EvidenceType
    description: str | None
    filename: str
    content_type: str
    size_bytes: int
    sha256: bytes = field(repr=False)
    file_id: str


@dataclass(frozen=True, slots=True)
class EvidenceRow(NewEvidence):
    id: int
    uploaded_at: datetime


MESSAGE: LiteralString = """
    SELECT m.id, m.dispute_id, m.sender,
           CASE m.sender WHEN 'user' THEN d.customer_id WHEN 'vendor' THEN d.vendor_id ELSE m.staff_id END AS sender_id,
           CASE m.sender WHEN 'user' THEN c.name WHEN 'vendor' THEN v.display_name ELSE s.full_name END AS sender_name,
           m.message, m.attachments, m.created_at
      FROM marketplace.dispute_message m
      JOIN marketplace.dispute d ON d.id = m.dispute_id
      JOIN marketplace.customer c ON c.id = d.customer_id
      LEFT JOIN marketplace.vendor v ON v.id = d.vendor_id
      LEFT JOIN kernel.staff s ON s.id = m.staff_id
"""
EVIDENCE: LiteralString = """
    SELECT dispute_id, sender, type, description, filename, content_type, size_bytes, sha256, file_id, id, uploaded_at
      FROM marketplace.dispute_evidence
"""


def get_told(db: Db, dispute_id: int) -> Query[ToldRow]:
    return db.one(
        ToldRow,
        """
        SELECT id, external_id, reference, customer_id, vendor_id, booking_id, type, category, status, priority,
               subject, description, amount_disputed_minor, refund_requested, refund_amount_minor, vendor_response,
               vendor_responded_at, resolution, resolution_type, resolved_at, resolution_deadline, notify_user,
               notify_vendor, created_at, updated_at
          FROM marketplace.dispute WHERE id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
        missing=rules.DisputeNotFound(dispute_id=dispute_id),
    )


def insert_message(tx: Tx, new: NewMessage) -> Query[int | None]:
    """Its id; None where the platform's id is known already."""
    return tx.find_value(
        int,
        """
        INSERT INTO marketplace.dispute_message (external_id, dispute_id, sender, staff_id, message, attachments)
             VALUES (%(external_id)s, %(dispute_id)s, %(sender)s, %(staff_id)s, %(message)s, %(attachments)s)
        ON CONFLICT (external_id) DO NOTHING
          RETURNING id
        """,
        external_id=new.external_id,
        dispute_id=new.dispute_id,
        sender=new.sender,
        staff_id=new.staff_id,
        message=new.message,
        attachments=new.attachments,
    )


def get_message(db: Db, message_id: int) -> Query[MessageRow]:
    return db.one(MessageRow, MESSAGE + "WHERE m.id = %(message_id)s", message_id=message_id)


def get_message_called(db: Db, external_id: str | None) -> Query[MessageRow]:
    """The message that the platform calls so."""
    return db.one(MessageRow, MESSAGE + "WHERE m.external_id = %(external_id)s", external_id=external_id)


def list_messages(db: Db, dispute_id: int) -> Query[list[MessageRow]]:
    """Oldest first."""
    return db.all(MessageRow, MESSAGE + "WHERE m.dispute_id = %(dispute_id)s ORDER BY m.id", dispute_id=dispute_id)


def insert_evidence(tx: Tx, new: NewEvidence) -> Query[int | None]:
    """Its id; None where the dispute has these very bytes already."""
    return tx.find_value(
        int,
        """
        INSERT INTO marketplace.dispute_evidence (dispute_id, sender, type, description, filename, content_type,
                                                  size_bytes, sha256, file_id)
             VALUES (%(dispute_id)s, %(sender)s, %(type)s, %(description)s, %(filename)s, %(content_type)s,
                     %(size_bytes)s, %(sha256)s, %(file_id)s)
        ON CONFLICT (dispute_id, sha256) DO NOTHING
          RETURNING id
        """,
        **asdict(new),
    )


def get_evidence(db: Db, dispute_id: int, sha256: bytes) -> Query[EvidenceRow]:
    """The dispute's evidence with these bytes."""
    return db.one(
        EvidenceRow,
        EVIDENCE + "WHERE dispute_id = %(dispute_id)s AND sha256 = %(sha256)s",
        dispute_id=dispute_id,
        sha256=sha256,
    )


def list_evidence(db: Db, dispute_id: int) -> Query[list[EvidenceRow]]:
    """Oldest first."""
    return db.all(EvidenceRow, EVIDENCE + "WHERE dispute_id = %(dispute_id)s ORDER BY id", dispute_id=dispute_id)
