"""What of customers and bookings may be exported, and by whom. Pure: no SQL, no clock, no HTTP."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Forbidden
from backoffice.kernel.lanes import JobName, Lane
from backoffice.marketplace.masking import masked_email, masked_name, masked_phone

EXPORT_USERS = JobName("marketplace.export_users", Lane.BULK)
EXPORT_BOOKINGS = JobName("marketplace.export_bookings", Lane.BULK)
TYPE, BOOKINGS_TYPE = "user_export", "booking_export"


class ExportAct(Act):
    REQUESTED = "export.requested"


class MayNotExport(Forbidden):
    """Whoever asked for this export may no longer list what is in it"""


class UserField(StrEnum):
    """The columns there are."""

    ID = "id"
    EXTERNAL_ID = "external_id"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ACCOUNT_STATUS = "account_status"
    EMAIL_VERIFIED = "email_verified"
    PHONE_VERIFIED = "phone_verified"
    TRUST_SCORE = "trust_score"
    TOTAL_BOOKINGS = "total_bookings"
    COMPLETED_BOOKINGS = "completed_bookings"
    CANCELLED_BOOKINGS = "cancelled_bookings"
    TOTAL_SPENT = "total_spent"
    TOTAL_REVIEWS = "total_reviews"
    TOTAL_DISPUTES = "total_disputes"
    OPEN_DISPUTES = "open_disputes"
    WALLET_BALANCE = "wallet_balance"
    LOYALTY_POINTS = "loyalty_points"
    CREATED_AT = "created_at"
    LAST_LOGIN_AT = "last_login_at"
    LAST_ACTIVE_AT = "last_active_at"


class BookingField(StrEnum):
    """The columns there are; what of them is about people is masked as the list of bookings masks it."""

    ID = "id"
    EXTERNAL_ID = "external_id"
    BOOKING_NUMBER = "booking_number"
    STATUS = "status"
    USER_ID = "user_id"
    USER_NAME = "user_name"
    USER_EMAIL = "user_email"
    USER_PHONE = "user_phone"
    VENDOR_ID = "vendor_id"
    VENDOR_NAME = "vendor_name"
    SERVICE_ID = "service_id"
    SERVICE_NAME = "service_name"
    CATEGORY = "category"
    CITY = "city"
    SCHEDULED_AT = "scheduled_at"
    AMOUNT_CENTS = "amount_cents"
    CURRENCY = "currency"
    PAYMENT_STATUS = "payment_status"
    PAYMENT_METHOD = "payment_method"
    CANCELLED_BY = "cancelled_by"
    CANCELLED_AT = "cancelled_at"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


MASKS: Mapping[str, Callable[[str | None], str | None]] = {
    UserField.NAME: masked_name,
    UserField.EMAIL: masked_email,
    UserField.PHONE: masked_phone,
    BookingField.USER_EMAIL: masked_email,
    BookingField.USER_PHONE: masked_phone,
}
"""The personal columns, and how each is masked."""


def cells_of(fields: Sequence[UserField] | Sequence[BookingField], *, is_masked: bool) -> Callable[[Any], list[Any]]:
    """Makes a row's cells: its fields in this order, personal ones masked if so."""
    masks = [MASKS.get(field) if is_masked else None for field in fields]
    columns = list(zip([field.value for field in fields], masks, strict=True))

    def cells(row: Any) -> list[Any]:
        return [mask(getattr(row, name)) if mask else getattr(row, name) for name, mask in columns]

    return cells
