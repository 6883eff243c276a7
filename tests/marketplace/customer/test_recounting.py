"""Kept sums never drift: ten thousand events against a count of them in Python, and what the nightly job finds."""

import asyncio
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.database import Query, together
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking import actions as bookings
from backoffice.marketplace.booking.rules import TRANSITIONS, MovedBy, Status
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.customer.jobs import recount_customers
from backoffice.marketplace.vendor import store as vendors
from tests.blocking import somebody_waits_for
from tests.marketplace.making import Given, Path

EVENTS, AT_ONCE, PEOPLE = 10_000, 200, 40
OPEN = {Status.PENDING, Status.CONFIRMED, Status.IN_PROGRESS}
SUMS = (
    "bookings",
    "bookings_open",
    "bookings_completed",
    "bookings_cancelled",
    "payments_succeeded",
    "payments_failed",
    "paid_minor",
    "refunded_minor",
    "reviews",
    "ratings",
    "disputes",
    "disputes_open",
)
BOOK = """
    INSERT INTO marketplace.booking (id, reference, customer_id, vendor_id, service_id, scheduled_at, time_zone,
                                     base_minor, amount_minor)
         VALUES (%(id)s, %(id)s, %(customer_id)s, %(vendor_id)s, %(service_id)s, now(), 'UTC', 1000, 1000)
"""
MOVE = """
    UPDATE marketplace.booking
       SET status = %(to)s, cancelled_at = CASE WHEN %(to)s = 'cancelled' THEN now() END,
           cancelled_by = CASE WHEN %(to)s = 'cancelled' THEN %(by)s END
     WHERE id = %(id)s
"""
PAY = """
    INSERT INTO marketplace.payment (id, booking_id, customer_id, amount_minor, method, gateway, status, captured_minor)
         VALUES (%(id)s, %(booking_id)s, %(customer_id)s, 1000, 'upi', 'sandbox', %(status)s,
                 CASE WHEN %(status)s = 'success' THEN 1000 ELSE 0 END)
"""
REFUND = """
    INSERT INTO marketplace.refund (id, number, payment_id, booking_id, customer_id, vendor_id, origin, status,
                                    requested_minor, amount_minor, reason, requested_by, decided_at, gateway_refund_id)
         VALUES (gen_random_uuid(), %(number)s, %(payment_id)s, %(booking_id)s, %(customer_id)s, %(vendor_id)s,
                 'payment', 'processed', 100, 100, 'other', 'admin', now(), %(number)s)
"""
REVIEW = """
    INSERT INTO marketplace.review (booking_id, customer_id, vendor_id, service_id, rating)
         VALUES (%(booking_id)s, %(customer_id)s, %(vendor_id)s, %(service_id)s, %(rating)s)
"""
DISPUTE = """
    INSERT INTO marketplace.dispute (external_id, reference, customer_id, vendor_id, booking_id, source, type, subject,
                                     description, resolution_deadline)
         VALUES (%(id)s, %(id)s, %(customer_id)s, %(vendor_id)s, %(booking_id)s, 'customer', 'other', 'x', 'x', now())
"""
REJECT = "UPDATE marketplace.dispute SET status = 'rejected' WHERE external_id = %(id)s"


@dataclass
class Booking:
    id: str
    customer_id: int
    status: Status = Status.PENDING
    payment_id: str | None = None
    refunded: int = 0
    is_reviewed: bool = False
    dispute_id: str | None = None


@dataclass
class World:
    """What happened, and what it should come to."""

    vendor_id: int
    service_id: str
    people: list[int]
    chance: random.Random
    bookings: list[Booking] = field(default_factory=list)
    sums: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    number: int = 0

    def event(self, tx: Tx) -> tuple[int, Query[int]]:
        """Something happens to somebody: whose sums it concerns, and its statement."""
        self.number += 1
        if not self.bookings or self.chance.random() < 0.25:
            return self._book(tx)
        booking = self.chance.choice(self.bookings[-400:])
        kinds = [self._move, self._move, self._pay, self._refund, self._review, self._dispute]
        done = self.chance.choice(kinds)(tx, booking)
        return (booking.customer_id, done) if done is not None else self._book(tx)

    def _book(self, tx: Tx) -> tuple[int, Query[int]]:
        booking = Booking(f"bkg_{self.number}", self.chance.choice(self.people))
        self.bookings.append(booking)
        self.sums[booking.customer_id].update(bookings=1, bookings_open=1)
        return booking.customer_id, tx.run(BOOK, id=booking.id, **self._about(booking))

    def _about(self, booking: Booking) -> dict[str, Any]:
        return {"customer_id": booking.customer_id, "vendor_id": self.vendor_id, "service_id": self.service_id}

    def _move(self, tx: Tx, booking: Booking) -> Query[int] | None:
        ways = sorted(TRANSITIONS[booking.status])
        if not ways:
            return None
        to, sums = self.chance.choice(ways), self.sums[booking.customer_id]
        by = self.chance.choice(list(MovedBy))
        sums["bookings_open"] += (to in OPEN) - (booking.status in OPEN)
        sums["bookings_completed"] += (to is Status.COMPLETED) - (booking.status is Status.COMPLETED)
        sums["bookings_cancelled"] += to is Status.CANCELLED and by is MovedBy.CUSTOMER
        booking.status = to
        return tx.run(MOVE, id=booking.id, to=to, by=by)

    def _pay(self, tx: Tx, booking: Booking) -> Query[int] | None:
        status = self.chance.choice(["success", "failed", "pending"])
        payment_id = f"pay_{self.number}"
        if status == "success":
            booking.payment_id, booking.refunded = payment_id, 0
            self.sums[booking.customer_id].update(payments_succeeded=1, paid_minor=1_000)
        elif status == "failed":
            self.sums[booking.customer_id].update(payments_failed=1)
        about = {"booking_id": booking.id, "customer_id": booking.customer_id}
        return tx.run(PAY, id=payment_id, status=status, **about)

    def _refund(self, tx: Tx, booking: Booking) -> Query[int] | None:
        if booking.payment_id is None or booking.refunded >= 1_000:
            return None
        booking.refunded += 100
        self.sums[booking.customer_id].update(refunded_minor=100)
        about = {"payment_id": booking.payment_id, "booking_id": booking.id, **self._about(booking)}
        return tx.run(REFUND, number=f"RF{self.number}", **about)

    def _review(self, tx: Tx, booking: Booking) -> Query[int] | None:
        if booking.is_reviewed:
            return None
        booking.is_reviewed, rating = True, self.chance.randint(1, 5)
        self.sums[booking.customer_id].update(reviews=1, ratings=rating)
        return tx.run(REVIEW, booking_id=booking.id, rating=rating, **self._about(booking))

    def _dispute(self, tx: Tx, booking: Booking) -> Query[int] | None:
        if booking.dispute_id is not None:
            dispute_id, booking.dispute_id = booking.dispute_id, None
            self.sums[booking.customer_id].update(disputes_open=-1)
            return tx.run(REJECT, id=dispute_id)
        booking.dispute_id = f"d{self.number}"
        self.sums[booking.customer_id].update(disputes=1, disputes_open=1)
        return tx.run(DISPUTE, id=booking.dispute_id, booking_id=booking.id, **self._about(booking))


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(), 0)


async def test_after_ten_thousand_events_every_sum_is_what_happened(path: Path, given: Given, run: JobRun) -> None:
    service = await path.service()
    people = [(await path.customer())["id"] for _ in range(PEOPLE)]
    vendor_id = await given.value("SELECT id FROM marketplace.vendor")
    world = World(vendor_id, service["id"], people, random.Random(9))

    for _ in range(EVENTS // AT_ONCE):
        async with given.write() as tx:
            tx.record("events", "many")
            happened = [world.event(tx) for _ in range(AT_ONCE)]
            await together(*(query for _, query in happened))
            tx.send_ahead(customers.recount(tx, *{customer_id for customer_id, _ in happened}))
            tx.send_ahead(vendors.recount(tx, vendor_id))

    async with given.house.database.read() as db:
        for customer_id in people:
            counted = {name: world.sums[customer_id][name] for name in SUMS}
            assert await kept(db, customer_id) == counted
    await recount_customers(run)
    assert await given.value("SELECT drifted FROM marketplace.recount_report") == 0
    assert await given.value("SELECT customers FROM marketplace.recount_report") == PEOPLE


async def kept(db: Any, customer_id: int) -> dict[str, int]:
    row = await db.value(
        dict, "SELECT to_jsonb(c) FROM marketplace.customer c WHERE id = %(customer_id)s", customer_id=customer_id
    )
    return {name: row[name] for name in SUMS}


async def test_what_drifted_is_mended_and_reported_but_a_balance_is_left_to_people(
    path: Path, given: Given, run: JobRun
) -> None:
    customer, _, _ = await path.done()
    other = await path.customer()
    async with given.write() as tx:
        tx.record("broken", "for a test")
        await tx.run("UPDATE marketplace.customer SET bookings = 7 WHERE id = %(id)s", id=customer["id"])
        await tx.run("UPDATE marketplace.vendor SET reviews = 9")
        await tx.run("UPDATE marketplace.customer SET wallet_minor = 5 WHERE id = %(id)s", id=other["id"])

    await recount_customers(run)

    assert await given.value("SELECT drifted FROM marketplace.recount_report") == 3
    assert await given.value("SELECT string_agg(bookings::text, ' ' ORDER BY id) FROM marketplace.customer") == "1 0"
    assert await given.value("SELECT reviews FROM marketplace.vendor") == 0
    assert await given.value("SELECT max(wallet_minor) FROM marketplace.customer") == 5

    await recount_customers(run)
    assert await given.value("SELECT drifted FROM marketplace.recount_report") == 1


async def test_a_booking_that_is_being_made_while_all_is_counted_is_not_lost(
    path: Path, given: Given, run: JobRun
) -> None:
    customer, service = await path.customer(), await path.service()
    async with given.write() as tx:
        new = {
            "external_id": "b1",
            "customer_id": customer["id"],
            **dict.fromkeys(("street", "apartment", "city", "state", "pincode", "landmark", "latitude", "longitude")),
            **{"base": 500, "tax": 0, "platform_fee": 0, "discount": 0, "amount": 500, "commission_permille": 0},
            **{"is_prepaid": False, "notes": None, "requirements": [], "time_zone": "UTC"},
            **{"images": [], "duration_minutes": None},
            "scheduled_at": await tx.value(object, "SELECT now()"),
        }
        await bookings.create_booking(tx, new, service=service["id"])
        counting = asyncio.create_task(recount_customers(run))
        await somebody_waits_for(tx)
    await counting

    assert await given.value("SELECT bookings FROM marketplace.customer") == 1
    assert await given.value("SELECT drifted FROM marketplace.recount_report") == 0
