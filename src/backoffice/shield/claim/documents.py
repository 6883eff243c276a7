"""The documents of claims as rows: what was uploaded, where its bytes lie, and whether somebody verified it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.claim import rules


@dataclass(frozen=True, slots=True)
class NewDocument:
    """An upload whose bytes are kept in `file_id`."""

    type: str
    filename: str
    content_type: str
    size_bytes: int
    sha256: bytes
    file_id: str


@dataclass(frozen=True, slots=True)
class DocumentRow(NewDocument):
    id: str
    claim_id: str
    uploaded_at: datetime
    verified_at: datetime | None


DOCUMENT: LiteralString = """
    SELECT type, filename, content_type, size_bytes, sha256, file_id, id, claim_id, uploaded_at, verified_at
      FROM shield.claim_document
"""


def insert_document(tx: Tx, claim_id: str, new: NewDocument, *, document_id: str) -> Query[str | None]:
    """Its id; None where the claim has these very bytes already."""
    return tx.find_value(
        str,
        """
        INSERT INTO shield.claim_document (id, claim_id, type, filename, content_type, size_bytes, sha256, file_id)
             VALUES (%(id)s, %(claim_id)s, %(type)s, %(filename)s, %(content_type)s, %(size_bytes)s, %(sha256)s,
                     %(file_id)s)
        ON CONFLICT (claim_id, sha256) DO NOTHING
          RETURNING id
        """,
        id=document_id,
        claim_id=claim_id,
        **asdict(new),
    )


def get_by_content(db: Db, claim_id: str, sha256: bytes) -> Query[DocumentRow]:
    """The claim's document with these bytes."""
    return db.one(
        DocumentRow,
        DOCUMENT + "WHERE claim_id = %(claim_id)s AND sha256 = %(sha256)s",
        claim_id=claim_id,
        sha256=sha256,
    )


def lock_document(tx: Tx, claim_id: str, document_id: str) -> Query[DocumentRow]:
    """The document, held until this write ends. DocumentNotFound unless this claim has it."""
    return tx.one(
        DocumentRow,
        DOCUMENT + "WHERE id = %(document_id)s AND claim_id = %(claim_id)s FOR UPDATE",
        document_id=document_id,
        claim_id=claim_id,
        missing=rules.DocumentNotFound(document_id=document_id),
    )


def set_verified(tx: Tx, document_id: str, staff_id: int | None) -> Query[int]:
    """Verified by this person, or by nobody any more."""
    return tx.run(
        """
        UPDATE shield.claim_document
           SET verified_by = %(staff_id)s, verified_at = CASE WHEN %(staff_id)s::bigint IS NOT NULL THEN now() END
         WHERE id = %(document_id)s
        """,
        document_id=document_id,
        staff_id=staff_id,
    )


def list_of_claims(db: Db, claim_ids: list[str]) -> Query[list[DocumentRow]]:
    """The documents of these claims, oldest first."""
    return db.all(
        DocumentRow,
        DOCUMENT + "WHERE claim_id = ANY(%(claim_ids)s) ORDER BY claim_id, uploaded_at, id",
        claim_ids=claim_ids,
    )
