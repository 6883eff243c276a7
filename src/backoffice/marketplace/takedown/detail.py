"""From everything about one takedown request to what staff are shown of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from backoffice.kernel.actor import Actor
from backoffice.kernel.web import Call
from backoffice.marketplace.masking import masked_email, masked_phone
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.review.answers import moderation_out
from backoffice.marketplace.takedown import sentiment, signs
from backoffice.marketplace.takedown.answers import lister, resolution_out
from backoffice.marketplace.takedown.looking import AlikeRow
from backoffice.marketplace.takedown.rules import Event
from backoffice.marketplace.takedown.shapes import (
    AlikeOut,
    AnalysisOut,
    BookingOut,
    DetailOut,
    EventOut,
    WholeReviewOut,
    WholeVendorOut,
)
from backoffice.marketplace.takedown.whole import EventRow, Whole

ACTORS = {"customer": "reviewer", "vendor": "vendor", "staff": "admin", "system": "system"}
SENTENCES: dict[str, str] = {
    Event.REQUESTED: "Vendor submitted takedown request: {reason}",
    Event.ACCEPTED: "Request accepted: {action}",
    Event.REJECTED: "Request rejected",
    Event.APPEALED: "Appealed: somebody else decides",
    Event.EVIDENCE_ADDED: "Vendor added evidence: {type}",
}
MODERATED = {"published": "Review restored", "hidden": "Review hidden", "removed": "Review removed"}


def detail_out(whole: Whole, call: Call) -> DetailOut:
    row = whole.request
    shown: dict[str, Any] = {
        **lister(call)(row),
        "review": _review_out(whole, call.caller),
        "vendor": _vendor_out(whole, call.caller),
        "resolution": resolution_out(row) if row.resolved_at else None,
        "resolution_history": [
            {
                "decision": one.decision,
                "action_taken": one.action,
                **{name: getattr(one, name) for name in ("reason", "admin_notes", "decided_by")},
                "decided_by_name": one.decided_by_name,
                "decided_at": one.decided_at,
            }
            for one in whole.decisions
        ],
        "internal_analysis": _analysis_out(whole),
        "timeline": sorted(_timeline(whole), key=lambda one: one["timestamp"]),
    }
    return cast(DetailOut, shown)


def _review_out(whole: Whole, actor: Actor) -> WholeReviewOut:
    row, about, shows_pii = whole.request, whole.about, actor.can(Market.USERS_VIEW_PII)
    return {
        "id": row.review_id,
        "rating": row.review_rating,
        "title": row.review_title,
        "body": row.review_body,
        "status": row.review_status,
        "created_at": row.review_created_at,
        "updated_at": about.review_updated_at,
        "reviewer": {
            "id": row.reviewer_id,
            "name": row.reviewer_name,
            "email": about.reviewer_email if shows_pii else masked_email(about.reviewer_email),
            "phone": about.reviewer_phone if shows_pii else masked_phone(about.reviewer_phone),
            "profile_image": about.reviewer_picture,
            "account_created_at": about.reviewer_since,
            "total_reviews": row.reviewer_reviews,
            "total_bookings": about.reviewer_bookings,
            "trust_score": row.reviewer_trust,
            "risk_flags": signs.risk_flags(whole.facts),
        },
        "booking": _booking_out(whole),
        "moderation_history": [moderation_out(one) for one in whole.moderations],
    }


def _booking_out(whole: Whole) -> BookingOut:
    about = whole.about
    return {
        "id": about.booking_id,
        "booking_number": about.booking_reference,
        "status": about.booking_status,
        "scheduled_at": about.scheduled_at,
        "completed_at": about.completed_at,
        "amount_cents": about.amount_minor,
        "payment_status": about.payment_status,
        "has_dispute": about.has_dispute,
    }


def _vendor_out(whole: Whole, actor: Actor) -> WholeVendorOut:
    row, about, shows_pii = whole.request, whole.about, actor.can(Market.USERS_VIEW_PII)
    return {
        "id": row.vendor_id,
        "name": row.vendor_name,
        "display_name": row.vendor_display_name,
        "logo": row.vendor_logo,
        "email": about.vendor_email if shows_pii else masked_email(about.vendor_email),
        "phone": about.vendor_phone if shows_pii else masked_phone(about.vendor_phone),
        "rating": about.vendor_rating,
        "total_reviews": about.vendor_reviews,
        "total_takedown_requests": about.vendor_requests,
        "accepted_takedowns": about.vendor_accepted,
        "rejected_takedowns": about.vendor_rejected,
    }


def _analysis_out(whole: Whole) -> AnalysisOut:
    timing = [*signs.timing_signs(whole.facts)]
    row = whole.request
    score = sentiment.score_of(f"{row.review_title or ''}. {row.review_body or ''}")
    return {
        "similar_reviews_by_user": [_alike_out(one) for one in whole.alike],
        "same_words_by_others": [_alike_out(one) for one in whole.copies],
        "similar_complaints_against_vendor": whole.complaints_like,
        "user_behavior_flags": signs.behavior_flags(whole.facts, alike=len(whole.alike), copied=len(whole.copies)),
        "review_timing_suspicious": bool(timing),
        "timing_signs": timing,
        "sentiment_analysis": sentiment.word_for(score),
        "sentiment_score": round(score, 2),
    }


def _alike_out(row: AlikeRow) -> AlikeOut:
    facts = asdict(row)
    likeness = facts.pop("likeness")
    return cast(AlikeOut, {**facts, "similarity": round(likeness, 2)})


def _timeline(whole: Whole) -> Iterator[EventOut]:
    """From the booking on; what staff did with the review by other doors stands in it, too."""
    request = whole.request
    named = {"vendor": request.vendor_name, "reviewer": request.reviewer_name}
    if whole.about.completed_at is not None:
        yield _told("booking_completed", whole.about.completed_at, "vendor", "Service completed", named=named)
    yield _told("review_posted", request.review_created_at, "reviewer", "Customer posted the review", named=named)
    for one in whole.events:
        yield _event_out(one, named=named)
    for moved in whole.moderations:
        if moved.request_id != whole.request.id:
            by = {"admin": moved.moderated_by_name}
            yield _told(f"review_{moved.became}", moved.moderated_at, "admin", MODERATED[moved.became], named=by)


def _told(event: str, at: datetime, actor: str, sentence: str, *, named: Mapping[str, str | None]) -> EventOut:
    name = named.get(actor)
    return {"event": event, "timestamp": at, "actor": actor, "actor_name": name, "details": sentence, "facts": {}}


def _event_out(row: EventRow, *, named: Mapping[str, str | None]) -> EventOut:
    sentence = SENTENCES.get(row.event, row.event.replace("_", " ").capitalize())
    sentence, known = sentence.format_map(defaultdict(str, row.details)), {**named, "admin": row.actor_name}
    return {**_told(row.event, row.at, ACTORS[row.actor_kind], sentence, named=known), "facts": row.details}
