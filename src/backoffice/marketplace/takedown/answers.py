"""From rows to what staff are shown, notes included."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from backoffice.kernel.web import Call
from backoffice.kernel.web.files import Sign, signer
from backoffice.marketplace.dispute.outside import FILES
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.takedown import rules
from backoffice.marketplace.takedown.listing import ListedRow, SumsRow
from backoffice.marketplace.takedown.notices import Sent
from backoffice.marketplace.takedown.rules import Decision, Status
from backoffice.marketplace.takedown.shapes import (
    AppealOut,
    DeciderOut,
    EvidenceOut,
    RequestOut,
    ResolutionOut,
    ResolvedOut,
    ResolvedReviewOut,
    ReviewOut,
    SummaryOut,
)

DECISIONS = {Status.ACCEPTED: Decision.ACCEPT, Status.REJECTED: Decision.REJECT}


def lister(call: Call) -> Callable[[ListedRow], RequestOut]:
    """Makes rows into what staff see of them, with links to the evidence."""
    sign = signer(call, FILES)
    return lambda row: request_out(row, sign)


def request_out(row: ListedRow, sign: Sign) -> RequestOut:
    return {
        "id": row.id,
        "external_id": row.external_id,
        "request_number": row.number,
        "status": row.status,
        "review": _review_out(row),
        "review_id": row.review_id,
        "vendor": {
            "id": row.vendor_id,
            "name": row.vendor_name,
            "display_name": row.vendor_display_name,
            "logo": row.vendor_logo,
        },
        "vendor_id": row.vendor_id,
        "vendor_name": row.vendor_display_name,
        "reason_code": row.reason_code,
        "reason": row.reason_code,
        "reason_description": row.reason_description,
        "evidence": [evidence_out(one, sign) for one in row.evidence],
        "vendor_notes": row.vendor_notes,
        "priority": rules.PRIORITIES[row.reason_code],
        "created_at": row.created_at,
        "submitted_at": row.created_at,
        "updated_at": row.updated_at,
        "resolved_at": row.resolved_at,
        "resolved_by": decider_out(row) if row.resolved_at else None,
        "resolution_notes": row.resolution,
        "admin_notes": row.admin_notes,
        "appeal": _appeal_out(row),
    }


def _review_out(row: ListedRow) -> ReviewOut:
    return {
        "id": row.review_id,
        "rating": row.review_rating,
        "title": row.review_title,
        "body": row.review_body,
        "status": row.review_status,
        "created_at": row.review_created_at,
        "reviewer": {
            "id": row.reviewer_id,
            "name": row.reviewer_name,
            "total_reviews": row.reviewer_reviews,
            "trust_score": row.reviewer_trust,
        },
    }


def _appeal_out(row: ListedRow) -> AppealOut | None:
    if row.appealed_by is None or row.appealed_at is None:
        return None
    return {"by": row.appealed_by, "reason": row.appeal, "at": row.appealed_at}


def evidence_out(one: dict[str, Any], sign: Sign) -> EvidenceOut:
    shown = {name: value for name, value in one.items() if name not in ("file_id", "thumbnail_id", "content_type")}
    links = {"url": one["file_id"], "thumbnail_url": one["thumbnail_id"]}
    uploaded_at = datetime.fromisoformat(one["uploaded_at"])
    signed = {name: sign(file) if file else None for name, file in links.items()}
    return cast(EvidenceOut, {**shown, "uploaded_at": uploaded_at, **signed})


def decider_out(row: ListedRow) -> DeciderOut:
    return {
        "id": row.resolved_by or 0,
        "name": row.resolved_by_name or "",
        "email": row.resolved_by_email or "",
    }


def resolution_out(row: ListedRow) -> ResolutionOut:
    """How a request that is resolved was decided."""
    return {
        "decision": DECISIONS[row.status],
        "action_taken": row.action,
        "reason": row.resolution,
        "admin_notes": row.admin_notes,
        "review_status_after": row.review_became,
        "vendor_notified": row.vendor_notified,
        "reviewer_notified": row.reviewer_notified,
    }


def resolved_out(row: ListedRow, sent: Sent) -> ResolvedOut:
    assert row.resolved_at is not None, "asked for what was just resolved"
    review: ResolvedReviewOut = {"id": row.review_id, "status": row.review_status}
    if row.action is not None:
        review |= {"removed_at": row.resolved_at, "removed_by": row.resolved_by or 0, "removal_reason": row.resolution}
    else:
        review |= {"remains_visible": row.review_status is ReviewStatus.PUBLISHED}
    return {
        "request": {
            "id": row.id,
            "request_number": row.number,
            "status": row.status,
            "resolved_at": row.resolved_at,
            "resolved_by": decider_out(row),
            "resolution": resolution_out(row),
        },
        "review": review,
        "notifications_sent": {
            "vendor": {"email": sent.vendor.email, "in_app": sent.vendor.in_app},
            "reviewer": {"email": sent.reviewer.email, "in_app": sent.reviewer.in_app},
        },
    }


def summary_out(sums: SumsRow) -> SummaryOut:
    return {
        "open": sums.open,
        "accepted": sums.accepted,
        "rejected": sums.rejected,
        "avg_resolution_time_hours": None if sums.hours is None else round(sums.hours, 1),
    }
