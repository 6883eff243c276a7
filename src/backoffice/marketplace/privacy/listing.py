"""The parts of a customer's record, each read batch by batch in the order of its keys."""

from collections.abc import Mapping
from typing import Any

from backoffice.kernel.database import Db, Pages, Query
from backoffice.kernel.database.compose import Filter
from backoffice.kernel.notify.store import SealedRow
from backoffice.marketplace.customer import rules
from backoffice.marketplace.privacy.schemas import (
    Activity,
    Appeal,
    Booking,
    Dispute,
    Evidence,
    Payment,
    Profile,
    Referral,
    Refund,
    Review,
    Said,
    Session,
    WalletEntry,
)


def get_profile(db: Db, customer_id: int) -> Query[Profile]:
    """UserNotFound."""
    return db.one(
        Profile,
        """
        SELECT id, external_id, name, email, phone, profile_picture_url, status AS account_status, suspension_reason,
               suspended_until, email_verified_at, phone_verified_at, identity_document_type, identity_verified_at,
               registered_at, last_login_at, last_active_at, logins AS total_logins, wallet_minor AS wallet_balance,
               loyalty_points, coalesce(trust_by_hand, trust_computed) AS trust_score, is_restricted
          FROM marketplace.customer WHERE id = %(customer_id)s
        """,
        customer_id=customer_id,
        missing=rules.UserNotFound(user_id=customer_id),
    )


OF_CUSTOMER: Mapping[str, Filter] = {"customer": "x.customer_id = %(customer)s", "after": "x.id > %(after)s"}
BOOKINGS = Pages(
    "bookings of a record",
    Booking,
    source="marketplace.booking x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    sql="""
    SELECT x.id, x.reference AS booking_reference, x.service_id, s.name AS service_name, x.vendor_id,
           v.display_name AS vendor_name, x.status, x.scheduled_at, x.time_zone, x.street, x.apartment, x.city,
           x.state, x.pincode, x.landmark, x.latitude, x.longitude, x.amount_minor AS amount, x.currency,
           x.payment_status, x.notes, x.requirements, x.images, x.cancelled_by,
           CASE WHEN x.cancelled_by = 'customer' THEN x.cancellation_reason END AS cancellation_reason,
           x.created_at, x.completed_at, x.cancelled_at
      FROM {source}
      JOIN marketplace.service s ON s.id = x.service_id
      JOIN marketplace.vendor v ON v.id = x.vendor_id
    {where} ORDER BY {order} {cut}
    """,
)
PAYMENTS = Pages(
    "payments of a record",
    Payment,
    source="marketplace.payment x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    sql="""
    SELECT x.id, x.booking_id, x.amount_minor AS amount, x.refunded_minor AS refunded, x.currency,
           x.method AS payment_method, x.gateway AS payment_gateway, x.gateway_payment_id AS gateway_transaction_id,
           x.status, x.failure_reason, x.created_at, x.completed_at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
REFUNDS = Pages(
    "refunds of a record",
    Refund,
    source="marketplace.refund x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    sql="""
    SELECT x.id, x.number AS refund_number, x.payment_id, x.booking_id, x.amount_minor AS amount, x.currency, x.status,
           x.reason, x.requested_by, CASE WHEN x.requested_by = 'user' THEN x.description END AS description,
           CASE WHEN x.requested_by = 'user' THEN x.evidence ELSE '[]' END AS evidence,
           x.requested_at, x.processed_at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
DISPUTES = Pages(
    "disputes of a record",
    Dispute,
    source="marketplace.dispute x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    sql="""
    SELECT x.id, x.reference AS dispute_reference, x.booking_id, x.payment_id, x.type, x.category, x.status,
           CASE WHEN x.source = 'customer' THEN x.subject END AS subject,
           CASE WHEN x.source = 'customer' THEN x.description END AS description,
           x.amount_disputed_minor AS amount_disputed, x.refund_requested, x.resolution_type, x.created_at,
           x.resolved_at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
OF_DISPUTE: Mapping[str, Filter] = {"customer": "d.customer_id = %(customer)s", "after": "x.id > %(after)s"}
SAYINGS = Pages(
    "dispute messages of a record",
    Said,
    source="marketplace.dispute_message x JOIN marketplace.dispute d ON d.id = x.dispute_id",
    key="x.id",
    order="x.id",
    filters=OF_DISPUTE,
    always="x.sender IN ('user', 'admin')",
    sql="""
    SELECT x.id, x.dispute_id, x.sender, x.message, x.created_at FROM {source} {where} ORDER BY {order} {cut}
    """,
)
EVIDENCE = Pages(
    "evidence of a record",
    Evidence,
    source="marketplace.dispute_evidence x JOIN marketplace.dispute d ON d.id = x.dispute_id",
    key="x.id",
    order="x.id",
    filters=OF_DISPUTE,
    always="x.sender = 'user'",
    sql="""
    SELECT x.id, x.dispute_id, x.type, x.filename, x.description, x.uploaded_at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
REVIEWS = Pages(
    "reviews of a record",
    Review,
    source="marketplace.review x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    sql="""
    SELECT x.id, x.booking_id, x.service_id, x.status, x.rating, x.title, x.comment, x.photos, x.created_at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
APPEALS = Pages(
    "appeals of a record",
    Appeal,
    source="marketplace.takedown_request x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    always="x.appealed_by = 'reviewer'",
    sql="""
    SELECT x.id, x.number, x.review_id, x.appeal, x.appealed_at, x.status
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
WALLET = Pages(
    "wallet entries of a record",
    WalletEntry,
    source="marketplace.wallet_entry x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    sql="SELECT x.id, x.ledger, x.amount, x.cause, x.at FROM {source} {where} ORDER BY {order} {cut}",
)
REFERRALS = Pages(
    "referrals of a record",
    Referral,
    source="marketplace.referral x",
    key="x.id",
    order="x.id",
    filters={
        "customer": "(x.referrer_id = %(customer)s OR x.referred_id = %(customer)s)",
        "after": "x.id > %(after)s",
    },
    sql="""
    SELECT x.id, CASE WHEN x.referrer_id = %(customer)s THEN 'referrer' ELSE 'referred' END AS role,
           x.code AS referral_code, x.status, x.reward_minor AS reward, x.currency, x.created_at, x.expires_at,
           x.credited_at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
SESSIONS = Pages(
    "sessions of a record",
    Session,
    source="marketplace.session x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    sql="""
    SELECT x.id, x.device_type, x.device_name, x.browser, x.ip_address, x.user_agent, x.location, x.began_at,
           x.last_activity_at, x.ended_at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
ACTIVITY = Pages(
    "activity of a record",
    Activity,
    source="marketplace.activity x",
    key="x.id",
    order="x.id",
    filters=OF_CUSTOMER,
    sql="""
    SELECT x.id, x.type, x.is_success, x.changed, x.ip_address, x.user_agent, x.device_type, x.location, x.at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
MESSAGES = Pages(
    "messages of a record",
    SealedRow,
    source="kernel.notification x",
    key="x.id",
    order="x.id",
    filters={"person": "x.data_subject = %(person)s", "after": "x.id > %(after)s"},
    always="x.sealed IS NOT NULL AND x.product = 'marketplace'",
    sql="""
    SELECT x.id, x.data_subject, x.key_id, x.sealed, x.channel, x.created_at
      FROM {source} {where} ORDER BY {order} {cut}
    """,
)
PARTS: Mapping[str, Pages[Any]] = {
    "bookings": BOOKINGS,
    "payments": PAYMENTS,
    "refunds": REFUNDS,
    "disputes": DISPUTES,
    "dispute_messages": SAYINGS,
    "dispute_evidence": EVIDENCE,
    "reviews": REVIEWS,
    "takedown_appeals": APPEALS,
    "wallet": WALLET,
    "referrals": REFERRALS,
    "sessions": SESSIONS,
    "activity": ACTIVITY,
}
