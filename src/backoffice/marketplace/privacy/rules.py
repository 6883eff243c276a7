"""When a customer may be forgotten. Pure: no SQL, no clock, no HTTP."""

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict
from backoffice.kernel.lanes import JobName, Lane

DELETE_EVIDENCE = JobName("marketplace.delete_evidence", Lane.BULK)


class PrivacyAct(Act):
    RECORD_EXPORTED = "user.record_exported"
    ANONYMIZED = "user.anonymized"


class UserHasOpenMatters(Conflict):
    """Open: {open_bookings} bookings, {open_disputes} disputes, {open_refunds} refunds. Settle them before erasing"""

    open_bookings: int
    open_disputes: int
    open_refunds: int


def check_nothing_open(*, bookings: int, disputes: int, refunds: int) -> None:
    """Money still to go back, a complaint or a booking still to come need the person: UserHasOpenMatters."""
    if bookings or disputes or refunds:
        raise UserHasOpenMatters(open_bookings=bookings, open_disputes=disputes, open_refunds=refunds)
