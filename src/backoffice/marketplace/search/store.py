"""Finding each kind of thing by what people know of it. Each way gives no more rows than are shown.

0 is an exact hit, 1 one that begins so, 2 one with these words, 3 one with a typo (backoffice.kernel.search.Sure).
"""

from typing import LiteralString

from backoffice.kernel.database import Db, Query
from backoffice.kernel.search import Asked, Hit, by_phone

CUSTOMERS: LiteralString = """
    WITH named AS MATERIALIZED (
        SELECT id FROM marketplace.customer WHERE name_words @@ kernel.known_query(%(words)s, 'marketplace')
    ), first_named AS MATERIALIZED (
        SELECT id FROM named LIMIT %(shown)s
    ), similar_named AS MATERIALIZED (
        SELECT id FROM marketplace.customer
         WHERE (SELECT count(*) FROM first_named) < %(shown)s
           AND name_words @@ kernel.forgiving_query(%(words)s, 'marketplace')
    )
    SELECT 'user' AS kind, c.id::text AS id, coalesce(c.name, 'User ' || c.id) AS title,
           CASE WHEN %(sees_personal)s::boolean THEN c.email END AS detail, w.sure
      FROM (SELECT id, min(sure)::bigint AS sure FROM (
            (SELECT id, 0 AS sure FROM marketplace.customer
              WHERE id = %(number)s::bigint OR external_id = %(term)s)
            UNION ALL
            (SELECT id, 0 FROM marketplace.customer
              WHERE %(sees_personal)s::boolean AND lower(email) = lower(%(term)s) LIMIT 1)
            UNION ALL {by_phone}
            UNION ALL
            (SELECT id, 1 FROM marketplace.customer
              WHERE phone IS NOT NULL AND kernel.phone_windows(phone) @> %(windows)s::text[]
                AND strpos(phone, %(part)s) > 0
                AND %(sees_personal)s::boolean LIMIT %(shown)s)
            UNION ALL
            (SELECT id, 1 FROM marketplace.customer
              WHERE %(sees_personal)s::boolean AND kernel.fold(email) ^@ nullif(kernel.fold(%(term)s), '')
              LIMIT %(shown)s)
            UNION ALL
            SELECT id, 2 FROM first_named
            UNION ALL
            (SELECT id, 3 FROM similar_named LIMIT %(shown)s)
           ) ways GROUP BY id ORDER BY 2, 1 LIMIT %(shown)s) w
      JOIN marketplace.customer c USING (id)
     ORDER BY w.sure, c.id
""".replace("{by_phone}", by_phone("marketplace.customer", where="%(sees_personal)s::boolean"))
"""Who has the words is looked for apart, so that the limit can't make PostgreSQL read all names until it is full; with
typos only where those do not fill the answer.
"""


def find_customers(db: Db, asked: Asked, *, sees_personal: bool) -> Query[list[Hit]]:
    """By id, name, and, for whoever may see them, e-mail address and phone number."""
    return db.all(
        Hit,
        CUSTOMERS,
        **asked.params,
        **asked.phone_params,
        words=None if sees_personal and "@" in asked.term else asked.term,
        sees_personal=sees_personal,
    )


def find_vendors(db: Db, asked: Asked) -> Query[list[Hit]]:
    return db.all(
        Hit,
        """
        SELECT 'vendor' AS kind, v.id::text AS id, v.display_name AS title, v.city AS detail, w.sure
          FROM (SELECT id, min(sure)::bigint AS sure FROM (
                (SELECT id, 0 AS sure FROM marketplace.vendor WHERE id = %(number)s::bigint OR external_id = %(term)s)
                UNION ALL
                (SELECT id, 2 FROM marketplace.vendor
                  WHERE kernel.search_vector(name || ' ' || display_name) @@ kernel.search_query(%(term)s)
                  LIMIT %(shown)s)
                UNION ALL
                (SELECT id, 3 FROM marketplace.vendor
                  WHERE kernel.search_vector(name || ' ' || display_name)
                        @@ kernel.forgiving_query(%(term)s, 'marketplace')
                  LIMIT %(shown)s)
               ) ways GROUP BY id ORDER BY 2, 1 LIMIT %(shown)s) w
          JOIN marketplace.vendor v USING (id)
         ORDER BY w.sure, v.id
        """,
        **asked.params,
    )


def find_services(db: Db, asked: Asked) -> Query[list[Hit]]:
    return db.all(
        Hit,
        """
        SELECT 'service' AS kind, id, name AS title, category AS detail, 0::bigint AS sure
          FROM marketplace.service WHERE id = %(term)s OR external_id = %(term)s
         LIMIT %(shown)s
        """,
        term=asked.term,
        shown=asked.params["shown"],
    )


def find_bookings(db: Db, asked: Asked) -> Query[list[Hit]]:
    """By id and reference, whole or as it begins."""
    return db.all(
        Hit,
        """
        SELECT 'booking' AS kind, b.id, b.reference AS title,
               CASE WHEN b.payment_status = 'refunded' THEN 'refunded' ELSE b.status END AS detail, w.sure
          FROM (SELECT id, min(sure)::bigint AS sure FROM (
                (SELECT id, 0 AS sure FROM marketplace.booking
                  WHERE id = %(term)s OR external_id = %(term)s OR reference = upper(%(term)s))
                UNION ALL
                (SELECT id, 1 FROM marketplace.booking WHERE reference ^@ upper(%(term)s) LIMIT %(shown)s)
               ) ways GROUP BY id ORDER BY 2, 1 LIMIT %(shown)s) w
          JOIN marketplace.booking b USING (id)
         ORDER BY w.sure, b.id
        """,
        term=asked.term,
        shown=asked.params["shown"],
    )


def find_payments(db: Db, asked: Asked) -> Query[list[Hit]]:
    """By our id, the platform's or the gateway's."""
    return db.all(
        Hit,
        """
        SELECT 'payment' AS kind, id, id AS title, status AS detail, 0::bigint AS sure
          FROM marketplace.payment
         WHERE id = %(term)s OR external_id = %(term)s
            OR (gateway IN ('sandbox', 'razorpay', 'stripe') AND gateway_payment_id = %(term)s)
         LIMIT %(shown)s
        """,
        term=asked.term,
        shown=asked.params["shown"],
    )


def find_disputes(db: Db, asked: Asked) -> Query[list[Hit]]:
    return db.all(
        Hit,
        """
        SELECT 'dispute' AS kind, id::text AS id, reference AS title, subject AS detail, 0::bigint AS sure
          FROM marketplace.dispute
         WHERE id = %(number)s::bigint OR reference = upper(%(term)s) OR external_id = %(term)s
         LIMIT %(shown)s
        """,
        term=asked.term,
        number=asked.number,
        shown=asked.params["shown"],
    )


def find_refunds(db: Db, asked: Asked) -> Query[list[Hit]]:
    return db.all(
        Hit,
        """
        SELECT 'refund' AS kind, id::text AS id, number AS title, status AS detail, 0::bigint AS sure
          FROM marketplace.refund
         WHERE number = upper(%(term)s) OR id = %(uuid)s::uuid
         LIMIT %(shown)s
        """,
        term=asked.term,
        uuid=asked.uuid,
        shown=asked.params["shown"],
    )


def find_takedowns(db: Db, asked: Asked) -> Query[list[Hit]]:
    """By id and number. What a request is about is not said: it may be about a person."""
    return db.all(
        Hit,
        """
        SELECT 'takedown_request' AS kind, id::text AS id, number AS title, status AS detail, 0::bigint AS sure
          FROM marketplace.takedown_request
         WHERE number = upper(%(term)s) OR id = %(uuid)s::uuid OR external_id = %(term)s
         LIMIT %(shown)s
        """,
        term=asked.term,
        uuid=asked.uuid,
        shown=asked.params["shown"],
    )
