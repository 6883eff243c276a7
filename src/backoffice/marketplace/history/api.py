"""The staff doors of one customer's history (users and disputes, 2 to 4)."""

from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.marketplace.customer.answers import share
from backoffice.marketplace.customer.rules import UserNotFound
from backoffice.marketplace.history import listing
from backoffice.marketplace.history.schemas import (
    BookingsPage,
    BookingsQuery,
    PaymentsPage,
    PaymentsQuery,
    ReviewsPage,
    ReviewsQuery,
)
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, items, success

door = Doors(MARKETPLACE, tag="Users", prefix="/api/v1/admin/users")


@door.get("/{user_id}/bookings", permission=Market.USERS_VIEW, errors=[UserNotFound])
async def list_users_bookings(user_id: Id, query: BookingsQuery, db: Db, call: Call) -> Success[BookingsPage]:
    """What a customer booked, latest made first unless sorted otherwise."""
    rows, summary, total = await listing.BOOKINGS.page(
        db, query, call, beside=listing.sum_bookings(db, user_id), customer_id=user_id
    )
    return success({**items(rows, query.number, size=query.size, total=total), "summary": summary})


@door.get("/{user_id}/reviews", permission=Market.USERS_VIEW, errors=[UserNotFound])
async def list_users_reviews(user_id: Id, query: ReviewsQuery, db: Db, call: Call) -> Success[ReviewsPage]:
    """What a customer wrote of their bookings, newest first; hidden and removed reviews too."""
    rows, sums, total = await listing.REVIEWS.page(
        db, query, call, beside=listing.get_sums(db, user_id), customer_id=user_id
    )
    return success(
        {
            **items(rows, query.number, size=query.size, total=total),
            "summary": {"total_reviews": sums.reviews, "average_rating": share(sums.ratings, sums.reviews)},
        }
    )


@door.get("/{user_id}/payments", permission=Market.USERS_VIEW, errors=[UserNotFound])
async def list_users_payments(user_id: Id, query: PaymentsQuery, db: Db, call: Call) -> Success[PaymentsPage]:
    """What a customer paid or tried to, newest first."""
    rows, sums, total = await listing.PAYMENTS.page(
        db, query, call, beside=listing.get_sums(db, user_id), customer_id=user_id
    )
    return success(
        {
            **items(rows, query.number, size=query.size, total=total),
            "summary": {
                "total_paid": sums.paid_minor,
                "total_refunded": sums.refunded_minor,
                "success_rate": share(sums.payments_succeeded, sums.payments_succeeded + sums.payments_failed),
                "failed_count": sums.payments_failed,
            },
        }
    )
