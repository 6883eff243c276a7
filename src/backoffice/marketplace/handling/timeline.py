"""What happened to a booking, in the order of time: each line is a row that somebody left, none is made up. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.marketplace.booking.rules import Status
from backoffice.marketplace.dispute.rules import Status as DisputeStatus
from backoffice.marketplace.handling.schemas import Actor, EventOut
from backoffice.marketplace.handling.whole import DisputeRow, PaymentRow, RefundRow, Whole
from backoffice.marketplace.refund.rules import Status as RefundStatus

ACTORS: dict[str, Actor] = {
    "customer": "user",
    "user": "user",
    "vendor": "vendor",
    "staff": "admin",
    "admin": "admin",
    "system": "system",
    "gateway": "system",
}
"""The contract's words for who did something."""
WHO = {"user": "customer", "vendor": "vendor", "admin": "staff", "system": "the system"}
MOVES = {
    Status.PENDING: ("booking_created", "Booking created by {who}"),
    Status.CONFIRMED: ("booking_confirmed", "Booking confirmed by {who}"),
    Status.IN_PROGRESS: ("booking_started", "Service begun, as told by {who}"),
    Status.COMPLETED: ("booking_completed", "Booking completed, as told by {who}"),
    Status.CANCELLED: ("booking_cancelled", "Booking cancelled by {who}"),
    Status.DISPUTED: ("booking_disputed", "Booking disputed, by {who}"),
}
METHODS = {"upi": "UPI", "card": "card", "wallet": "wallet", "netbanking": "net banking"}


@dataclass(frozen=True, slots=True)
class By:
    """Who did it; the system has no id and no name."""

    actor: Actor
    id: int | None = None
    name: str | None = None


SYSTEM = By("system")


def timeline_of(whole: Whole) -> list[EventOut]:
    return sorted(_events(whole), key=lambda one: one["timestamp"])


def _events(whole: Whole) -> Iterator[EventOut]:
    customer = By("user", whole.booking.user_id, whole.booking.user_name)
    for move in whole.moves:
        event, sentence = MOVES[move.became]
        by = By(ACTORS[move.moved_by], move.actor_id, move.actor_name)
        yield _event(event, move.moved_at, by, sentence.format(who=WHO[by.actor]), status=move.became)
    for noted in whole.noted:
        yield _event(noted.event, noted.at, By("admin", noted.actor_id, noted.actor_name), "Admin notes changed")
    for payment in whole.payments:
        yield _of_payment(payment)
    for refund in whole.refunds:
        yield from _of_refund(refund)
    for dispute in whole.disputes:
        yield from _of_dispute(dispute, customer)
    if whole.review is not None:
        said = f"Reviewed: {whole.review.rating} of 5 stars"
        yield _event("review_written", whole.review.created_at, customer, said, review_id=whole.review.id)


def _event(event: str, at: datetime, by: By, details: str, **facts: Any) -> EventOut:
    return {
        "event": event,
        "timestamp": at,
        "actor": by.actor,
        "details": details,
        "actor_id": by.id,
        "actor_name": by.name,
        "facts": facts,
    }


def _of_payment(row: PaymentRow) -> EventOut:
    way, at = METHODS[row.method], row.completed_at or row.created_at
    event, sentence = "payment_failed", f"Payment failed via {way}"
    if row.completed_at is None:
        event, sentence = "payment_begun", f"Payment begun via {way}"
    elif row.captured_minor:
        event, sentence = "payment_completed", f"Payment successful via {way}"
    return _event(event, at, SYSTEM, sentence, payment_id=row.id, amount_cents=row.amount_minor)


def _of_refund(row: RefundRow) -> Iterator[EventOut]:
    facts: dict[str, Any] = {"refund_id": row.id, "amount_cents": row.amount_minor}
    asking = By(ACTORS[row.requested_by], row.requester_id, row.requester_name)
    yield _event("refund_requested", row.requested_at, asking, f"Refund {row.number} requested", **facts)
    if row.decided_at is None:
        return
    deciding = SYSTEM if row.decider_id is None else By("admin", row.decider_id, row.decider_name)
    became = "rejected" if row.status is RefundStatus.REJECTED else "approved"
    yield _event(f"refund_{became}", row.decided_at, deciding, f"Refund {row.number} {became}", **facts)
    if row.processed_at is not None:
        yield _event("refund_processed", row.processed_at, SYSTEM, f"Refund {row.number} paid out", **facts)


def _of_dispute(row: DisputeRow, customer: By) -> Iterator[EventOut]:
    actor = ACTORS[row.source]
    by = customer if actor == "user" else By(actor, row.opened_by, row.opened_by_name)
    yield _event("dispute_opened", row.created_at, by, f"Dispute {row.reference} opened", dispute_id=row.id)
    if row.resolved_at is not None:
        became = "rejected" if row.status is DisputeStatus.REJECTED else "resolved"
        by = By("admin", row.resolved_by, row.resolved_by_name)
        yield _event(f"dispute_{became}", row.resolved_at, by, f"Dispute {row.reference} {became}", dispute_id=row.id)
