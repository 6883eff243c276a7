"""Reading customers: the list and its totals, the detail with its sums."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from backoffice.kernel.database import Db, Pages, Query, tally
from backoffice.kernel.database.compose import Filter, Listing
from backoffice.kernel.database.many import fitting, gathered, walked
from backoffice.marketplace.customer import rules
from backoffice.marketplace.customer.rules import DeviceType, Status
from backoffice.marketplace.customer.schemas import ListedOut

NAMED: Mapping[str, Filter] = {
    "ids": "c.id = ANY (%(ids)s)",
    "status": "c.status = %(status)s",
    "verification": "c.verification_level = %(verification)s",
    "trust_score_min": "c.trust >= %(trust_score_min)s",
    "trust_score_max": "c.trust <= %(trust_score_max)s",
    "flag": {"high_cancellation_rate": "c.is_often_cancelling", "multiple_disputes": "c.disputes >= 2"},
    "has_bookings": {True: "c.bookings > 0", False: "c.bookings = 0"},
    "registered_after": "c.registered_at >= %(registered_after)s",
    "registered_before": "c.registered_at < %(registered_before)s",
}
ORDER: Mapping[str, LiteralString] = {
    "created_at_desc": "c.registered_at DESC, c.id DESC",
    "created_at_asc": "c.registered_at, c.id",
    "name_asc": "kernel.fold(c.name), c.id",
    "name_desc": "kernel.fold(c.name) DESC, c.id DESC",
    "trust_score_desc": "c.trust DESC, c.id DESC",
    "trust_score_asc": "c.trust, c.id",
    "last_active_at_desc": "c.last_active_at DESC NULLS LAST, c.id DESC",
    "last_active_at_asc": "c.last_active_at NULLS FIRST, c.id",
}
BY_PHONE: LiteralString = """(strpos(c.phone, %(part)s) > 0
            OR c.phone ^@ ('+' || %(begins)s) OR c.phone ^@ ('+' || %(begins_also)s)
            OR reverse(c.phone) ^@ reverse(%(ends)s) OR reverse(c.phone) ^@ reverse(%(ends_also)s))"""
FITS: LiteralString = """(c.name_words @@ (SELECT kernel.known_query(%(words)s, 'marketplace'))
            OR kernel.fold(c.email) ^@ nullif(kernel.fold(%(address)s), '') OR {by_phone})
""".replace("{by_phone}", BY_PHONE)
"""Whether the terms of a search fit whoever is looked at."""
USERS = Pages(
    "customers of the marketplace",
    ListedOut,
    source="marketplace.customer c",
    key="c.id",
    order=ORDER,
    tally=tally("marketplace.customer_tally", "customers", by={"status": "status = %(status)s"}),
    sql="""
    SELECT c.id, c.external_id, c.email, c.phone, c.name, c.status = 'active' AS is_active,
           c.status = 'suspended' AS is_suspended, c.status AS account_status,
           c.email_verified_at IS NOT NULL AS email_verified, c.phone_verified_at IS NOT NULL AS phone_verified,
           c.identity_verified_at IS NOT NULL AS identity_verified, c.verification_level, c.trust AS trust_score,
           c.bookings AS total_bookings, c.paid_minor - c.refunded_minor AS total_spent,
           c.disputes AS total_disputes, c.disputes_open AS open_disputes,
           array_remove(ARRAY[CASE WHEN c.is_often_cancelling THEN 'high_cancellation_rate' END,
                              CASE WHEN c.disputes >= 2 THEN 'multiple_disputes' END], NULL) AS flags,
           c.registered_at AS created_at, c.last_login_at, c.last_active_at, c.last_active_at AS last_activity_at
      FROM {page}
      JOIN marketplace.customer c USING (id)
     ORDER BY {order}
    """,
    filters={**NAMED, "search": FITS},
)
FOUND = replace(USERS, name="customers found", tally=None, filters=NAMED)
"""The same list of those whom a search named one by one: they are few, and counted each time."""

BY_NAME: tuple[LiteralString, ...] = (
    "c.name_words @@ kernel.known_query(%(words)s, 'marketplace')",
    "kernel.fold(c.email) ^@ nullif(kernel.fold(%(address)s), '')",
)
EACH_WAY: tuple[LiteralString, ...] = (
    *BY_NAME,
    "c.phone ^@ ('+' || %(begins)s)",
    "c.phone ^@ ('+' || %(begins_also)s)",
    "reverse(c.phone) ^@ reverse(%(ends)s)",
    "reverse(c.phone) ^@ reverse(%(ends_also)s)",
    """c.phone IS NOT NULL AND kernel.phone_windows(c.phone) @> %(windows)s::text[]
        AND strpos(c.phone, %(part)s) > 0""",
)
"""How the terms of a search fit somebody, each through its own index."""
WAY: LiteralString = "SELECT c.id FROM marketplace.customer c WHERE {fits}"
WAYS: LiteralString = " UNION ALL ".join(WAY.replace("{fits}", fits) for fits in EACH_WAY)
PARTS = ("search", "words", "address", "begins", "begins_also", "ends", "ends_also", "part", "windows")
COUNTED = Listing(
    int,
    """
    SELECT (SELECT count(*) FROM (SELECT) AS it
              JOIN marketplace.customer c
                ON coalesce(%(begins)s, %(begins_also)s, %(ends)s, %(ends_also)s, %(part)s) IS NOT NULL AND {by_phone}
             {where})
         + (SELECT count(*) FROM ({others}) AS c)
    """.replace("{by_phone}", BY_PHONE).replace(
        "{others}",
        fitting([f"{way} AND {BY_PHONE} IS NOT TRUE" for way in BY_NAME], columns="c.id").replace(
            "{source}", USERS.source
        ),
    ),
    {**NAMED, **dict.fromkeys(PARTS, "true")},
)
"""How many a search fits. Numbers are looked at one by one in the index that holds nothing else: an eighth of a second
for a million, of whom each may fit. The parts of a term narrow nothing of their own.
"""
GATHERED = gathered(
    USERS,
    EACH_WAY,
    name="customers gathered",
    columns="c.id, c.registered_at, c.name, c.trust, c.last_active_at",
    counted=COUNTED,
)
MET = walked(USERS, FITS, name="customers met", otherwise=GATHERED)
"""The same list of the many whom a search fits, some by their number, some by a name."""


@dataclass(frozen=True, slots=True)
class DetailRow:
    id: int
    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    profile_picture_url: str | None
    status: Status
    suspension_reason: str | None
    suspended_until: datetime | None
    email_verified_at: datetime | None
    phone_verified_at: datetime | None
    identity_document_type: str | None
    identity_verified_at: datetime | None
    registered_at: datetime
    last_login_at: datetime | None
    last_active_at: datetime | None
    logins: int
    bookings: int
    bookings_open: int
    bookings_completed: int
    bookings_cancelled: int
    payments_failed: int
    paid_minor: int
    refunded_minor: int
    reviews: int
    ratings: int
    disputes: int
    disputes_open: int
    disputes_decided: int
    disputes_won: int
    wallet_minor: int
    loyalty_points: int
    trust_computed: int
    trust_by_hand: int | None
    trust_reason: str | None
    is_restricted: bool
    device_type: DeviceType | None
    trust_terms: list[Decimal]
    favorite_categories: list[str]
    preferred_method: str | None
    read_at: datetime


def get_detail(db: Db, customer_id: int) -> Query[DetailRow]:
    """Everything the profile shows. The favourites are the three categories booked most."""
    return db.one(
        DetailRow,
        """
        SELECT c.id, c.external_id, c.email, c.phone, c.name, c.profile_picture_url, c.status, c.suspension_reason,
               c.suspended_until, c.email_verified_at, c.phone_verified_at, c.identity_document_type,
               c.identity_verified_at, c.registered_at, c.last_login_at, c.last_active_at, c.logins, c.bookings,
               c.bookings_open, c.bookings_completed, c.bookings_cancelled, c.payments_failed, c.paid_minor,
               c.refunded_minor, c.reviews, c.ratings, c.disputes, c.disputes_open, c.disputes_decided,
               c.disputes_won, c.wallet_minor, c.loyalty_points,
               marketplace.trust_of(c, clock_timestamp()) AS trust_computed,
               c.trust_by_hand, c.trust_reason, c.is_restricted, c.device_type,
               marketplace.trust_terms(c, clock_timestamp()) AS trust_terms,
               ARRAY(SELECT s.category FROM marketplace.booking b JOIN marketplace.service s ON s.id = b.service_id
                      WHERE b.customer_id = c.id GROUP BY s.category ORDER BY count(*) DESC, s.category LIMIT 3
               ) AS favorite_categories,
               (SELECT p.method FROM marketplace.payment p
                 WHERE p.customer_id = c.id AND p.captured_minor > 0
                 GROUP BY p.method ORDER BY count(*) DESC, p.method LIMIT 1) AS preferred_method,
               clock_timestamp() AS read_at
          FROM marketplace.customer c
         WHERE c.id = %(customer_id)s
        """,
        customer_id=customer_id,
        missing=rules.UserNotFound(user_id=customer_id),
    )


def require_user(db: Db, customer_id: int) -> Query[int]:
    """Has PostgreSQL itself refuse a write about somebody who is not there: UserNotFound."""
    return db.run(
        "SELECT kernel.require(EXISTS (SELECT FROM marketplace.customer WHERE id = %(customer_id)s))",
        customer_id=customer_id,
    ).otherwise(rules.UserNotFound(user_id=customer_id))
