"""Hiding, restoring and removing reviews. Each runs inside one write; the vendor's rating follows in it.

A customer's own sums don't: what became of a review changes nothing in how they rated.
"""

from datetime import datetime
from uuid import UUID

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.events import Event
from backoffice.marketplace.review import rules, store
from backoffice.marketplace.review.rules import ReviewAct, Status
from backoffice.marketplace.review.store import ReviewRow
from backoffice.marketplace.vendor import store as vendors

ACTS = {
    Status.PUBLISHED: ReviewAct.RESTORED,
    Status.HIDDEN: ReviewAct.HIDDEN,
    Status.REMOVED: ReviewAct.REMOVED,
}
EVENTS = {
    Status.PUBLISHED: Event.REVIEW_RESTORED,
    Status.HIDDEN: Event.REVIEW_HIDDEN,
    Status.REMOVED: Event.REVIEW_REMOVED,
}


async def hold(tx: Tx, review_id: int) -> ReviewRow:
    """The review, and before it its customer, held until this write ends. ReviewNotFound."""
    customer_id = await store.find_customer_id(tx, review_id)
    if customer_id is None:
        raise rules.ReviewNotFound(review_id=review_id)
    await customers.lock_customer(tx, customer_id)
    return await store.lock_review(tx, review_id)


async def moderate(
    tx: Tx, review: ReviewRow, to: Status, *, reason: str | None, request_id: UUID | None = None
) -> datetime | None:
    """Let a review that is held be seen by everybody, by nobody for now, or never again; when that was.

    What is so already stays as it is: None. `request_id` is the takedown request that led to it. ReviewIsRemoved.
    """
    if review.status is to:
        return None
    rules.check_move(review.status, to)
    tx.send_ahead(store.set_status(tx, review, to))
    moderated_at = await store.insert_moderation(tx, review.id, to, reason=reason, request_id=request_id)
    tx.send_ahead(vendors.lock_vendors(tx, review.vendor_id))
    tx.audit(
        ACTS[to],
        review.id,
        before={"status": review.status},
        after={"status": to, "request_id": str(request_id) if request_id else None}
        | ({"reason": personal(reason)} if reason else {}),
        person=customer_rules.person(review.customer_id),
    )
    told = {
        "id": review.id,
        "external_id": review.external_id,
        "status": to,
        "booking_id": review.booking_id,
        "user_id": review.customer_id,
        "vendor_id": review.vendor_id,
    }
    await publish(tx, EVENTS[to], told, beside=vendors.recount(tx, review.vendor_id))
    return moderated_at
