"""Every bulk act of the marketplace."""

from backoffice.kernel.bulk import Acts
from backoffice.marketplace.bulk import bookings, disputes, reviews, users
from backoffice.marketplace.permissions import BOOK
from backoffice.marketplace.product import code_of

ACTS = Acts([*users.ACTS, *bookings.ACTS, *disputes.ACTS, *reviews.ACTS], book=BOOK, code_of=code_of)
