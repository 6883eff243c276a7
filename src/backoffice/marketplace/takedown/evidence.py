"""What a vendor shows for a request: pictures as we drew them anew, documents, texts. Told outside as it is."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.takedown.rules import Evidence


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """A file whose bytes are kept in `file_id`, or a text as `content`. `sha256` is of what was sent."""

    request_id: UUID
    type: Evidence
    description: str | None = field(repr=False)
    sha256: bytes = field(repr=False)
    content: str | None = field(default=None, repr=False)
    filename: str | None = field(default=None, repr=False)
    content_type: str | None = None
    size_bytes: int | None = None
    file_id: str | None = None
    thumbnail_id: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    id: int
    type: Evidence
    description: str | None = field(repr=False)
    content: str | None = field(repr=False)
    filename: str | None = field(repr=False)
    content_type: str | None
    size_bytes: int | None
    sha256: bytes = field(repr=False)
    file_id: str | None
    thumbnail_id: str | None
    uploaded_at: datetime


EVIDENCE: LiteralString = """
    SELECT id, type, description, content, filename, content_type, size_bytes, sha256, file_id, thumbnail_id,
           uploaded_at
      FROM marketplace.takedown_evidence
"""


def insert_evidence(tx: Tx, new: NewEvidence) -> Query[int | None]:
    """Its id; None where the request has this very piece already."""
    return tx.find_value(
        int,
        """
        INSERT INTO marketplace.takedown_evidence (request_id, type, description, content, filename, content_type,
                                                   size_bytes, sha256, file_id, thumbnail_id)
             VALUES (%(request_id)s, %(type)s, %(description)s, %(content)s, %(filename)s, %(content_type)s,
                     %(size_bytes)s, %(sha256)s, %(file_id)s, %(thumbnail_id)s)
        ON CONFLICT (request_id, sha256) DO NOTHING
          RETURNING id
        """,
        **asdict(new),
    )


def get_evidence(db: Db, request_id: UUID, sha256: bytes) -> Query[EvidenceRow]:
    """The request's evidence that was sent as these bytes."""
    return db.one(
        EvidenceRow,
        EVIDENCE + "WHERE request_id = %(request_id)s AND sha256 = %(sha256)s",
        request_id=request_id,
        sha256=sha256,
    )


def list_evidence(db: Db, request_id: UUID) -> Query[list[EvidenceRow]]:
    """Oldest first."""
    return db.all(EvidenceRow, EVIDENCE + "WHERE request_id = %(request_id)s ORDER BY id", request_id=request_id)
