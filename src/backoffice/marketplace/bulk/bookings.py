"""Bulk acts on bookings: each does what the single door does, by the same action."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel

from backoffice.kernel.bulk import BulkAct, One, Refused
from backoffice.kernel.database import Db
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import rules
from backoffice.marketplace.booking.rules import Status
from backoffice.marketplace.bulk import store
from backoffice.marketplace.bulk.foreseeing import refused_of
from backoffice.marketplace.bulk.schemas import CancelIn, NoteIn
from backoffice.marketplace.bulk.store import BookingStanding
from backoffice.marketplace.customer.rules import UserDeleted
from backoffice.marketplace.handling.actions import Change, terms_of, update_booking
from backoffice.marketplace.permissions import Market

Check = Callable[[BookingStanding], None]
"""Raises what the act would refuse of a booking that stands like this."""


async def cancel(tx: Tx, one: One[CancelIn]) -> None:
    """Each gives back what the policy says of it: much of it waits for a second person, as from the single door."""
    body = one.params
    wanted = Change(
        status=Status.CANCELLED,
        reason=body.cancellation_reason,
        notify_user=body.notify_user,
        notify_vendor=body.notify_vendor,
    )
    await update_booking(tx, one.subject, wanted, terms=terms_of(one.house.settings))


async def note(tx: Tx, one: One[NoteIn]) -> None:
    """The notes that were there make room for these."""
    await update_booking(tx, one.subject, Change(notes=one.params.admin_notes), terms=terms_of(one.house.settings))


async def _foresee(db: Db, subjects: Sequence[str], body: BaseModel, *, check: Check) -> Refused:
    found = {row.id: row for row in await store.list_bookings(db, subjects)}
    return refused_of(found, subjects, missing=lambda one: rules.BookingNotFound(booking_id=one), check=check)


def _may_be_cancelled(booking: BookingStanding) -> None:
    rules.check_move(booking.status, Status.CANCELLED)


def _may_be_noted(booking: BookingStanding) -> None:
    if booking.is_erased:
        raise UserDeleted(user_id=booking.customer_id)


ACTS: Sequence[BulkAct[Any]] = (
    BulkAct(
        "bookings.cancel",
        Market.BOOKINGS_UPDATE,
        CancelIn,
        act=cancel,
        foresee=partial(_foresee, check=_may_be_cancelled),
    ),
    BulkAct("bookings.note", Market.BOOKINGS_UPDATE, NoteIn, act=note, foresee=partial(_foresee, check=_may_be_noted)),
)
