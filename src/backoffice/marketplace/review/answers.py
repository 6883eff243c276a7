"""From rows to what staff are shown of reviews. E-mail and phone are masked for whoever may not see personal data."""

from dataclasses import asdict
from typing import cast

from backoffice.marketplace.masking import masked_email, masked_phone
from backoffice.marketplace.review.listing import ListedRow
from backoffice.marketplace.review.past import ModerationRow
from backoffice.marketplace.review.shapes import ModeratedOut, ModerationOut, ReviewOut, WholeOut


def review_out(row: ListedRow, *, shows_pii: bool) -> ReviewOut:
    return {
        "id": row.id,
        "external_id": row.external_id,
        "status": row.status,
        "rating": row.rating,
        "title": row.title,
        "comment": row.comment,
        "body": row.comment,
        "photos": row.photos,
        "helpful_count": row.helpful_count,
        "booking_id": row.booking_id,
        "booking_number": row.booking_number,
        "user_id": row.user_id,
        "user_name": row.user_name,
        "user": {
            "id": row.user_id,
            "name": row.user_name,
            "email": row.user_email if shows_pii else masked_email(row.user_email),
            "phone": row.user_phone if shows_pii else masked_phone(row.user_phone),
            "total_reviews": row.user_reviews,
            "trust_score": row.user_trust,
        },
        "vendor_id": row.vendor_id,
        "vendor_name": row.vendor_name,
        "vendor": {"id": row.vendor_id, "name": row.vendor_name},
        "service_id": row.service_id,
        "service_name": row.service_name,
        "service": {"id": row.service_id, "name": row.service_name},
        "vendor_response": row.vendor_response,
        "vendor_responded_at": row.vendor_responded_at,
        "is_verified": True,
        "moderated": _moderated_out(row),
        "open_takedown": row.open_takedown,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _moderated_out(row: ListedRow) -> ModeratedOut | None:
    if row.moderated_at is None:
        return None
    reason = row.moderation_reason
    return {"at": row.moderated_at, "by": row.moderated_by, "by_name": row.moderated_by_name, "reason": reason}


def moderation_out(row: ModerationRow) -> ModerationOut:
    facts = asdict(row)
    return cast(ModerationOut, {"status": facts.pop("became"), **facts})


def whole_out(row: ListedRow, past: list[ModerationRow], *, shows_pii: bool) -> WholeOut:
    return {**review_out(row, shows_pii=shows_pii), "moderation_history": [moderation_out(one) for one in past]}
