"""Bulk acts on bookings: each does what the single door does, by the same action."""

from collections.abc import Sequence
from typing import Any

from backoffice.kernel.bulk import BulkAct, One, Refused
from backoffice.kernel.database import Db
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import rules
from backoffice.marketplace.booking.rules import Status
from backoffice.marketplace.bulk import store
from backoffice.marketplace.bulk.foreseeing import refused_of
from backoffice.marketplace.bulk.schemas import CancelIn, NoteIn
from backoffice.marketplace.handling.actions import Change, terms_of, update_booking
from backoffice.marketplace.permissions import Market


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


async def _foresee_cancelling(db: Db, subjects: Sequence[str], body: CancelIn) -> Refused:
    return await _foresee(db, subjects, is_off=True)


async def _foresee_noting(db: Db, subjects: Sequence[str], body: NoteIn) -> Refused:
    return await _foresee(db, subjects, is_off=False)


async def _foresee(db: Db, subjects: Sequence[str], *, is_off: bool) -> Refused:
    found = {row.id: row.status for row in await store.list_bookings(db, subjects)}

    def check(status: Status) -> None:
        if is_off:
            rules.check_move(status, Status.CANCELLED)

    return refused_of(found, subjects, missing=lambda one: rules.BookingNotFound(booking_id=one), check=check)


ACTS: Sequence[BulkAct[Any]] = (
    BulkAct("bookings.cancel", Market.BOOKINGS_UPDATE, CancelIn, act=cancel, foresee=_foresee_cancelling),
    BulkAct("bookings.note", Market.BOOKINGS_UPDATE, NoteIn, act=note, foresee=_foresee_noting),
)
