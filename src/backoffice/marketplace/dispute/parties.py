"""To whom a dispute is told: its customer, its vendor, and the people who work on it."""

from dataclasses import dataclass, field

from backoffice.kernel.database import Db, Query


@dataclass(frozen=True, slots=True)
class PartiesRow:
    customer_id: int
    customer_name: str | None = field(repr=False)
    customer_email: str | None = field(repr=False)
    vendor_id: int | None
    vendor_name: str | None
    vendor_email: str | None = field(repr=False)
    assigned_to: int | None


def get_parties(db: Db, dispute_id: int) -> Query[PartiesRow]:
    return db.one(
        PartiesRow,
        """
        SELECT d.customer_id, c.name AS customer_name, c.email AS customer_email, d.vendor_id,
               v.display_name AS vendor_name, v.email AS vendor_email, d.assigned_to
          FROM marketplace.dispute d
          JOIN marketplace.customer c ON c.id = d.customer_id
          LEFT JOIN marketplace.vendor v ON v.id = d.vendor_id
         WHERE d.id = %(dispute_id)s
        """,
        dispute_id=dispute_id,
    )
