"""Reading payments that came too late: what of them is still to be returned. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database import Pages
from backoffice.marketplace.payment.rules import CapturedLate, Gateway, Method


@dataclass(frozen=True, slots=True)
class LateRow:
    """Names are those of the answer; amounts are minor units."""

    id: str
    booking_id: str
    booking_number: str
    user_id: int
    user_name: str | None
    method: Method
    gateway: Gateway
    amount_cents: int
    captured_cents: int
    to_return_cents: int
    currency: str
    why: CapturedLate | None
    captured_at: datetime | None


TO_RETURN = Pages(
    "payments to return",
    LateRow,
    source="marketplace.payment p",
    key="p.id",
    order="p.created_at DESC, p.id DESC",
    always="p.captured_late IS NOT NULL"
    " AND p.captured_minor > p.reserved_minor + p.refunded_minor + p.charged_back_minor",
    sql="""
    SELECT p.id, p.booking_id, b.reference AS booking_number, p.customer_id AS user_id, c.name AS user_name, p.method,
           p.gateway, p.amount_minor AS amount_cents, p.captured_minor AS captured_cents,
           p.captured_minor - p.reserved_minor - p.refunded_minor - p.charged_back_minor AS to_return_cents, p.currency,
           p.captured_late AS why, p.completed_at AS captured_at
      FROM {page}
      JOIN marketplace.payment p USING (id)
      JOIN marketplace.booking b ON b.id = p.booking_id
      JOIN marketplace.customer c ON c.id = p.customer_id
     ORDER BY {order}
    """,
    filters={"why": "p.captured_late = %(why)s", "user_id": "p.customer_id = %(user_id)s"},
)
