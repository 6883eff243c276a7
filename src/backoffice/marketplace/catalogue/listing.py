"""Reading services: the list, and one with how often it was booked."""

from backoffice.kernel.database import Db, Pages, Query
from backoffice.marketplace.catalogue import rules
from backoffice.marketplace.catalogue.schemas import DetailOut, ListedOut

SERVICES = Pages(
    "services",
    ListedOut,
    source="marketplace.service s",
    key="s.id",
    order={
        "created_at_desc": "s.created_at DESC, s.id DESC",
        "created_at_asc": "s.created_at, s.id",
        "name_asc": "kernel.fold(s.name), s.id",
        "name_desc": "kernel.fold(s.name) DESC, s.id DESC",
        "price_desc": "s.base_price_minor DESC, s.id DESC",
        "price_asc": "s.base_price_minor, s.id",
    },
    filters={
        "vendor_id": "s.vendor_id = %(vendor_id)s",
        "category": "s.category = %(category)s",
        "is_active": {True: "s.is_active", False: "NOT s.is_active"},
        "search": "kernel.search_vector(s.name) @@ kernel.search_query(%(search)s)",
    },
    sql="""
    SELECT s.id, s.external_id, s.vendor_id, v.display_name AS vendor_name, s.name, s.category, s.subcategory,
           s.description, s.pricing_type, s.base_price_minor AS base_price_cents, s.duration_minutes, s.is_active,
           s.created_at
      FROM {page}
      JOIN marketplace.service s USING (id)
      JOIN marketplace.vendor v ON v.id = s.vendor_id
     ORDER BY {order}
    """,
)


def get_detail(db: Db, service_id: str) -> Query[DetailOut]:
    return db.one(
        DetailOut,
        """
        SELECT s.id, s.external_id, s.vendor_id, v.display_name AS vendor_name, s.name, s.category, s.subcategory,
               s.description, s.pricing_type, s.base_price_minor AS base_price_cents, s.duration_minutes, s.is_active,
               s.created_at,
               (SELECT count(*) FROM marketplace.booking b WHERE b.service_id = s.id) AS total_bookings,
               r.total_reviews, r.rating
          FROM marketplace.service s
          JOIN marketplace.vendor v ON v.id = s.vendor_id
         CROSS JOIN LATERAL (SELECT count(*) AS total_reviews, round(avg(rating), 2)::float8 AS rating
                               FROM marketplace.review WHERE service_id = s.id AND status = 'published') r
         WHERE s.id = %(service_id)s
        """,
        service_id=service_id,
        missing=rules.ServiceNotFound(service_id=service_id),
    )
