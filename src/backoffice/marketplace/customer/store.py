"""The customer's row: finding, locking, bringing in, counting anew. Whoever writes about a customer holds it first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules
from backoffice.marketplace.customer.rules import Status

TAKEN = {
    "customer_external_id_key": "external_id",
    "customer_email_key": "email",
    "customer_phone_key": "phone",
}


@dataclass(frozen=True, slots=True)
class CustomerRow:
    id: int
    external_id: str | None
    name: str | None
    email: str | None
    phone: str | None
    status: Status
    suspended_until: datetime | None
    trust: int
    is_restricted: bool


def lock_customer(tx: Tx, customer_id: int) -> Query[CustomerRow]:
    """The customer, held until this write ends. UserNotFound if there is none."""
    return tx.one(
        CustomerRow,
        """
        SELECT id, external_id, name, email, phone, status, suspended_until,
               coalesce(trust_by_hand, trust_computed) AS trust, is_restricted
          FROM marketplace.customer WHERE id = %(customer_id)s FOR UPDATE
        """,
        customer_id=customer_id,
        missing=rules.UserNotFound(user_id=customer_id),
    )


def find_id(db: Db, external_id: str) -> Query[int | None]:
    return db.find_value(
        int, "SELECT id FROM marketplace.customer WHERE external_id = %(external_id)s", external_id=external_id
    )


@contextmanager
def taken() -> Iterator[None]:
    """Says which of the unique facts of a customer is somebody else's."""
    try:
        yield
    except UniqueViolation as error:
        if field := TAKEN.get(error.diag.constraint_name or ""):
            raise rules.UserExists(field=field) from error
        raise


def insert_customer(tx: Tx, new: dict[str, Any]) -> Query[int | None]:
    """The new customer's id; None where the platform's id is known already."""
    return tx.find_value(
        int,
        """
        INSERT INTO marketplace.customer (external_id, name, email, phone, profile_picture_url, email_verified_at,
                                          phone_verified_at, identity_document_type, identity_verified_at,
                                          registered_at)
             VALUES (%(external_id)s, %(name)s, %(email)s, %(phone)s, %(profile_picture_url)s, %(email_verified_at)s,
                     %(phone_verified_at)s, %(identity_document_type)s, %(identity_verified_at)s,
                     coalesce(%(registered_at)s, now()))
        ON CONFLICT (external_id) DO NOTHING
          RETURNING id
        """,
        **new,
    )


def recount(tx: Tx, *customer_ids: int) -> Query[int]:
    """Their sums and their trust as the rows say now: sent with whatever changed what they count."""
    return tx.value(int, "SELECT marketplace.recount(%(ids)s)", ids=list(customer_ids))
