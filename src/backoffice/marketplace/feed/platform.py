"""The platform's doors of batches: a file of JSON lines each, every line the body of the door for one."""

from typing import Any

from backoffice.kernel.errors import Refusal
from backoffice.kernel.importing import Report
from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.feed.actions import Feed
from backoffice.marketplace.feed.reading import (
    Batch,
    BookingBatch,
    CustomerBatch,
    PaymentBatch,
    ReviewBatch,
    ServiceBatch,
    VendorBatch,
)
from backoffice.marketplace.feed.rules import FeedAct, LinesRefused
from backoffice.marketplace.feed.schemas import BatchForm, BroughtOut, RefusedOut
from backoffice.marketplace.payment.rules import PaymentAct
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: batches", prefix="/api/v1/platform")
REFUSES: list[type[Refusal]] = [LinesRefused]


async def _bring(tx: Tx, upload: Batch, form: BatchForm) -> Success[BroughtOut]:
    report = upload.report or Report()
    feed = Feed(tx, report)
    await feed.stage(upload.lines)
    await feed.bring()
    refused: list[RefusedOut] = [{"line": one.line, "reason": one.reason} for one in sorted(report.refused)]
    if refused and form.all_or_nothing:
        told: list[dict[str, Any]] = [{**one} for one in refused]
        raise LinesRefused(count=len(refused), refused=told)
    return success({"imported": report.imported, "known": report.known, "refused": refused})


@door.post("/customers/batch", scope=Scope.CUSTOMERS_WRITE, audit=[FeedAct.BROUGHT], errors=REFUSES)
async def bring_customers(upload: CustomerBatch, form: BatchForm, tx: Tx) -> Success[BroughtOut]:
    """Up to 5,000 customers."""
    return await _bring(tx, upload, form)


@door.post("/vendors/batch", scope=Scope.CATALOGUE_WRITE, audit=[FeedAct.BROUGHT], errors=REFUSES)
async def bring_vendors(upload: VendorBatch, form: BatchForm, tx: Tx) -> Success[BroughtOut]:
    """Up to 5,000 vendors."""
    return await _bring(tx, upload, form)


@door.post("/services/batch", scope=Scope.CATALOGUE_WRITE, audit=[FeedAct.BROUGHT], errors=REFUSES)
async def bring_services(upload: ServiceBatch, form: BatchForm, tx: Tx) -> Success[BroughtOut]:
    """Up to 5,000 services; `vendor_id` is ours as a number, or the platform's own as text."""
    return await _bring(tx, upload, form)


@door.post("/bookings/batch", scope=Scope.BOOKINGS_WRITE, audit=[FeedAct.BROUGHT], errors=REFUSES)
async def bring_bookings(upload: BookingBatch, form: BatchForm, tx: Tx) -> Success[BroughtOut]:
    """Up to 5,000 bookings, with `created_at` and `moves` where they have a past; `user_id` as `vendor_id` above."""
    return await _bring(tx, upload, form)


@door.post(
    "/payments/batch",
    scope=Scope.PAYMENTS_WRITE,
    audit=[FeedAct.BROUGHT, PaymentAct.RECORDED],
    errors=REFUSES,
)
async def bring_payments(upload: PaymentBatch, form: BatchForm, tx: Tx) -> Success[BroughtOut]:
    """Up to 5,000 payments as they stand; what stands here otherwise moves there."""
    return await _bring(tx, upload, form)


@door.post("/reviews/batch", scope=Scope.REVIEWS_WRITE, audit=[FeedAct.BROUGHT], errors=REFUSES)
async def bring_reviews(upload: ReviewBatch, form: BatchForm, tx: Tx) -> Success[BroughtOut]:
    """Up to 5,000 reviews of completed bookings, with what the vendor answered."""
    return await _bring(tx, upload, form)
