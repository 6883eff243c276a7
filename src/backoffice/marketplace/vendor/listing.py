"""Reading vendors: the list, and one with what they did."""

from backoffice.kernel.database import Db, Pages, Query
from backoffice.marketplace.vendor import rules
from backoffice.marketplace.vendor.schemas import DetailOut, ListedOut

VENDORS = Pages(
    "vendors",
    ListedOut,
    source="marketplace.vendor v",
    key="v.id",
    order={
        "created_at_desc": "v.registered_at DESC, v.id DESC",
        "created_at_asc": "v.registered_at, v.id",
        "name_asc": "kernel.fold(v.display_name), v.id",
        "name_desc": "kernel.fold(v.display_name) DESC, v.id DESC",
        "rating_desc": "v.ratings / nullif(v.reviews, 0)::float8 DESC NULLS LAST, v.id DESC",
        "rating_asc": "v.ratings / nullif(v.reviews, 0)::float8 NULLS FIRST, v.id",
    },
    filters={
        "verification_status": "v.verification_status = %(verification_status)s",
        "city": "kernel.fold(v.city) = kernel.fold(%(city)s)",
        "search": "kernel.search_vector(v.name || ' ' || v.display_name) @@ kernel.search_query(%(search)s)",
    },
    sql="""
    SELECT v.id, v.external_id, v.name, v.display_name, v.email, v.phone, v.logo_url AS logo, v.city,
           v.verification_status, round(v.ratings / nullif(v.reviews, 0)::numeric, 2)::float8 AS rating,
           v.reviews AS total_reviews,
           (SELECT count(*) FROM marketplace.service s WHERE s.vendor_id = v.id) AS total_services,
           v.registered_at AS created_at
      FROM {page}
      JOIN marketplace.vendor v USING (id)
     ORDER BY {order}
    """,
)


def get_detail(db: Db, vendor_id: int) -> Query[DetailOut]:
    return db.one(
        DetailOut,
        """
        SELECT v.id, v.external_id, v.name, v.display_name, v.email, v.phone, v.logo_url AS logo, v.city,
               v.verification_status, round(v.ratings / nullif(v.reviews, 0)::numeric, 2)::float8 AS rating,
               v.reviews AS total_reviews,
               (SELECT count(*) FROM marketplace.service s WHERE s.vendor_id = v.id) AS total_services,
               v.registered_at AS created_at,
               b.total_bookings, b.completed_bookings, b.cancelled_bookings,
               (SELECT count(*) FROM marketplace.dispute d JOIN marketplace.booking x ON x.id = d.booking_id
                 WHERE x.vendor_id = v.id) AS total_disputes
          FROM marketplace.vendor v
         CROSS JOIN LATERAL (SELECT count(*) AS total_bookings,
                                    count(*) FILTER (WHERE status = 'completed') AS completed_bookings,
                                    count(*) FILTER (WHERE status = 'cancelled') AS cancelled_bookings
                               FROM marketplace.booking WHERE vendor_id = v.id) b
         WHERE v.id = %(vendor_id)s
        """,
        vendor_id=vendor_id,
        missing=rules.VendorNotFound(vendor_id=vendor_id),
    )
