"""The referral's row and what is known for judging it. Lock order: both customers by id, then the referral."""

from dataclasses import dataclass
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.referral import rules
from backoffice.marketplace.referral.rules import Decision, Ending, Facts, Status


@dataclass(frozen=True, slots=True)
class PairRow:
    referrer_id: int
    referred_id: int


@dataclass(frozen=True, slots=True)
class ReferralRow:
    id: UUID
    referrer_id: int
    referred_id: int
    status: Status
    reward_minor: int
    minimum_spend_minor: int
    flags: list[str]
    is_held: bool
    paid_minor: int
    taken_minor: int


@dataclass(frozen=True, slots=True)
class DebtRow:
    """A reward that was to be taken back and is still owed, as far as it is."""

    id: UUID
    owed_minor: int


def find_pair(db: Db, referral_id: UUID) -> Query[PairRow | None]:
    """Whom to hold before the referral."""
    return db.find(
        PairRow, "SELECT referrer_id, referred_id FROM marketplace.referral WHERE id = %(id)s", id=referral_id
    )


def lock_referral(tx: Tx, referral_id: UUID) -> Query[ReferralRow]:
    """Held until this write ends; both customers are. ReferralNotFound."""
    return tx.one(
        ReferralRow,
        """
        SELECT id, referrer_id, referred_id, status, reward_minor, minimum_spend_minor, flags, is_held, paid_minor,
               taken_minor
          FROM marketplace.referral WHERE id = %(id)s FOR UPDATE
        """,
        id=referral_id,
        missing=rules.ReferralNotFound(referral_id=str(referral_id)),
    )


def get_facts(tx: Tx, referral_id: UUID) -> Query[Facts]:
    """What both did, as far as it counts: of completed bookings what was paid and not given back."""
    return tx.one(
        Facts,
        """
        WITH kept AS (
            SELECT b.id, b.completed_at, coalesce(p.kept, 0) AS kept, r.minimum_spend_minor AS minimum,
                   row_number() OVER told AS number, sum(coalesce(p.kept, 0)) OVER told AS spent
              FROM marketplace.referral r
              JOIN marketplace.booking b ON b.customer_id = r.referred_id
              LEFT JOIN LATERAL (
                   SELECT sum(captured_minor - refunded_minor - charged_back_minor) AS kept
                     FROM marketplace.payment
                    WHERE booking_id = b.id AND captured_minor > 0 AND completed_at <= r.expires_at) p ON true
             WHERE r.id = %(id)s AND b.status = 'completed' AND b.payment_status <> 'refunded'
               AND b.completed_at BETWEEN r.created_at AND r.expires_at
            WINDOW told AS (ORDER BY b.completed_at, b.id))
        SELECT CASE WHEN c.email_verified_at <= r.expires_at THEN c.email_verified_at END AS email_verified_at,
               (SELECT min(completed_at) FROM kept) AS first_booking_at,
               (SELECT coalesce(max(spent), 0)::bigint FROM kept) AS spent_minor,
               ARRAY(SELECT id FROM kept WHERE number = 1 OR spent - kept < minimum ORDER BY number) AS counted,
               clock_timestamp() > r.expires_at AS is_over,
               EXISTS (SELECT FROM marketplace.booking
                        WHERE id = ANY (r.counted) AND payment_status = 'refunded') AS is_given_back,
               o.status = 'deleted' AS is_referrer_gone,
               marketplace.referral_flags(r.referrer_id, r.referred_id) AS flags
          FROM marketplace.referral r
          JOIN marketplace.customer c ON c.id = r.referred_id
          JOIN marketplace.customer o ON o.id = r.referrer_id
         WHERE r.id = %(id)s
        """,
        id=referral_id,
    )


def set_judged(tx: Tx, referral: ReferralRow, facts: Facts) -> Query[int]:
    """What was found. What met the conditions of one that is no longer pending stays as it was."""
    return tx.run(
        """
        UPDATE marketplace.referral
           SET is_due = false, flags = %(flags)s,
               email_verified_at = CASE WHEN status = 'pending' THEN %(email_verified_at)s ELSE email_verified_at END,
               first_booking_at = CASE WHEN status = 'pending' THEN %(first_booking_at)s ELSE first_booking_at END,
               spent_minor = CASE WHEN status = 'pending' THEN %(spent)s ELSE spent_minor END
         WHERE id = %(id)s
        """,
        id=referral.id,
        flags=rules.flags_now(referral.flags, facts.flags),
        email_verified_at=facts.email_verified_at,
        first_booking_at=facts.first_booking_at,
        spent=facts.spent_minor,
    )


def set_completed(tx: Tx, referral: ReferralRow, facts: Facts) -> Query[str]:
    return tx.value(
        str,
        """
        UPDATE marketplace.referral
           SET status = 'completed', completed_at = clock_timestamp(), counted = %(counted)s
         WHERE id = %(id)s AND status = 'pending' RETURNING status
        """,
        id=referral.id,
        counted=facts.counted,
    )


def set_paid(tx: Tx, referral: ReferralRow) -> Query[str]:
    return tx.value(
        str,
        """
        UPDATE marketplace.referral
           SET status = 'paid', paid_minor = reward_minor, credited_at = clock_timestamp()
         WHERE id = %(id)s AND status = 'completed' RETURNING status
        """,
        id=referral.id,
    )


def set_ended(tx: Tx, referral: ReferralRow, because: Ending, *, taken_minor: int) -> Query[str]:
    return tx.value(
        str,
        """
        UPDATE marketplace.referral
           SET status = 'expired', ended_at = clock_timestamp(), ended_because = %(because)s, taken_minor = %(taken)s
         WHERE id = %(id)s AND status = %(expected)s RETURNING status
        """,
        id=referral.id,
        expected=referral.status,
        because=because,
        taken=taken_minor,
    )


def set_decided(tx: Tx, referral: ReferralRow, decision: Decision, *, reason: str | None) -> Query[int]:
    """Where one of the two was erased no words are kept."""
    return tx.run(
        """
        UPDATE marketplace.referral r
           SET decision = %(decision)s, decided_by = %(staff_id)s, decided_at = clock_timestamp(),
               decision_reason = CASE WHEN c.status <> 'deleted' AND o.status <> 'deleted' THEN %(reason)s::text END
          FROM marketplace.customer c, marketplace.customer o
         WHERE r.id = %(id)s AND r.decision IS NULL AND c.id = r.referred_id AND o.id = r.referrer_id
        """,
        id=referral.id,
        decision=decision,
        staff_id=tx.actor.staff_id,
        reason=reason,
    )


def get_balance(tx: Tx, customer_id: int) -> Query[int]:
    """What is in the wallet of a customer who is held."""
    return tx.value(int, "SELECT wallet_minor FROM marketplace.customer WHERE id = %(id)s", id=customer_id)


def list_debts(tx: Tx, referrer_id: int) -> Query[list[DebtRow]]:
    """The oldest first."""
    return tx.all(
        DebtRow,
        """
        SELECT id, paid_minor - taken_minor AS owed_minor FROM marketplace.referral
         WHERE referrer_id = %(referrer_id)s AND status = 'expired' AND paid_minor > taken_minor
         ORDER BY ended_at, id
        """,
        referrer_id=referrer_id,
    )


def add_taken(tx: Tx, debt: DebtRow, part: int) -> Query[int]:
    return tx.run(
        "UPDATE marketplace.referral SET taken_minor = taken_minor + %(part)s WHERE id = %(id)s", id=debt.id, part=part
    )


def list_due(db: Db) -> Query[list[UUID]]:
    """Those to whose customers something happened, and those whose time is over."""
    return db.values(
        UUID,
        """
        (SELECT id FROM marketplace.referral WHERE is_due ORDER BY id LIMIT 500)
         UNION
        (SELECT id FROM marketplace.referral
          WHERE status = 'pending' AND expires_at < clock_timestamp() ORDER BY expires_at LIMIT 500)
        """,
    )
