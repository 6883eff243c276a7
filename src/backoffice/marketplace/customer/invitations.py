"""Rows of codes and of who came by them. Lock order: both customers by id, then the referral."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer.rules import Status


@dataclass(frozen=True, slots=True)
class PartyRow:
    id: int
    status: Status
    bookings: int


@dataclass(frozen=True, slots=True)
class InvitedRow:
    """Who was brought by whom."""

    id: UUID
    code: str
    referrer_id: int
    referred_id: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised: `reward_minor` to whoever brought somebody who spends `minimum_spend_minor` in so many days."""

    reward_minor: int
    minimum_spend_minor: int
    days: int


def lock_both(tx: Tx, one: int, other: int) -> Query[list[PartyRow]]:
    """Two customers, always in the order of their ids, held until this write ends."""
    return tx.all(
        PartyRow,
        """
        SELECT id, status, bookings FROM marketplace.customer
         WHERE id IN (%(one)s, %(other)s) ORDER BY id FOR UPDATE
        """,
        one=one,
        other=other,
    )


def find_code(db: Db, customer_id: int) -> Query[str | None]:
    return db.find_value(
        str, "SELECT code FROM marketplace.referral_code WHERE customer_id = %(customer_id)s", customer_id=customer_id
    )


def find_owner(db: Db, code: str) -> Query[int | None]:
    """Who gave this code to friends."""
    return db.find_value(int, "SELECT customer_id FROM marketplace.referral_code WHERE code = %(code)s", code=code)


def insert_code(tx: Tx, code: str, customer_id: int) -> Query[str | None]:
    """None where somebody has it already."""
    return tx.find_value(
        str,
        """
        INSERT INTO marketplace.referral_code (code, customer_id) VALUES (%(code)s, %(customer_id)s)
        ON CONFLICT (code) DO NOTHING RETURNING code
        """,
        code=code,
        customer_id=customer_id,
    )


def find_invited(db: Db, referred_id: int) -> Query[InvitedRow | None]:
    return db.find(
        InvitedRow,
        """
        SELECT id, code, referrer_id, referred_id FROM marketplace.referral WHERE referred_id = %(referred_id)s
        """,
        referred_id=referred_id,
    )


def insert_invited(tx: Tx, new: InvitedRow, terms: Terms) -> Query[str]:
    """What makes one look twice at it already."""
    return tx.value(
        str,
        """
        INSERT INTO marketplace.referral (id, code, referrer_id, referred_id, reward_minor, minimum_spend_minor,
                                          expires_at, flags)
             VALUES (%(id)s, %(code)s, %(referrer_id)s, %(referred_id)s, %(reward)s, %(spend)s,
                     clock_timestamp() + %(lasts)s, marketplace.referral_flags(%(referrer_id)s, %(referred_id)s))
          RETURNING array_to_string(flags, ' ')
        """,
        id=new.id,
        code=new.code,
        referrer_id=new.referrer_id,
        referred_id=new.referred_id,
        reward=terms.reward_minor,
        spend=terms.minimum_spend_minor,
        lasts=timedelta(days=terms.days),
    )
