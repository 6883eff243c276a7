"""The records of banks: each kept once, the exceptions among them found, locked and closed."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Db, Pages, Query
from backoffice.kernel.write import Tx
from backoffice.shield.bank_record import rules
from backoffice.shield.bank_record.rules import Cause, Decision, Status


@dataclass(frozen=True, slots=True)
class Record:
    """What a record says, its text sealed."""

    id: str
    cause: Cause
    status: Status
    code: str | None
    original_trace: str | None
    amount_minor: int | None
    why: str | None
    attempt_id: str | None
    payout_id: str | None
    text_key_id: str
    text_sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewRecord(Record):
    text_index: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExceptionRow(Record):
    """An exception with the payout it is about, if there is one, and who closed it."""

    payout_status: str | None
    claim_id: str | None
    member_id: str | None
    user_name: str | None
    received_at: datetime
    decision: Decision | None
    reason: str | None
    closed_at: datetime | None
    closer_public_id: UUID | None
    closer_name: str | None


EXCEPTIONS = Pages(
    "payout_exceptions",
    ExceptionRow,
    source="shield.bank_record r LEFT JOIN shield.payout p ON p.id = r.payout_id",
    key="r.id",
    order="r.received_at DESC, r.id DESC",
    always="r.status <> 'carried_out'",
    filters={
        "status": "r.status = %(status)s",
        "cause": "r.cause = %(cause)s",
        "payout_id": "r.payout_id = %(payout_id)s",
        "user_id": "p.member_id = %(user_id)s",
        "date_from": "r.received_at >= %(date_from)s",
        "date_to": "r.received_at < %(date_to)s",
    },
    sql="""
    SELECT r.id, r.cause, r.status, r.code, r.original_trace, r.amount_minor, r.why, r.attempt_id, r.payout_id,
           r.text_key_id, r.text_sealed, p.status AS payout_status, p.claim_id, p.member_id,
           m.first_name || ' ' || m.last_name AS user_name, r.received_at, r.decision, r.reason, r.closed_at,
           s.public_id AS closer_public_id, s.full_name AS closer_name
      FROM {source}
      LEFT JOIN shield.member m ON m.id = p.member_id
      LEFT JOIN kernel.staff s ON s.id = r.closed_by
    {where}
     ORDER BY {order} {cut}
    """,
)
"""Newest first. Counted anew each time: they are few, and whoever decides them must see how many are left."""


def get_exception(db: Db, exception_id: str) -> Query[ExceptionRow]:
    return EXCEPTIONS.one(db, exception_id, missing=rules.ExceptionNotFound(exception_id=exception_id))


def lock_record(tx: Tx, record_id: str) -> Query[str]:
    """The record, held until this write ends; its status as it is now."""
    return tx.value(
        str, "SELECT status FROM shield.bank_record WHERE id = %(record_id)s FOR UPDATE", record_id=record_id
    )


def has_record(db: Db, indexes: list[bytes]) -> Query[bool]:
    """Whether a record with one of these blind indexes was read before: one for each key of the ring."""
    return db.value(
        bool, "SELECT EXISTS (SELECT FROM shield.bank_record WHERE text_index = ANY (%(indexes)s))", indexes=indexes
    )


def insert_record(tx: Tx, new: NewRecord) -> Query[str | None]:
    """None when another run kept the same record a moment before."""
    return tx.find_value(
        str,
        """
        INSERT INTO shield.bank_record (id, cause, status, code, original_trace, amount_minor, why, attempt_id,
                                        payout_id, text_index, text_key_id, text_sealed)
             VALUES (%(id)s, %(cause)s, %(status)s, %(code)s, %(original_trace)s, %(amount_minor)s, %(why)s,
                     %(attempt_id)s, %(payout_id)s, %(text_index)s, %(text_key_id)s, %(text_sealed)s)
        ON CONFLICT (text_index) DO NOTHING RETURNING id
        """,
        **asdict(new),
    )


def set_closed(tx: Tx, record_id: str, decision: Decision, *, reason: str) -> Query[int]:
    return tx.value(
        int,
        """
        UPDATE shield.bank_record
           SET status = 'closed', decision = %(decision)s, reason = %(reason)s, closed_at = now(),
               closed_by = %(staff_id)s
         WHERE id = %(record_id)s AND status = 'open' RETURNING 1::bigint
        """,
        record_id=record_id,
        decision=decision,
        reason=reason,
        staff_id=tx.actor.id,
    )
