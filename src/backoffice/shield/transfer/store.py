"""What is due to leave, what left, and trace numbers: each given out once for ever."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.gateways.nacha import LAST_SEQUENCE
from backoffice.kernel.write import Tx
from backoffice.shield.payout.rules import RailName


def list_due(db: Db, *, before: datetime) -> Query[list[str]]:
    """ACH payouts that may leave now: made before that moment, not held, to an account that can be paid.

    While a bank's record about a payout of the same claim is undecided, nothing more of that claim is due.
    """
    return db.values(
        str,
        """
        SELECT p.id
          FROM shield.payout p
          JOIN shield.bank_account b ON b.member_id = p.member_id
         WHERE p.status = 'pending' AND p.method = 'ach' AND p.initiated_at <= %(before)s
           AND (p.held_because IS NULL OR p.held_until <= now())
           AND b.verified_at IS NOT NULL AND NOT b.correction_pending
           AND (b.hold_until IS NULL OR b.hold_until <= now())
           AND NOT EXISTS (SELECT FROM shield.bank_record r JOIN shield.payout o ON o.id = r.payout_id
                            WHERE o.claim_id = p.claim_id AND r.status = 'open'
                              AND r.cause NOT IN ('correction', 'second_correction', 'other_notice'))
         ORDER BY p.member_id, p.claim_id, p.id
         LIMIT 5000
        """,
        before=before,
    )


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


def set_traces_taken(tx: Tx, odfi: str, *, last: int) -> Query[int]:
    """Trace numbers up to this one went out: none of them is given out again."""
    return tx.run(
        """
        INSERT INTO shield.trace_sequence AS t (odfi, last) VALUES (%(odfi)s, %(last)s)
        ON CONFLICT (odfi) DO UPDATE SET last = %(last)s WHERE t.last < %(last)s
        """,
        odfi=odfi,
        last=last,
    )


@dataclass(frozen=True, slots=True)
class LostRow:
    """A payout that left, known from the journal alone."""

    attempt_id: str
    payout_id: str
    claim_id: str
    amount_minor: int
    left_at: datetime


def insert_lost(tx: Tx, lost: LostRow) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.lost_payout (attempt_id, payout_id, claim_id, amount_minor, left_at)
             VALUES (%(attempt_id)s, %(payout_id)s, %(claim_id)s, %(amount_minor)s, %(left_at)s)
        ON CONFLICT (attempt_id) DO NOTHING
        """,
        **asdict(lost),
    )


def is_settled(db: Db, attempt_id: str) -> Query[bool]:
    """Whether somebody has said what came of a lost payout."""
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM shield.lost_payout
                        WHERE attempt_id = %(attempt_id)s AND settled_at IS NOT NULL)
        """,
        attempt_id=attempt_id,
    )


def list_lost(db: Db) -> Query[list[LostRow]]:
    """Those that nobody has settled, oldest first."""
    return db.all(
        LostRow,
        """
        SELECT attempt_id, payout_id, claim_id, amount_minor, left_at
          FROM shield.lost_payout WHERE settled_at IS NULL ORDER BY left_at, attempt_id
        """,
    )


def list_unknown(db: Db, attempt_ids: list[str]) -> Query[list[str]]:
    """Those of the tries that are neither here nor known as lost."""
    return db.values(
        str,
        """
        SELECT id FROM unnest(%(attempt_ids)s::text[]) AS id
         WHERE NOT EXISTS (SELECT FROM shield.payout_attempt a WHERE a.id = id.id)
           AND NOT EXISTS (SELECT FROM shield.lost_payout l WHERE l.attempt_id = id.id)
        """,
        attempt_ids=attempt_ids,
    )


def set_lost_settled(tx: Tx, attempt_id: str, because: str) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.lost_payout SET settled_at = clock_timestamp(), settled_because = %(because)s
         WHERE attempt_id = %(attempt_id)s AND settled_at IS NULL
        """,
        attempt_id=attempt_id,
        because=because,
    )


def find_last_trace(db: Db, odfi: str) -> Query[int | None]:
    return db.find_value(int, "SELECT last FROM shield.trace_sequence WHERE odfi = %(odfi)s", odfi=odfi)


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
