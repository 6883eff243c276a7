"""Invents the year: who joined, what was booked, paid, done and praised. Nothing is written here."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from backoffice.kernel.identifiers import new_id
from backoffice.marketplace.booking.rules import MovedBy, Status
from backoffice.marketplace.customer.rules import Status as CustomerStatus
from backoffice.marketplace.demo.offers import OFFERS, OFTEN
from backoffice.marketplace.demo.people import BLAME, FAIR, PRAISE, TOWNS, name
from backoffice.marketplace.payment.rules import Method
from backoffice.marketplace.payment.rules import Status as PaymentStatus

DAYS = 365
ZONE = "Asia/Kolkata"
TAX_PERCENT, PLATFORM_FEE = 18, 4_900
RUNS_ON = 0.2
METHODS = {Method.UPI: 60, Method.CARD: 25, Method.NETBANKING: 10, Method.WALLET: 5}
CALLED_OFF = ("Plans changed", "Booked by mistake", "Found another date", "Vendor is not available")
CALLED_OFF_BY = {MovedBy.CUSTOMER: 70, MovedBy.VENDOR: 22, MovedBy.SYSTEM: 8}
STANDING = {CustomerStatus.ACTIVE: 96, CustomerStatus.SUSPENDED: 3, CustomerStatus.BANNED: 1}
Town = tuple[str, str, str, float, float]


@dataclass(slots=True, eq=False)
class Customer:
    """`cancels` is how often: some do half of the time."""

    id: int
    name: str
    joined: datetime
    town: Town
    cancels: float
    last: datetime
    standing: CustomerStatus
    booked: int = 0

    def soon(self, *, minutes: int) -> datetime:
        """So long after they joined, while they were still there."""
        return min(self.joined + timedelta(minutes=minutes), max(self.joined, self.last))

    @property
    def email_verified(self) -> datetime | None:
        """Nine of ten did that."""
        return self.soon(minutes=2 + self.id % 55) if self.id % 10 else None


@dataclass(frozen=True, slots=True)
class Vendor:
    id: int
    owner: str
    town: Town
    joined: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    id: str
    vendor: Vendor
    category: str
    name: str
    price_minor: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Move:
    became: Status
    by: MovedBy
    at: datetime
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    id: str
    method: Method
    status: PaymentStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """`id` once it is known which ids are free."""

    rating: int
    title: str
    comment: str
    at: datetime
    status: str = "published"
    id: int = 0


@dataclass(slots=True, eq=False)
class Booking:
    id: str
    customer: Customer
    offer: Offer
    scheduled: datetime
    discount_minor: int
    is_prepaid: bool
    moves: list[Move]
    payments: list[Payment] = field(default_factory=list)
    review: Review | None = None
    cancelled_for: str | None = None

    @property
    def created(self) -> datetime:
        return self.moves[0].at

    @property
    def tax_minor(self) -> int:
        return self.offer.price_minor * TAX_PERCENT // 100

    @property
    def amount_minor(self) -> int:
        return self.offer.price_minor + self.tax_minor + PLATFORM_FEE - self.discount_minor

    @property
    def paid(self) -> Payment | None:
        return next((one for one in self.payments if one.status is PaymentStatus.SUCCESS), None)

    def at(self, became: Status) -> datetime | None:
        """When it last became so."""
        return next((move.at for move in reversed(self.moves) if move.became is became), None)


class Teller:
    """Tells one booking after the other; all that happens lies before `now`."""

    def __init__(self, random: Random, *, now: datetime) -> None:
        self.random = random
        self.now = now

    def between(self, first: datetime, last: datetime) -> datetime:
        return first + max(last - first, timedelta(0)) * self.random.random()

    def customer(self, customer_id: int) -> Customer:
        joined = self.between(self.now - timedelta(days=2 * DAYS), self.now - timedelta(hours=2))
        cancels = 0.5 if self.random.random() < 0.05 else 0.1
        [standing] = self.random.choices([*STANDING], [*STANDING.values()])
        return Customer(customer_id, name(self.random), joined, self.random.choice(TOWNS), cancels, joined, standing)

    def most_often(self, customer: Customer) -> float:
        """How often they may book beside others: nobody who joined this morning has a dozen bookings by now."""
        return 0.5 + (self.now - customer.joined) / timedelta(days=30)

    def vendor(self, vendor_id: int) -> Vendor:
        joined = self.now - timedelta(days=self.random.uniform(DAYS, 3 * DAYS))
        return Vendor(vendor_id, name(self.random), self.random.choice(TOWNS), joined)

    def offer(self, vendor: Vendor, category: str) -> Offer:
        named, low, high, minutes = self.random.choice(OFFERS[category])
        rupees = round(self.random.triangular(low, high, low + (high - low) / 4), -2)
        return Offer(new_id("svc"), vendor, category, named, int(rupees) * 100, minutes)

    def booking(self, customer: Customer, offer: Offer) -> Booking:
        """From the day on which both were there."""
        earliest = max(customer.joined, self.now - timedelta(days=DAYS))
        created = self.between(earliest, self.now - timedelta(minutes=20))
        discount = offer.price_minor // 10 if self.random.random() < 0.15 else 0
        booking = Booking(
            new_id("bkg"),
            customer,
            offer,
            self._agreed(created),
            discount,
            self.random.random() < 0.75,
            [Move(Status.PENDING, MovedBy.CUSTOMER, created)],
        )
        self._take_place(booking)
        self._pay(booking)
        customer.booked += 1
        customer.last = max(customer.last, created)
        return booking

    def _agreed(self, created: datetime) -> datetime:
        """Between tomorrow and three weeks later, at a time of day at which people work."""
        day = created + timedelta(days=1 + 20 * self.random.random() ** 2)
        hour, minute = self.random.randint(8, 18), self.random.choice((0, 30))
        local = day.astimezone(ZoneInfo(ZONE)).replace(hour=hour, minute=minute, second=0, microsecond=0)
        return max(local, created + timedelta(hours=3)).astimezone(UTC)

    def _take_place(self, booking: Booking) -> None:
        """Confirmed before its day, begun and done on it, or called off on the way.

        Of yesterday's work some runs on, or nobody has said yet that it is done: at any hour some is in progress.
        """
        wait = min(timedelta(minutes=self.random.uniform(5, 600)), (booking.scheduled - booking.created) / 2)
        confirmed = booking.created + wait
        if confirmed > self.now:
            return
        if self.random.random() < booking.customer.cancels:
            self._call_off(booking, confirmed)
            return
        booking.moves.append(Move(Status.CONFIRMED, MovedBy.VENDOR, confirmed))
        ended = booking.scheduled + timedelta(minutes=booking.offer.minutes)
        if booking.scheduled < self.now:
            booking.moves.append(Move(Status.IN_PROGRESS, MovedBy.VENDOR, booking.scheduled))
        runs_on = ended > self.now - timedelta(days=1) and self.random.random() < RUNS_ON
        if ended < self.now and not runs_on:
            booking.moves.append(Move(Status.COMPLETED, MovedBy.VENDOR, ended))
            self._praise(booking, ended)

    def _call_off(self, booking: Booking, confirmed: datetime) -> None:
        if self.random.random() < 0.6:
            booking.moves.append(Move(Status.CONFIRMED, MovedBy.VENDOR, confirmed))
        at = self.between(confirmed, min(booking.scheduled, self.now))
        [by] = self.random.choices([*CALLED_OFF_BY], [*CALLED_OFF_BY.values()])
        booking.moves.append(Move(Status.CANCELLED, by, at))
        booking.cancelled_for = self.random.choice(CALLED_OFF)

    def _pay(self, booking: Booking) -> None:
        """Ahead, or once it is done; whatever was called off had not been paid."""
        [method] = self.random.choices([*METHODS], [*METHODS.values()])
        status, done = booking.moves[-1].became, booking.at(Status.COMPLETED)
        soon = booking.created + timedelta(minutes=self.random.uniform(1, 4))
        if status is Status.CANCELLED:
            if self.random.random() < 0.4:
                self._payment(booking, method, PaymentStatus.FAILED, at=soon)
        elif booking.is_prepaid:
            if self.random.random() < 0.05:
                self._payment(booking, method, PaymentStatus.FAILED, at=booking.created + timedelta(seconds=40))
            waits = status is Status.PENDING
            self._payment(booking, method, PaymentStatus.PENDING if waits else PaymentStatus.SUCCESS, at=soon)
        elif done is not None and done + timedelta(minutes=5) < self.now:
            self._payment(booking, method, PaymentStatus.SUCCESS, at=done + timedelta(minutes=5))

    def _payment(self, booking: Booking, method: Method, status: PaymentStatus, *, at: datetime) -> None:
        booking.payments.append(Payment(new_id("pay"), method, status, at))

    def _praise(self, booking: Booking, ended: datetime) -> None:
        at = ended + timedelta(hours=self.random.uniform(1, 120))
        if self.random.random() < 0.4 and at < self.now:
            [rating] = self.random.choices((5, 4, 3, 2, 1), (52, 28, 11, 5, 4))
            words = PRAISE if rating > 3 else FAIR if rating == 3 else BLAME
            booking.review = Review(rating, *self.random.choice(words), at)

    def category(self) -> str:
        return self.random.choices([*OFFERS], [OFTEN.get(one, 1) for one in OFFERS])[0]
