"""The staff doors of bookings (bookings, analytics, takedowns: bookings)."""

from backoffice.kernel.approval import VOTE_ERRORS
from backoffice.kernel.approval.rules import ApprovalAct
from backoffice.kernel.database import Db, together
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingAct, BookingNotFound, InvalidStatusTransition
from backoffice.marketplace.customer.rules import UserDeleted
from backoffice.marketplace.fields import PathReference
from backoffice.marketplace.handling import actions, listing, rules, store, whole
from backoffice.marketplace.handling.actions import terms_of
from backoffice.marketplace.handling.answers import detail_out, listed_out
from backoffice.marketplace.handling.bodies import PreviewIn, PreviewOut, UpdatedOut, UpdateIn, UpdateQuery, wanted_of
from backoffice.marketplace.handling.filters import BookingsQuery
from backoffice.marketplace.handling.outcomes import preview_out, updated_out
from backoffice.marketplace.handling.schemas import DetailOut, ListedOut
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success
from backoffice.marketplace.refund.rules import ASKING_ERRORS, RefundAct

door = Doors(MARKETPLACE, tag="Bookings", prefix="/api/v1/admin/bookings")


@door.get("", permission=Market.BOOKINGS_LIST, per_minute=60)
async def list_bookings(query: BookingsQuery, db: Db, call: Call) -> Listed[ListedOut]:
    """Bookings of all customers, latest made first unless sorted otherwise.

    One whose money is all back is `refunded`, whatever became of it. Without `users:view_pii` e-mail, phone and address
    are masked.
    """
    bookings = await listing.list_for(db, query)
    rows, total = await bookings.page(db, query, call)
    return {
        "success": True,
        "data": [listed_out(row, call) for row in rows],
        "meta": meta(query.number, query.size, total=total),
    }


@door.get("/{booking_id}", permission=Market.BOOKINGS_VIEW, per_minute=120, errors=[BookingNotFound])
async def get_booking(booking_id: ShownId, db: Db, call: Call) -> Success[DetailOut]:
    """A booking with its history, price, payments, refunds, dispute, review and timeline."""
    return success(detail_out(await whole.get_whole(db, booking_id), call))


@door.patch(
    "/{booking_id}",
    permission=Market.BOOKINGS_UPDATE,
    per_minute=30,
    key=KeyRule.REQUIRED,
    audit=[
        BookingAct.MOVED,
        BookingAct.NOTED,
        RefundAct.REQUESTED,
        RefundAct.APPROVED,
        RefundAct.PROCESSED,
        ApprovalAct.AGREED,
        ApprovalAct.VOIDED,
    ],
    errors=[
        BookingNotFound,
        UserDeleted,
        InvalidStatusTransition,
        rules.FigureMoved,
        rules.PreviewNotGenuine,
        *ASKING_ERRORS,
        *VOTE_ERRORS,
    ],
)
async def update_booking(
    booking_id: PathReference, body: UpdateIn, query: UpdateQuery, tx: Tx, call: Call
) -> Success[UpdatedOut]:
    """Move a booking, cancel it, note something; what is not sent stays. It may come as query parameters.

    Cancelled, it gives back what the policy says, or with `force_refund` everything: at once, or once a second person
    has approved where it is much. With a `preview_token` it comes to exactly what the preview said, or to nothing.
    """
    known = await actions.update_booking(tx, booking_id, wanted_of(body, query), terms=terms_of(call.house.settings))
    standing, given = await together(store.get_standing(tx, known), store.list_given(tx, known))
    return success(updated_out(standing, given))


@door.post(
    "/{booking_id}/cancellation-preview",
    permission=Market.BOOKINGS_UPDATE,
    per_minute=60,
    errors=[BookingNotFound, InvalidStatusTransition],
)
async def preview_cancellation(booking_id: ShownId, body: PreviewIn, db: Db, call: Call) -> Success[PreviewOut]:
    """What cancelling now would give back, by which rule, and what would stay. Nothing changes by asking."""
    terms = terms_of(call.house.settings)
    times, figure = await actions.foresee(db, booking_id, is_forced=body.force_refund, policy=terms.policy)
    return success(preview_out(times, figure, terms=terms))
