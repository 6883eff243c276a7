"""From rows to the shapes of the contract. Whoever may not see personal data sees the city of an address, no more."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

from backoffice.kernel.web import Call
from backoffice.kernel.web.files import Sign, signer
from backoffice.marketplace.booking.rules import MovedBy, Status
from backoffice.marketplace.dispute.outside import FILES
from backoffice.marketplace.dispute.rules import LIVE
from backoffice.marketplace.handling.listing import ListedRow
from backoffice.marketplace.handling.schemas import (
    CancellationOut,
    CompletionOut,
    DetailOut,
    DisputeOut,
    EachPaymentOut,
    EachRefundOut,
    ListedOut,
    MoveOut,
    PaymentOut,
    PriceLineOut,
    PricingOut,
)
from backoffice.marketplace.handling.timeline import ACTORS, timeline_of
from backoffice.marketplace.handling.whole import DisputeRow, MoreRow, MoveRow, PaymentRow, RefundRow, Whole
from backoffice.marketplace.masking import masked_email, masked_line, masked_phone
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.refund.rules import Origin
from backoffice.marketplace.refund.rules import Status as RefundStatus

GIVEN = frozenset({RefundStatus.APPROVED, RefundStatus.PROCESSED})
"""Somebody decided it."""
MASKS: dict[str, Callable[[str | None], str | None]] = {
    "email": masked_email,
    "phone": masked_phone,
    "street": masked_line,
    "apartment": masked_line,
    "landmark": masked_line,
    "pincode": masked_line,
}


def shown_to(call: Call, **facts: Any) -> dict[str, Any]:
    """Facts of a person, masked for staff who may not see them."""
    if call.caller.can(Market.USERS_VIEW_PII):
        return facts
    return {name: MASKS[name](value) if name in MASKS else value for name, value in facts.items()}


def listed_out(row: ListedRow, call: Call) -> ListedOut:
    shown: dict[str, Any] = {
        "id": row.id,
        "booking_number": row.booking_number,
        "status": row.status,
        "user": shown_to(call, id=row.user_id, name=row.user_name, email=row.user_email, phone=row.user_phone),
        "vendor": {"id": row.vendor_id, "name": row.vendor_name, "display_name": row.vendor_display_name},
        "service": {"id": row.service_id, "name": row.service_name, "category": row.service_category},
        "scheduled_at": row.scheduled_at,
        "address": shown_to(
            call, street=row.street, city=row.city, state=row.state, pincode=row.pincode, landmark=row.landmark
        ),
        "amount_cents": row.amount_minor,
        "currency": row.currency,
        "payment_status": row.payment_status,
        "payment_method": row.payment_method,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "notes": row.notes,
        "has_dispute": row.dispute_status is not None,
        "dispute_status": row.dispute_status,
        "cancellation_reason": row.cancellation_reason,
        "cancelled_by": row.canceller_id,
        "cancelled_by_kind": ACTORS[row.cancelled_by] if row.cancelled_by else None,
        "cancelled_at": row.cancelled_at,
    }
    return cast(ListedOut, shown)


def detail_out(whole: Whole, call: Call) -> DetailOut:
    row, more = whole.booking, whole.more
    listed = listed_out(row, call)
    shown: dict[str, Any] = {
        **listed,
        "external_id": more.external_id,
        "time_zone": more.time_zone,
        "prepaid": more.is_prepaid,
        "status_history": [move_out(one) for one in whole.moves],
        "user": {
            **listed["user"],
            "profile_image": more.profile_image,
            "total_bookings": more.user_bookings,
            "trust_score": more.trust_score,
        },
        "vendor": {**listed["vendor"], **_vendor_more(more, call)},
        "service": {**listed["service"], **_service_more(more)},
        "address": {**listed["address"], **_address_more(more, call)},
        "estimated_duration_minutes": more.duration_minutes,
        "pricing": pricing_out(more, total=row.amount_minor, currency=row.currency),
        "payment": payment_out(whole),
        "payments": [_each_payment_out(one) for one in whole.payments],
        "refunds": [_each_refund_out(one) for one in whole.refunds],
        "admin_notes": more.admin_notes,
        "updated_by": more.updated_by,
        "customer_requirements": more.requirements,
        "images": more.images,
        "dispute": dispute_out(whole.disputes, signer(call, FILES)),
        "cancellation": cancellation_out(whole),
        "completion": completion_out(whole),
        "review": asdict(whole.review) if whole.review else None,
        "timeline": timeline_of(whole),
    }
    return cast(DetailOut, shown)


def _each_payment_out(row: PaymentRow) -> EachPaymentOut:
    return {
        "id": row.id,
        "status": row.status,
        "method": row.method,
        "gateway": row.gateway,
        "transaction_id": row.gateway_payment_id,
        "amount_cents": row.amount_minor,
        "captured_cents": row.captured_minor,
        "refunded_cents": row.back_minor,
        "failure_reason": row.failure_reason,
        "is_late": row.is_late,
        "created_at": row.created_at,
        "completed_at": row.completed_at,
    }


def _each_refund_out(row: RefundRow) -> EachRefundOut:
    return {
        "id": row.id,
        "refund_number": row.number,
        "payment_id": row.payment_id,
        "status": row.status,
        "amount_cents": row.amount_minor,
        "requested_at": row.requested_at,
    }


def _service_more(more: MoreRow) -> dict[str, Any]:
    return {
        "subcategory": more.subcategory,
        "description": more.description,
        "pricing_type": more.pricing_type,
        "base_price_cents": more.base_price,
    }


def _address_more(more: MoreRow, call: Call) -> dict[str, Any]:
    is_shown = call.caller.can(Market.USERS_VIEW_PII) and None not in (more.latitude, more.longitude)
    place = {"lat": more.latitude, "lng": more.longitude} if is_shown else None
    return {**shown_to(call, apartment=more.apartment), "coordinates": place}


def _vendor_more(more: MoreRow, call: Call) -> dict[str, Any]:
    return {
        **shown_to(call, email=more.vendor_email, phone=more.vendor_phone),
        "logo": more.logo,
        "rating": more.rating,
        "total_bookings": more.vendor_bookings,
        "verification_status": more.verification_status,
    }


def move_out(row: MoveRow) -> MoveOut:
    return {
        "status": row.became,
        "changed_at": row.moved_at,
        "changed_by": "system" if row.actor_id is None else str(row.actor_id),
        "changed_by_kind": ACTORS[row.moved_by],
        "changed_by_name": row.actor_name,
    }


def pricing_out(more: MoreRow, *, total: int, currency: str) -> PricingOut:
    """The lines add up to the total; of tax the rate is told where it is a whole one."""
    rate, rest = divmod(more.tax_minor * 100, more.base_minor) if more.base_minor else (0, 1)
    lines = {
        "Service charge": more.base_minor,
        f"GST ({rate}%)" if rest == 0 else "GST": more.tax_minor,
        "Platform fee": more.platform_fee_minor,
        "Discount": -more.discount_minor,
    }
    breakdown: list[PriceLineOut] = [
        {"description": name, "amount_cents": amount} for name, amount in lines.items() if amount or name[0] == "S"
    ]
    return {
        "base_amount_cents": more.base_minor,
        "tax_cents": more.tax_minor,
        "platform_fee_cents": more.platform_fee_minor,
        "discount_cents": more.discount_minor,
        "total_amount_cents": total,
        "currency": currency,
        "breakdown": breakdown,
    }


def payment_out(whole: Whole) -> PaymentOut:
    """Told by the payment that brought money, or else by the latest try."""
    told = next((one for one in whole.payments if one.captured_minor), whole.payments[-1] if whole.payments else None)
    return {
        "status": whole.booking.payment_status,
        "method": whole.booking.payment_method,
        "transaction_id": told.gateway_payment_id if told else None,
        "paid_at": told.completed_at if told and told.captured_minor else None,
        "refund_status": whole.refunds[-1].status if whole.refunds else None,
        "refunded_amount_cents": sum(one.back_minor for one in whole.payments),
    }


def dispute_out(rows: list[DisputeRow], sign: Sign) -> DisputeOut | None:
    if not rows:
        return None
    row = next((one for one in reversed(rows) if one.status in LIVE), rows[-1])
    return {
        "id": row.id,
        "dispute_reference": row.reference,
        "type": row.type,
        "status": row.status,
        "raised_by": ACTORS[row.source],
        "reason": row.reason,
        "description": row.description,
        "evidence": [
            {"type": one["type"], "url": sign(one["file_id"]), "description": one["description"]}
            for one in row.evidence
        ],
        "created_at": row.created_at,
        "resolution_type": row.resolution_type,
        "resolution_notes": row.resolution_notes,
        "resolved_at": row.resolved_at,
        "resolved_by": row.resolved_by,
    }


def cancellation_out(whole: Whole) -> CancellationOut | None:
    """What the cancellation itself gave back; refunds that somebody asked for otherwise are not of it."""
    row = whole.booking
    if row.cancelled_by is None or row.cancelled_at is None:
        return None
    of_it = [one for one in whole.refunds if one.origin is Origin.BOOKING]
    return {
        "reason": row.cancellation_reason,
        "cancelled_by": row.canceller_id,
        "cancelled_by_kind": ACTORS[row.cancelled_by],
        "cancelled_at": row.cancelled_at,
        "refund_issued": any(one.status in GIVEN for one in of_it),
        "refund_amount_cents": sum(
            one.amount_minor for one in of_it if one.status in GIVEN or one.status is RefundStatus.PENDING
        ),
    }


def completion_out(whole: Whole) -> CompletionOut | None:
    """The first time that it was done, as the booking keeps it: a dispute may have come after."""
    if whole.more.completed_at is None or whole.more.became is not Status.COMPLETED:
        return None
    done = next((one for one in whole.moves if one.became is Status.COMPLETED), None)
    begun = next((one for one in whole.moves if one.became is Status.IN_PROGRESS), None)
    length = done.moved_at - begun.moved_at if done and begun else None
    return {
        "completed_at": whole.more.completed_at,
        "completed_by": done.actor_id if done else None,
        "completed_by_kind": ACTORS[done.moved_by] if done else ACTORS[MovedBy.SYSTEM],
        "duration_minutes": round(length.total_seconds() / 60) if length else None,
    }
