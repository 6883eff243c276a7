"""The service's row."""

from dataclasses import dataclass
from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.catalogue import rules


@dataclass(frozen=True, slots=True)
class ServiceRow:
    id: str
    vendor_id: int
    duration_minutes: int | None


def get_service(db: Db, service_id: str) -> Query[ServiceRow]:
    """A service by its id or, where none has it, the platform's own. ServiceNotFound."""
    return db.one(
        ServiceRow,
        """
        SELECT id, vendor_id, duration_minutes FROM marketplace.service
         WHERE id = %(service_id)s OR external_id = %(service_id)s
         ORDER BY id = %(service_id)s DESC LIMIT 1
        """,
        service_id=service_id,
        missing=rules.ServiceNotFound(service_id=service_id),
    )


def find_id(db: Db, external_id: str) -> Query[str | None]:
    return db.find_value(
        str, "SELECT id FROM marketplace.service WHERE external_id = %(external_id)s", external_id=external_id
    )


def insert_service(tx: Tx, new: dict[str, Any]) -> Query[str | None]:
    """The new service's id; None where the platform's id is known already."""
    return tx.find_value(
        str,
        """
        INSERT INTO marketplace.service (id, external_id, vendor_id, name, category, subcategory, description,
                                         pricing_type, base_price_minor, duration_minutes)
             VALUES (%(id)s, %(external_id)s, %(vendor_id)s, %(name)s, %(category)s, %(subcategory)s, %(description)s,
                     %(pricing_type)s, %(base_price_cents)s, %(duration_minutes)s)
        ON CONFLICT (external_id) DO NOTHING
          RETURNING id
        """,
        **new,
    )
