"""What staff do with bookings: move, cancel with the money that goes back, note. Each runs inside one write.

Whoever acts holds the customer, then the booking, then its payments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.database import Db, together
from backoffice.kernel.errors import BadInput, Problem
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import actions as bookings
from backoffice.marketplace.booking import rules as booking_rules
from backoffice.marketplace.booking.rules import BookingAct, MovedBy, Status
from backoffice.marketplace.booking.store import BookingRow
from backoffice.marketplace.customer import actions as customers
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.handling import notices, rules, store
from backoffice.marketplace.handling.preview import check_token
from backoffice.marketplace.handling.rules import Figure, Part
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund.actions import Wanted
from backoffice.marketplace.refund.rules import Origin, RequestedBy
from backoffice.marketplace.refund.store import Decision, RefundRow
from backoffice.settings import Settings

NOTHING = "Required where admin_notes are not sent"


@dataclass(frozen=True, slots=True)
class Change:
    """What staff want of a booking; None leaves it as it is."""

    status: Status | None = None
    notes: str | None = field(default=None, repr=False)
    reason: str | None = field(default=None, repr=False)
    force_refund: bool = False
    notify_user: bool = True
    notify_vendor: bool = True
    preview_token: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What cancelling gives back, from which sum on two people must approve, what previews are signed with."""

    policy: Mapping[int, int]
    thresholds: Mapping[str, int]
    secret: str = field(repr=False)


def terms_of(settings: Settings) -> Terms:
    """As this house has them."""
    secret = settings.token_secret.get_secret_value()
    return Terms(settings.cancellation_refund_percent, settings.dual_approval_minor, secret)


async def update_booking(tx: Tx, booking_id: str, wanted: Change, *, terms: Terms) -> str:
    """Move a booking, cancel it, note something: all that is wanted or nothing. Its id.

    Moving it to where it is changes nothing; but what is cancelled can't be cancelled again. BookingNotFound, BadInput,
    InvalidStatusTransition, FigureMoved, PreviewNotGenuine, UserDeleted where something is to be noted of somebody who
    was erased, and what the refund core refuses.
    """
    booking = await bookings.hold(tx, booking_id)
    if wanted.status is None and wanted.notes is None:
        raise BadInput(summary=f"status: {NOTHING}", problems=(Problem("status", NOTHING),))
    if wanted.notes is not None:
        await customers.hold(tx, booking.customer_id)
        await store.set_notes(tx, booking.id, wanted.notes)
        _audit_notes(tx, booking, wanted.notes)
    if wanted.status is Status.CANCELLED:
        await _cancel(tx, booking, wanted, terms=terms)
    elif wanted.status is not None and wanted.status is not booking.status:
        move_id = await bookings.move(tx, booking, wanted.status, by=MovedBy.STAFF)
        await notices.tell_moved(tx, booking.id, move_id, to=_readers(wanted))
    return booking.id


async def foresee(
    db: Db, booking_id: str, *, is_forced: bool, policy: Mapping[int, int]
) -> tuple[store.TimesRow, Figure]:
    """What cancelling it now comes to. BookingNotFound; InvalidStatusTransition where it can't be cancelled."""
    times, paid = await together(store.get_times(db, booking_id), store.list_paid(db, booking_id))
    booking_rules.check_move(times.status, Status.CANCELLED)
    return times, _figure(times, paid, is_forced=is_forced, policy=policy)


def _figure(times: store.TimesRow, paid: list[store.PaidRow], *, is_forced: bool, policy: Mapping[int, int]) -> Figure:
    step = rules.step_at(policy, times.scheduled_at - times.read_at)
    return rules.figure_of(paid, times.status, step=step, is_forced=is_forced)


async def _cancel(tx: Tx, booking: BookingRow, wanted: Change, *, terms: Terms) -> None:
    """The booking is off at once, also where its money waits for a second person's approval."""
    times, paid = await together(store.get_times(tx, booking.id), store.list_paid(tx, booking.id))
    figure = _figure(times, paid, is_forced=wanted.force_refund, policy=terms.policy)
    if wanted.preview_token is not None:
        check_token(terms.secret, wanted.preview_token, booking_id=booking.id, figure=figure)
    booking_rules.check_move(booking.status, Status.CANCELLED)
    move_id = await bookings.move(tx, booking, Status.CANCELLED, by=MovedBy.STAFF, reason=wanted.reason)
    await store.set_terms(tx, booking.id, figure)
    asked = [await _ask_back(tx, part) for part in figure.parts]
    given = [await _give_back(tx, refund, wanted, terms=terms) for refund in asked]
    await notices.tell_cancelled(tx, booking.id, move_id, given=given, to=_readers(wanted))


async def _ask_back(tx: Tx, part: Part) -> RefundRow:
    """All is asked for before any of it is approved: what needs a second person is counted together."""
    return await refunds.request_refund(
        tx,
        Wanted(
            payment_id=part.payment_id,
            amount_minor=part.refund_minor,
            origin=Origin.BOOKING,
            reason=rules.REFUND_REASON,
            requested_by=RequestedBy.ADMIN,
        ),
    )


async def _give_back(tx: Tx, refund: RefundRow, wanted: Change, *, terms: Terms) -> RefundRow:
    """Through the core that all refunds go through: above the threshold it waits there for a second person."""
    approved, _ = await refunds.approve(tx, refund, Decision(reason=wanted.reason), thresholds=terms.thresholds)
    return approved


def _readers(wanted: Change) -> notices.Readers:
    return notices.Readers(customer=wanted.notify_user, vendor=wanted.notify_vendor)


def _audit_notes(tx: Tx, booking: BookingRow, notes: str) -> None:
    tx.audit(
        BookingAct.NOTED,
        booking.id,
        after={"admin_notes": personal(notes)},
        person=customer_rules.person(booking.customer_id),
    )
