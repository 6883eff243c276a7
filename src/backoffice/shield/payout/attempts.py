"""The tries to pay: each with a sealed copy of its destination, its trace number and its end."""

from dataclasses import asdict, dataclass, field
from datetime import date

from backoffice.kernel.database import Db, Listing, Query
from backoffice.kernel.gateways.nacha import LAST_SEQUENCE
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


def take_traces(tx: Tx, odfi: str, count: int) -> Query[int | None]:
    """So many trace numbers of this originating bank, given out once for ever: the last of them, None without enough.

    Held until this write ends: files of one bank are made one after the other.
    """
    return tx.find_value(
        int,
        """
        INSERT INTO shield.trace_sequence AS t (odfi, last) SELECT %(odfi)s, %(count)s WHERE %(count)s <= %(most)s
        ON CONFLICT (odfi) DO UPDATE SET last = t.last + %(count)s WHERE t.last + %(count)s <= %(most)s
          RETURNING last
        """,
        odfi=odfi,
        count=count,
        most=LAST_SEQUENCE,
    )


def find_last_trace(db: Db, odfi: str) -> Query[int | None]:
    return db.find_value(int, "SELECT last FROM shield.trace_sequence WHERE odfi = %(odfi)s", odfi=odfi)


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


def list_of_file(db: Db, file_id: str) -> Query[list[AttemptRow]]:
    """The tries in a file, in trace order."""
    by = {"file_id": file_id}
    return db.all(AttemptRow, ATTEMPTS.where(by), **by)


def lock_begun(tx: Tx) -> Query[list[str]]:
    """Tries that are to leave in a file and are in none yet, held until this write ends."""
    return tx.values(
        str,
        """
        SELECT id FROM shield.payout_attempt WHERE rail = 'nacha' AND status = 'intended' AND nacha_file_id IS NULL
         ORDER BY id LIMIT 5000 FOR UPDATE
        """,
    )


def list_begun(db: Db, attempt_ids: list[str]) -> Query[list[AttemptRow]]:
    by = {"begun": attempt_ids}
    return db.all(AttemptRow, ATTEMPTS.where(by), **by)


def set_file(tx: Tx, file_id: str, traces: dict[str, str]) -> Query[int]:
    """Put tries into a file, each by its id under its trace number."""
    return tx.run(
        """
        UPDATE shield.payout_attempt a SET nacha_file_id = %(file_id)s, trace_number = t.trace
          FROM unnest(%(ids)s::text[], %(traces)s::text[]) t (id, trace) WHERE a.id = t.id
        """,
        file_id=file_id,
        ids=list(traces),
        traces=list(traces.values()),
    )


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
    """Noted once."""
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


def set_file_sent(tx: Tx, file_id: str, *, settles_on: date) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.payout_attempt
           SET status = 'sent', sent_at = now(), reference = trace_number, settles_on = %(settles_on)s
         WHERE nacha_file_id = %(file_id)s AND status = 'intended'
        """,
        file_id=file_id,
        settles_on=settles_on,
    )


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
