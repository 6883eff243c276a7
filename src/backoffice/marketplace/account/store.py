"""The account's part of a customer's row: holding it, and what staff make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules
from backoffice.marketplace.customer.rules import Status


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: int
    external_id: str | None
    name: str | None
    email: str | None
    phone: str | None
    status: Status
    suspended_until: datetime | None
    trust_computed: int
    trust_by_hand: int | None
    is_restricted: bool

    @property
    def person(self) -> str:
        return rules.person(self.id)


def lock_account(tx: Tx, customer_id: int) -> Query[AccountRow]:
    """The customer, held until this write ends. UserNotFound."""
    return tx.one(
        AccountRow,
        """
        SELECT id, external_id, name, email, phone, status, suspended_until, trust_computed, trust_by_hand,
               is_restricted
          FROM marketplace.customer WHERE id = %(customer_id)s FOR UPDATE
        """,
        customer_id=customer_id,
        missing=rules.UserNotFound(user_id=customer_id),
    )


def list_accounts(db: Db, customer_ids: Sequence[int]) -> Query[list[AccountRow]]:
    """Those of them that there are."""
    return db.all(
        AccountRow,
        """
        SELECT id, external_id, name, email, phone, status, suspended_until, trust_computed, trust_by_hand,
               is_restricted
          FROM marketplace.customer WHERE id = ANY (%(customer_ids)s)
        """,
        customer_ids=list(customer_ids),
    )


def get_mark(db: Db, customer_id: int) -> Query[str]:
    """A fingerprint of the account's standing, by which it is known again while nobody changes that."""
    return db.value(
        str,
        """
        SELECT encode(sha256(convert_to(
                   jsonb_build_array(status, suspended_at, suspended_until, suspension_reason)::text, 'UTF8')), 'hex')
          FROM marketplace.customer WHERE id = %(customer_id)s
        """,
        customer_id=customer_id,
    )


def get_status(db: Db, customer_id: int) -> Query[Status]:
    """UserNotFound."""
    return db.value(
        str,
        "SELECT status FROM marketplace.customer WHERE id = %(customer_id)s",
        customer_id=customer_id,
        missing=rules.UserNotFound(user_id=customer_id),
    ).then(Status)


def list_over(db: Db) -> Query[list[int]]:
    """Whose suspension has ended, the longest ago first."""
    return db.values(
        int,
        """
        SELECT id FROM marketplace.customer
         WHERE status = 'suspended' AND suspended_until < clock_timestamp()
         ORDER BY suspended_until LIMIT 500
        """,
    )


def set_suspended(tx: Tx, account: AccountRow, *, reason: str, until: datetime | None) -> Query[int]:
    """Suspended for another time it keeps since when."""
    return tx.run(
        """
        UPDATE marketplace.customer
           SET status = 'suspended', suspension_reason = %(reason)s, suspended_until = %(until)s,
               suspended_at = coalesce(suspended_at, clock_timestamp())
         WHERE id = %(id)s AND status = %(expected)s
        """,
        id=account.id,
        expected=account.status,
        reason=reason,
        until=until,
    )


def set_banned(tx: Tx, account: AccountRow, *, reason: str) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.customer
           SET status = 'banned', suspension_reason = %(reason)s, suspended_at = NULL, suspended_until = NULL
         WHERE id = %(id)s AND status = %(expected)s
        """,
        id=account.id,
        expected=account.status,
        reason=reason,
    )


def set_active(tx: Tx, account: AccountRow) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.customer
           SET status = 'active', suspension_reason = NULL, suspended_at = NULL, suspended_until = NULL
         WHERE id = %(id)s AND status = %(expected)s
        """,
        id=account.id,
        expected=account.status,
    )


def set_trust(tx: Tx, customer_id: int, *, score: int | None, reason: str | None, is_restricted: bool) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.customer
           SET trust_by_hand = %(score)s, trust_reason = %(reason)s, is_restricted = %(is_restricted)s
         WHERE id = %(customer_id)s
        """,
        customer_id=customer_id,
        score=score,
        reason=reason,
        is_restricted=is_restricted,
    )
