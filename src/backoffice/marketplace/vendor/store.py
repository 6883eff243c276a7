"""The vendor's row."""

from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.vendor import rules


def get_id(db: Db, vendor_id: int) -> Query[int]:
    """Whether there is such a vendor: its id, or VendorNotFound."""

    def found(known: int | None) -> int:
        if known is None:
            raise rules.VendorNotFound(vendor_id=vendor_id)
        return known

    return db.find_value(int, "SELECT id FROM marketplace.vendor WHERE id = %(id)s", id=vendor_id).then(found)


def find_id(db: Db, external_id: str) -> Query[int | None]:
    return db.find_value(
        int, "SELECT id FROM marketplace.vendor WHERE external_id = %(external_id)s", external_id=external_id
    )


def insert_vendor(tx: Tx, new: dict[str, Any]) -> Query[int | None]:
    """The new vendor's id; None where the platform's id is known already."""
    return tx.find_value(
        int,
        """
        INSERT INTO marketplace.vendor (external_id, name, display_name, email, phone, logo_url, city,
                                        verification_status, registered_at)
             VALUES (%(external_id)s, %(name)s, coalesce(%(display_name)s, %(name)s), %(email)s, %(phone)s,
                     %(logo_url)s, %(city)s, %(verification_status)s, coalesce(%(registered_at)s, now()))
        ON CONFLICT (external_id) DO NOTHING
          RETURNING id
        """,
        **new,
    )


def lock_vendors(tx: Tx, *vendor_ids: int) -> Query[list[int]]:
    """Held until this write ends, before their stars are counted: two reviews at once would miss each other."""
    return tx.values(
        int,
        "SELECT id FROM marketplace.vendor WHERE id = ANY (%(ids)s) ORDER BY id FOR NO KEY UPDATE",
        ids=list(vendor_ids),
    )


def recount(tx: Tx, *vendor_ids: int) -> Query[int]:
    """Their reviews and stars as the rows say now: sent with whatever changed what they count."""
    return tx.value(int, "SELECT marketplace.recount_vendors(%(ids)s)", ids=list(vendor_ids))
