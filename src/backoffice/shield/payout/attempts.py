"""The tries to pay: each with a sealed copy of its destination, its trace number and its end."""

from dataclasses import asdict, dataclass, field
from datetime import date

from backoffice.kernel.database import Db, Listing, Query, Tx
from backoffice.kernel.gateways.nacha import LAST_SEQUENCE
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
    nacha_file_id: str | None = None
    settles_on: date | None = None


def take_trace(tx: Tx, odfi: str) -> Query[int | None]:
    """The next trace number of this originating bank, given out once for ever; None when there is none left."""
    return tx.find_value(
        int,
        """
        INSERT INTO shield.trace_sequence AS t (odfi, last) VALUES (%(odfi)s, 1)
        ON CONFLICT (odfi) DO UPDATE SET last = t.last + 1 WHERE t.last < %(most)s
          RETURNING last
        """,
        odfi=odfi,
        most=LAST_SEQUENCE,
    )


def insert_attempt(tx: Tx, new: NewAttempt) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.payout_attempt (id, payout_id, number, rail, status, bank_name, account_holder_name,
                                           account_type, account_key_id, account_sealed, account_last_four,
                                           routing_key_id, routing_sealed, routing_last_four, trace_number,
                                           nacha_file_id, settles_on, ended_at)
             SELECT %(id)s, %(payout_id)s, count(*) + 1, %(rail)s, %(status)s, %(bank_name)s,
                    %(account_holder_name)s, %(account_type)s, %(account_key_id)s, %(account_sealed)s,
                    %(account_last_four)s, %(routing_key_id)s, %(routing_sealed)s, %(routing_last_four)s,
                    %(trace)s, %(file_id)s, %(settles_on)s, CASE %(status)s::text WHEN 'settled' THEN now() END
               FROM shield.payout_attempt WHERE payout_id = %(payout_id)s
        """,
        id=new.id,
        payout_id=new.payout_id,
        rail=new.rail,
        status=new.status,
        **(asdict(new.to) if new.to else dict.fromkeys(Snapshot.__slots__)),
        trace=new.trace_number,
        file_id=new.nacha_file_id,
        settles_on=new.settles_on,
    )


ATTEMPTS = Listing(
    AttemptRow,
    """
    SELECT a.id, a.payout_id, a.rail, a.status, p.amount_minor, p.currency, a.account_holder_name, a.account_type,
           a.account_key_id, a.account_sealed, a.routing_key_id, a.routing_sealed, a.trace_number, a.reference
      FROM shield.payout_attempt a JOIN shield.payout p ON p.id = a.payout_id {where}
     ORDER BY a.trace_number
    """,
    filters={
        "attempt_id": "a.id = %(attempt_id)s",
        "trace_number": "a.trace_number = %(trace_number)s AND a.rail = 'nacha'",
        "file_id": "a.nacha_file_id = %(file_id)s",
        "intended": "a.payout_id = %(intended)s AND a.status = 'intended'",
    },
)


def find_attempt(db: Db, attempt_id: str) -> Query[AttemptRow | None]:
    by = {"attempt_id": attempt_id}
    return db.find(AttemptRow, ATTEMPTS.where(by), **by)


def find_by_trace(db: Db, trace_number: str) -> Query[AttemptRow | None]:
    by = {"trace_number": trace_number}
    return db.find(AttemptRow, ATTEMPTS.where(by), **by)


def list_of_file(db: Db, file_id: str) -> Query[list[AttemptRow]]:
    """The tries in a file, in trace order."""
    by = {"file_id": file_id}
    return db.all(AttemptRow, ATTEMPTS.where(by), **by)


def find_intended(db: Db, payout_id: str) -> Query[AttemptRow | None]:
    """The payout's try that was meant to leave and is not noted as sent: a worker may have died between the two."""
    by = {"intended": payout_id}
    return db.find(AttemptRow, ATTEMPTS.where(by), **by)


def list_interrupted(db: Db, rail: RailName) -> Query[list[str]]:
    """Payouts whose try by this rail was meant to leave a minute ago and is not noted as sent."""
    return db.values(
        str,
        """
        SELECT payout_id FROM shield.payout_attempt
         WHERE status = 'intended' AND rail = %(rail)s AND started_at < now() - interval '1 minute'
         ORDER BY started_at LIMIT 500
        """,
        rail=rail,
    )


def list_settling(db: Db, today: date) -> Query[list[str]]:
    """Sent tries whose day of settlement has come."""
    return db.values(
        str,
        """
        SELECT id FROM shield.payout_attempt
         WHERE status = 'sent' AND settles_on <= %(today)s ORDER BY settles_on, id LIMIT 500
        """,
        today=today,
    )


def set_sent(tx: Tx, attempt_id: str, *, reference: str, settles_on: date) -> Query[int]:
    """Noted once; a try that was completed by hand in the meantime stays as it is."""
    return tx.run(
        """
        UPDATE shield.payout_attempt
           SET status = 'sent', sent_at = now(), reference = %(reference)s, settles_on = %(settles_on)s
         WHERE id = %(attempt_id)s AND status = 'intended'
        """,
        attempt_id=attempt_id,
        reference=reference,
        settles_on=settles_on,
    )


def set_file_sent(tx: Tx, file_id: str) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.payout_attempt SET status = 'sent', sent_at = now(), reference = trace_number
         WHERE nacha_file_id = %(file_id)s AND status = 'intended'
        """,
        file_id=file_id,
    )


def set_open_settled(tx: Tx, payout_id: str) -> Query[str | None]:
    """End the payout's open try as settled; its id, or None when there is none open."""
    return tx.find_value(
        str,
        """
        UPDATE shield.payout_attempt SET status = 'settled', ended_at = now()
         WHERE payout_id = %(payout_id)s AND status IN ('intended', 'sent') RETURNING id
        """,
        payout_id=payout_id,
    )


def set_returned(tx: Tx, attempt_id: str, code: str) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.payout_attempt SET status = 'returned', ended_at = now(), return_code = %(code)s
         WHERE id = %(attempt_id)s AND status IN ('sent', 'settled')
        """,
        attempt_id=attempt_id,
        code=code,
    )


def set_correction(tx: Tx, attempt_id: str, code: str, *, key_id: str, sealed: bytes) -> Query[int]:
    """What the bank wants corrected, once per try."""
    return tx.run(
        """
        UPDATE shield.payout_attempt
           SET correction_code = %(code)s, correction_key_id = %(key_id)s, correction_sealed = %(sealed)s
         WHERE id = %(attempt_id)s AND correction_code IS NULL
        """,
        attempt_id=attempt_id,
        code=code,
        key_id=key_id,
        sealed=sealed,
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
