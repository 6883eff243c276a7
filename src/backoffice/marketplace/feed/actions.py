"""Bringing lines in: all are staged, then each kind follows the ones it needs. Runs inside one write.

Customers need nobody: they come in as they are staged, while whoever brings a file reads on in it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from backoffice.kernel.errors import Refusal
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.importing import Report
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingExists, BookingNotFound
from backoffice.marketplace.catalogue.rules import ServiceNotFound
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.customer.rules import Status as CustomerStatus
from backoffice.marketplace.customer.rules import UserDeleted, UserExists, UserNotFound
from backoffice.marketplace.feed import store, store_bookings, store_payments, store_reviews
from backoffice.marketplace.feed.reading import Line
from backoffice.marketplace.feed.rules import FeedAct, Kind
from backoffice.marketplace.feed.store import Slice
from backoffice.marketplace.feed.store_reviews import ReviewedRow
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment.actions import Told
from backoffice.marketplace.payment.rules import Gateway, Method, Status
from backoffice.marketplace.review.rules import NotReviewable, ReviewExists
from backoffice.marketplace.vendor import store as vendors
from backoffice.marketplace.vendor.rules import VendorNotFound

SLICE = 10_000
"""Lines in one statement: well below the time that one may take."""
COUNTED_AT_ONCE = 1_000
Following = Literal[Kind.VENDOR, Kind.SERVICE, Kind.BOOKING, Kind.PAYMENT, Kind.REVIEW]
FOLLOWING: tuple[Following, ...] = (Kind.VENDOR, Kind.SERVICE, Kind.BOOKING, Kind.PAYMENT, Kind.REVIEW)
MISSING = {Kind.CUSTOMER: UserNotFound(user_id=""), Kind.SERVICE: ServiceNotFound(service_id="")}


class Feed:
    """One file or batch on its way in: `stage` as often as it takes, then `bring`, once."""

    def __init__(self, tx: Tx, report: Report) -> None:
        self.tx = tx
        self.report = report
        self.batch: UUID = uuid7()
        self.staged = 0
        self._last = 0
        self._refused = 0
        self._brought: dict[Kind, int] = {}
        self._customers: set[int] = set()
        self._vendors: set[int] = set()

    async def stage(self, lines: Iterable[Line]) -> None:
        told = list(lines)
        if not told:
            return
        self.tx.send_ahead(store.plan_for_sets(self.tx))
        await store.stage(self.tx, self.batch, told)
        self.staged += len(told)
        first, last = told[0].number, told[-1].number
        self._last = last
        if any(one.kind is Kind.CUSTOMER for one in told):
            self._came(Kind.CUSTOMER, await self._bring_customers(Slice(self.batch, first, last)))

    async def bring(self, passed: Callable[[float], None] = lambda _: None) -> None:
        """What else is staged, in the order in which one needs the other; `passed` is told which part is done."""
        slices = range(1, self._last + 1, SLICE)
        for place, kind in enumerate(FOLLOWING):
            for number, first in enumerate(slices, 1):
                self._came(kind, await self._bring(kind, Slice(self.batch, first, first + SLICE - 1)))
                passed((place + number / len(slices)) / len(FOLLOWING))
        await store.clear(self.tx, self.batch)
        await self._count()
        self.report.imported = sum(self._brought.values())
        self.report.known = self.staged - self.report.imported - self._refused
        self.tx.audit(
            FeedAct.BROUGHT,
            self.batch,
            after={
                **{str(kind): self._brought.get(kind, 0) for kind in Kind},
                "known": self.report.known,
                "refused": len(self.report.refused),
            },
        )

    def _came(self, kind: Kind, count: int) -> None:
        self._brought[kind] = self._brought.get(kind, 0) + count

    async def _bring(self, kind: Following, part: Slice) -> int:
        """How many came in."""
        match kind:
            case Kind.VENDOR:
                return await store.insert_vendors(self.tx, part)
            case Kind.SERVICE:
                without = await store.list_without_vendor(self.tx, part)
                await self._refuse(kind, dict.fromkeys(without, VendorNotFound(vendor_id="")))
                return await store.insert_services(self.tx, part)
            case Kind.BOOKING:
                return await self._bring_bookings(part)
            case Kind.PAYMENT:
                return await self._bring_payments(part)
            case Kind.REVIEW:
                return await self._bring_reviews(part)

    async def _bring_customers(self, part: Slice) -> int:
        brought = await store.insert_customers(self.tx, part)
        taken = await store.list_taken(self.tx, part)
        await self._refuse(Kind.CUSTOMER, dict.fromkeys(taken, UserExists(field="email or phone")))
        return brought

    async def _bring_bookings(self, part: Slice) -> int:
        """Those that are over are history; who has one before them must be allowed to book."""
        without = await store_bookings.list_without(self.tx, part)
        await self._refuse(Kind.BOOKING, {one.line: MISSING[one.missing] for one in without})
        self._customers.update(await store_bookings.lock_customers(self.tx, part))
        refused: dict[int, Refusal] = {}
        for one in await store_bookings.list_bookers(self.tx, part):
            try:
                customer_rules.check_may_book(one, is_prepaid=one.is_prepaid, at=datetime.now(UTC))
            except Refusal as refusal:
                refused[one.line] = refusal
        await self._refuse(Kind.BOOKING, refused)
        brought = await store_bookings.insert_bookings(self.tx, part)
        await store_bookings.insert_moves(self.tx, part)
        unlike = await store_bookings.list_unlike(self.tx, part)
        await self._refuse(Kind.BOOKING, {one.line: BookingExists(external_id=one.external_id) for one in unlike})
        return brought

    async def _bring_payments(self, part: Slice) -> int:
        """What stands here otherwise, or is captured late, is told by the action for one."""
        self._customers.update(await store_bookings.lock_customers(self.tx, part))
        brought = await store_payments.insert_payments(self.tx, part)
        refused: dict[int, Refusal] = {}
        unpaid = []
        for rest in await store_payments.list_rest(self.tx, part):
            try:
                brought += await self._tell(rest.facts)
            except Refusal as refusal:
                refused[rest.line] = refusal
                unpaid.append(rest.facts["booking"])
        await self._refuse(Kind.PAYMENT, refused)
        if unpaid:
            await store_payments.follow_payments(self.tx, unpaid)
        return brought

    async def _bring_reviews(self, part: Slice) -> int:
        """What the door for one asks of a booking is asked here; ratings of customers and vendors follow at the end."""
        self._customers.update(await store_bookings.lock_customers(self.tx, part))
        unreviewable = await store_reviews.list_unreviewable(self.tx, part)
        await self._refuse(Kind.REVIEW, {one.line: _why_not(one) for one in unreviewable})
        brought = await store_reviews.insert_reviews(self.tx, part)
        unlike = await store_reviews.list_unlike(self.tx, part)
        await self._refuse(Kind.REVIEW, {one.line: ReviewExists(booking_id=one.booking) for one in unlike})
        self._vendors.update(await store_reviews.list_vendors(self.tx, part))
        return brought

    async def _tell(self, facts: dict[str, Any]) -> int:
        """1 where the payment is new by it."""
        is_new = not await store_payments.is_known(self.tx, facts["external_id"])
        completed, created = facts["completed_at"], facts["created_at"] or facts["completed_at"]
        await payments.record_payment(
            self.tx,
            Told(
                external_id=facts["external_id"],
                booking_id=facts["booking"],
                amount_minor=facts["amount_minor"],
                method=Method(facts["method"]),
                gateway=Gateway(facts["gateway"]),
                gateway_payment_id=facts["gateway_payment_id"],
                status=Status(facts["status"]),
                failure_reason=facts["failure_reason"],
                completed_at=datetime.fromisoformat(completed) if completed else None,
                created_at=datetime.fromisoformat(created) if created else None,
            ),
        )
        return int(is_new)

    async def _refuse(self, kind: Kind, refused: Mapping[int, Refusal]) -> None:
        """Each line with its reason; all are taken out at once, for a whole file may be refused."""
        for line, refusal in refused.items():
            self.report.refuse(line, refusal.sentence)
        self._refused += len(refused)
        if refused:
            await store.drop_lines(self.tx, self.batch, kind, lines=[*refused])

    async def _count(self) -> None:
        """The sums of everybody whom these lines are about, and the ratings of vendors last."""
        everybody = sorted(self._customers)
        for first in range(0, len(everybody), COUNTED_AT_ONCE):
            await customers.recount(self.tx, *everybody[first : first + COUNTED_AT_ONCE])
        rated = sorted(self._vendors)
        for first in range(0, len(rated), COUNTED_AT_ONCE):
            await vendors.lock_vendors(self.tx, *rated[first : first + COUNTED_AT_ONCE])
            await vendors.recount(self.tx, *rated[first : first + COUNTED_AT_ONCE])


def _why_not(one: ReviewedRow) -> Refusal:
    if one.booking_status is None or one.customer_id is None:
        return BookingNotFound(booking_id=one.booking)
    if one.customer_status is CustomerStatus.DELETED:
        return UserDeleted(user_id=one.customer_id)
    return NotReviewable(booking_status=one.booking_status)
