"""What may be brought, in the order in which one needs the other. Pure: no SQL, no clock, no HTTP."""

from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Invalid

LARGEST_BATCH = 5_000
LONGEST_LINE = 100_000
"""Lines of a batch, bytes of a line."""


class Kind(StrEnum):
    CUSTOMER = "customer"
    VENDOR = "vendor"
    SERVICE = "service"
    BOOKING = "booking"
    PAYMENT = "payment"
    REVIEW = "review"


class FeedAct(Act):
    BROUGHT = "feed.brought"


class LinesRefused(Invalid):
    """Nothing was brought in; lines refused: {count}"""

    count: int
    refused: list[dict[str, int | str]]
