"""Reading what a customer did: their log, their sessions, their latest sign-ins."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from backoffice.kernel.database import Db, Pages, Query
from backoffice.marketplace.activity.rules import ActivityType
from backoffice.marketplace.activity.schemas import LoginOut, SessionOut
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.rules import DeviceType

LATEST = 20
"""How many sign-ins stand beside the sessions."""


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """`subject_id` is what it is about; `state` is how a payment stands, or what a dispute is about."""

    id: int
    customer_id: int
    activity_type: ActivityType
    at: datetime
    subject_id: str | None
    reference: str | None
    service_name: str | None
    amount_minor: int | None
    state: str | None
    rating: int | None
    is_success: bool | None
    changed: list[str] | None
    ip_address: str | None
    user_agent: str | None
    device_type: DeviceType | None
    location: str | None


EVENTS: LiteralString = """(
    SELECT a.id * 8 AS id, a.customer_id, a.type AS activity_type, a.at, a.session_id AS subject_id,
           NULL::text AS reference, NULL::text AS service_id, NULL::bigint AS amount_minor, a.failure_reason AS state,
           NULL::bigint AS rating, a.is_success, a.changed, a.ip_address, a.user_agent, a.device_type, a.location
      FROM marketplace.activity a
     UNION ALL
    SELECT r.id * 8 + 1, r.customer_id, 'review', r.created_at, r.id::text, r.booking_id, r.service_id, NULL, NULL,
           r.rating, NULL, NULL, NULL, NULL, NULL, NULL
      FROM marketplace.review r
     UNION ALL
    SELECT d.id * 8 + 2, d.customer_id, 'dispute', d.created_at, d.id::text, d.reference, NULL, d.amount_disputed_minor,
           d.type, NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM marketplace.dispute d
     UNION ALL
    SELECT (hashtextextended(b.id, 0) & 1125899906842623) * 8 + 3, b.customer_id, 'booking_created', b.created_at, b.id,
           b.reference, b.service_id, b.amount_minor, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM marketplace.booking b
     UNION ALL
    SELECT (hashtextextended(p.id, 0) & 1125899906842623) * 8 + 4, p.customer_id, 'payment', p.created_at, p.id,
           p.booking_id, NULL, p.amount_minor, p.status, NULL, p.captured_minor > 0, NULL, NULL, NULL, NULL, NULL
      FROM marketplace.payment p
    ) e"""
"""One number for each: those of one kind end in the same three bits. Numbers made from a text id have 50 bits of its
hash, so that all are whole numbers in JavaScript too.
"""

ACTIVITY = Pages(
    "activity of a customer",
    ActivityRow,
    source=EVENTS,
    key="e.id",
    order="e.at DESC, e.id DESC",
    always="e.customer_id = %(customer_id)s",
    filters={
        "activity_type": "e.activity_type = %(activity_type)s",
        "from_date": "e.at >= %(from_date)s",
        "to_date": "e.at < %(to_date)s",
    },
    sql="""
    SELECT e.id, e.customer_id, e.activity_type, e.at, e.subject_id, e.reference, s.name AS service_name,
           e.amount_minor, e.state, e.rating, e.is_success, e.changed, e.ip_address, e.user_agent, e.device_type,
           e.location
      FROM (SELECT * FROM {source} {where} ORDER BY {order} {cut}) e
      LEFT JOIN marketplace.service s ON s.id = e.service_id
     ORDER BY {order}
    """,
)


def get_user(db: Db, customer_id: int) -> Query[int]:
    """Whether there is such a customer: their id, or UserNotFound."""
    return db.value(
        int,
        "SELECT id FROM marketplace.customer WHERE id = %(customer_id)s",
        customer_id=customer_id,
        missing=customer_rules.UserNotFound(user_id=customer_id),
    )


def list_sessions(db: Db, customer_id: int) -> Query[list[SessionOut]]:
    """Those that live, the latest used first."""
    return db.all(
        SessionOut,
        """
        SELECT id AS session_id, customer_id AS user_id, device_type, device_name, browser, ip_address, user_agent,
               location, last_activity_at AS last_activity, began_at AS created_at
          FROM marketplace.session
         WHERE customer_id = %(customer_id)s AND ended_at IS NULL
         ORDER BY last_activity_at DESC, id DESC LIMIT 100
        """,
        customer_id=customer_id,
    )


def list_logins(db: Db, customer_id: int) -> Query[list[LoginOut]]:
    """The latest, with those that failed."""
    return db.all(
        LoginOut,
        """
        SELECT at AS login_at, ip_address, user_agent, device_type, location, is_success AS success, failure_reason
          FROM marketplace.activity
         WHERE customer_id = %(customer_id)s AND type = 'login'
         ORDER BY at DESC, id DESC LIMIT %(most)s
        """,
        customer_id=customer_id,
        most=LATEST,
    )
