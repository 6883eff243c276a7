"""The tries to pay: each with a sealed copy of its destination, its trace number and its end."""

from dataclasses import asdict, dataclass, field
from datetime import date

from backoffice.kernel.database import Db, Listing, Query
from backoffice.kernel.write import Tx
from backoffice.shield.payout.rules import AttemptStatus, RailName


@dataclass(frozen=True, slots=True)
class AttemptRow:
    id: str
    payout_id: str
    rail: RailName
    status: AttemptStatus
    amount_minor: int
    currency: str
    account_holder_name: str | None
    account_type: str | None
    account_key_id: str | None
    account_sealed: bytes | None = field(repr=False)
    routing_key_id: str | None
    routing_sealed: bytes | None = field(repr=False)
    trace_number: str | None
    reference: str | None
    settles_on: date | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a try went: what is shown of it, and, for one that leaves from here, the numbers sealed for it alone."""

    bank_name: str
    account_holder_name: str
    account_type: str
    account_last_four: str
    routing_last_four: str
    account_key_id: str | None = None
    account_sealed: bytes | None = field(default=None, repr=False)
    routing_key_id: str | None = None
    routing_sealed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NewAttempt:
    id: str
    payout_id: str
    rail: RailName
    status: AttemptStatus
    to: Snapshot | None
    trace_number: str | None


def insert_attempt(tx: Tx, new: NewAttempt) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.payout_attempt (id, payout_id, number, rail, status, bank_name, account_holder_name,
                                           account_type, account_key_id, account_sealed, account_last_four,
                                           routing_key_id, routing_sealed, routing_last_four, trace_number,
                                           ended_at)
             SELECT %(id)s, %(payout_id)s, count(*) + 1, %(rail)s, %(status)s, %(bank_name)s,
                    %(account_holder_name)s, %(account_type)s, %(account_key_id)s, %(account_sealed)s,
                    %(account_last_four)s, %(routing_key_id)s, %(routing_sealed)s, %(routing_last_four)s,
                    %(trace)s, CASE %(status)s::text WHEN 'settled' THEN now() END
               FROM shield.payout_attempt WHERE payout_id = %(payout_id)s
        """,
        id=new.id,
        payout_id=new.payout_id,
        rail=new.rail,
        status=new.status,
        **(asdict(new.to) if new.to else dict.fromkeys(Snapshot.__slots__)),
        trace=new.trace_number,
    )


ATTEMPTS = Listing(
    AttemptRow,
    """
    SELECT a.id, a.payout_id, a.rail, a.status, p.amount_minor, p.currency, a.account_holder_name, a.account_type,
           a.account_key_id, a.account_sealed, a.routing_key_id, a.routing_sealed, a.trace_number, a.reference,
           a.settles_on
      FROM shield.payout_attempt a JOIN shield.payout p ON p.id = a.payout_id {where}
     ORDER BY a.trace_number, a.id
    """,
    filters={
        "attempt_id": "a.id = %(attempt_id)s",
        "trace_number": "a.trace_number = %(trace_number)s AND a.rail = 'nacha'",
        "file_id": "a.nacha_file_id = %(file_id)s",
        "begun": "a.id = ANY (%(begun)s)",
        "intended": "a.payout_id = %(intended)s AND a.status = 'intended'",
    },
)


def find_attempt(db: Db, attempt_id: str) -> Query[AttemptRow | None]:
    by = {"attempt_id": attempt_id}
    return db.find(AttemptRow, ATTEMPTS.where(by), **by)


def find_by_trace(db: Db, trace_number: str) -> Query[AttemptRow | None]:
    by = {"trace_number": trace_number}
    return db.find(AttemptRow, ATTEMPTS.where(by), **by)


def find_intended(db: Db, payout_id: str) -> Query[AttemptRow | None]:
    """The payout's try that was meant to leave and is not noted as sent: a worker may have died between the two."""
    by = {"intended": payout_id}
    return db.find(AttemptRow, ATTEMPTS.where(by), **by)


def set_ended(tx: Tx, attempt_id: str, to: AttemptStatus, *, code: str | None = None) -> Query[int]:
    """Settled, returned with the bank's code, or rejected."""
    return tx.run(
        """
        UPDATE shield.payout_attempt SET status = %(to)s, ended_at = now(), return_code = %(code)s
         WHERE id = %(attempt_id)s
        """,
        attempt_id=attempt_id,
        to=to,
        code=code,
    )


def has_newer(db: Db, attempt: AttemptRow) -> Query[bool]:
    """Whether the payout was tried again after this try."""
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM shield.payout_attempt a
                        JOIN shield.payout_attempt own ON own.id = %(attempt_id)s
                       WHERE a.payout_id = %(payout_id)s AND a.number > own.number)
        """,
        attempt_id=attempt.id,
        payout_id=attempt.payout_id,
    )
