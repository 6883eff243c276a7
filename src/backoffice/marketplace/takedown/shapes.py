"""What staff are shown of takedown requests. Amounts are minor units."""

from datetime import datetime
from typing import NotRequired
from uuid import UUID

from typing_extensions import TypedDict

from backoffice.marketplace.product import Meta
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.review.shapes import ModerationOut
from backoffice.marketplace.takedown.rules import Action, Decision, Evidence, Party, Priority, Reason, Status
from backoffice.marketplace.takedown.sentiment import Sentiment


class ReviewerOut(TypedDict):
    id: int
    name: str | None
    total_reviews: int
    trust_score: int


class ReviewOut(TypedDict):
    id: int
    rating: int
    title: str | None
    body: str | None
    status: ReviewStatus
    created_at: datetime
    reviewer: ReviewerOut


class VendorOut(TypedDict):
    id: int
    name: str
    display_name: str
    logo: str | None


class EvidenceOut(TypedDict):
    """`url` and `thumbnail_url` open the file without signing in, for an hour; a text has `content` instead."""

    id: int
    type: Evidence
    url: str | None
    thumbnail_url: str | None
    filename: str | None
    size_bytes: int | None
    description: str | None
    content: str | None
    uploaded_at: datetime


class DeciderOut(TypedDict):
    id: int
    name: str
    email: str


class ResolutionOut(TypedDict):
    """`reason` is what vendor and reviewer are told, `admin_notes` what they are not."""

    decision: Decision
    action_taken: Action | None
    reason: str | None
    admin_notes: str | None
    review_status_after: ReviewStatus | None
    vendor_notified: bool
    reviewer_notified: bool


class AppealOut(TypedDict):
    by: Party
    reason: str | None
    at: datetime


class RequestOut(TypedDict):
    """`review_id`, `vendor_id`, `vendor_name`, `reason` and `submitted_at` say again what stands in it elsewhere."""

    id: UUID
    external_id: str | None
    request_number: str
    status: Status
    review: ReviewOut
    review_id: int
    vendor: VendorOut
    vendor_id: int
    vendor_name: str
    reason_code: Reason
    reason: Reason
    reason_description: str
    evidence: list[EvidenceOut]
    vendor_notes: str | None
    priority: Priority
    created_at: datetime
    submitted_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    resolved_by: DeciderOut | None
    resolution_notes: str | None
    admin_notes: str | None
    appeal: AppealOut | None


class SummaryOut(TypedDict):
    """Of all requests, whatever is asked for; from asking to the decision that held. Null where nothing is resolved."""

    open: int
    accepted: int
    rejected: int
    avg_resolution_time_hours: float | None


class RequestsMeta(Meta):
    summary: SummaryOut


class RequestsPage(TypedDict):
    success: bool
    data: list[RequestOut]
    meta: RequestsMeta


class WholeReviewerOut(ReviewerOut):
    """E-mail and phone are masked for whoever may not see personal data."""

    email: str | None
    phone: str | None
    profile_image: str | None
    account_created_at: datetime
    total_bookings: int
    risk_flags: list[str]


class BookingOut(TypedDict):
    id: str
    booking_number: str
    status: str
    scheduled_at: datetime
    completed_at: datetime | None
    amount_cents: int
    payment_status: str
    has_dispute: bool


class WholeReviewOut(TypedDict):
    id: int
    rating: int
    title: str | None
    body: str | None
    status: ReviewStatus
    created_at: datetime
    updated_at: datetime
    reviewer: WholeReviewerOut
    booking: BookingOut
    moderation_history: list[ModerationOut]


class WholeVendorOut(VendorOut):
    email: str | None
    phone: str | None
    rating: float | None
    total_reviews: int
    total_takedown_requests: int
    accepted_takedowns: int
    rejected_takedowns: int


class AlikeOut(TypedDict):
    """`similarity` is how many of all their words two reviews share: 0 to 1."""

    review_id: int
    user_id: int
    vendor_id: int
    vendor_name: str
    rating: int
    title: str | None
    body: str | None
    status: ReviewStatus
    created_at: datetime
    similarity: float


class AnalysisOut(TypedDict):
    """Signs for people to judge, computed anew each time. `review_timing_suspicious` where there is a timing sign;
    `similar_complaints_against_vendor` counts other customers with one or two stars in words like these.
    `sentiment_score` is -1 (all bad) to 1 (all good), read from English words: a text in another language is neutral.
    """

    similar_reviews_by_user: list[AlikeOut]
    same_words_by_others: list[AlikeOut]
    similar_complaints_against_vendor: int
    user_behavior_flags: list[str]
    review_timing_suspicious: bool
    timing_signs: list[str]
    sentiment_analysis: Sentiment
    sentiment_score: float


class EventOut(TypedDict):
    """`details` is a sentence, `facts` what stands in it."""

    event: str
    timestamp: datetime
    actor: str
    actor_name: str | None
    details: str
    facts: dict[str, str]


class PastDecisionOut(TypedDict):
    decision: Decision
    action_taken: Action | None
    reason: str | None
    admin_notes: str | None
    decided_by: int
    decided_by_name: str
    decided_at: datetime


class DetailOut(TypedDict):
    id: UUID
    external_id: str | None
    request_number: str
    status: Status
    review: WholeReviewOut
    review_id: int
    vendor: WholeVendorOut
    vendor_id: int
    vendor_name: str
    reason_code: Reason
    reason: Reason
    reason_description: str
    evidence: list[EvidenceOut]
    vendor_notes: str | None
    priority: Priority
    created_at: datetime
    submitted_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    resolved_by: DeciderOut | None
    resolution: ResolutionOut | None
    resolution_notes: str | None
    resolution_history: list[PastDecisionOut]
    admin_notes: str | None
    appeal: AppealOut | None
    internal_analysis: AnalysisOut
    timeline: list[EventOut]


class ResolvedRequestOut(TypedDict):
    id: UUID
    request_number: str
    status: Status
    resolved_at: datetime
    resolved_by: DeciderOut
    resolution: ResolutionOut


class ResolvedReviewOut(TypedDict):
    """Where it was taken down: when, by whom and why. Where it was not: that it remains visible."""

    id: int
    status: ReviewStatus
    removed_at: NotRequired[datetime]
    removed_by: NotRequired[int]
    removal_reason: NotRequired[str | None]
    remains_visible: NotRequired[bool]


class WaysOut(TypedDict):
    email: bool
    in_app: bool


class SentOut(TypedDict):
    vendor: WaysOut
    reviewer: WaysOut


class ResolvedOut(TypedDict):
    request: ResolvedRequestOut
    review: ResolvedReviewOut
    notifications_sent: SentOut
