"""What customers and vendors say on the platform, recorded. Each runs inside one write."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import actions as bookings
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.customer.actions import hold as hold_customer
from backoffice.marketplace.review import moderating, rules, store
from backoffice.marketplace.review.rules import ReviewAct
from backoffice.marketplace.review.store import ReviewRow
from backoffice.marketplace.vendor import store as vendors


async def create_review(tx: Tx, new: dict[str, Any]) -> ReviewRow:
    """A review of a completed booking, once; its customer's and its vendor's ratings follow. Sent again it is the same.

    BookingNotFound, NotReviewable, UserDeleted, ReviewExists.
    """
    booking = await bookings.hold(tx, new["booking_id"])
    known = await store.find_of_booking(tx, booking.id)
    if known is not None:
        if known.external_id != new["external_id"]:
            raise rules.ReviewExists(booking_id=booking.id)
        return known
    rules.check_reviewable(booking.status)
    await hold_customer(tx, booking.customer_id)
    about = {"customer_id": booking.customer_id, "vendor_id": booking.vendor_id, "service_id": booking.service_id}
    review = await store.insert_review(tx, {**new, **about, "booking_id": booking.id})
    if review is None:
        raise rules.ReviewExists(booking_id=booking.id)
    follow_ratings(tx, review)
    tx.audit(
        ReviewAct.CREATED,
        review.id,
        after={"booking_id": booking.id, "rating": review.rating},
        person=customer_rules.person(review.customer_id),
    )
    return review


def follow_ratings(tx: Tx, review: ReviewRow) -> None:
    """Count again what this review counts in: sent with whatever changed it."""
    tx.send_ahead(customers.recount(tx, review.customer_id))
    tx.send_ahead(vendors.lock_vendors(tx, review.vendor_id))
    tx.send_ahead(vendors.recount(tx, review.vendor_id))


async def answer_review(tx: Tx, review_id: int, response: str, *, at: datetime | None) -> ReviewRow:
    """The vendor's response; sent again it replaces the one before. ReviewNotFound, UserDeleted."""
    review = await moderating.hold(tx, review_id)
    await hold_customer(tx, review.customer_id)
    answered_at = await store.set_response(tx, review.id, response=response, at=at)
    tx.audit(
        ReviewAct.ANSWERED,
        review.id,
        after={"vendor_id": review.vendor_id},
        person=customer_rules.person(review.customer_id),
    )
    return replace(review, vendor_responded_at=answered_at)


async def count_helpful(tx: Tx, review_id: int, count: int) -> ReviewRow:
    """How many found it helpful by now. ReviewNotFound."""
    review = await store.lock_review(tx, review_id)
    tx.send_ahead(store.set_helpful(tx, review.id, count))
    tx.record("review found helpful", review.id)
    return replace(review, helpful_count=count)
