"""Invents what went wrong: complaints about bookings that were paid, how they ended, and money that goes back."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.urgency import Priority
from backoffice.marketplace.booking.rules import MovedBy
from backoffice.marketplace.booking.rules import Status as BookingStatus
from backoffice.marketplace.demo.bookings import Booking, Move
from backoffice.marketplace.demo.people import ANSWERS, COMPLAINTS
from backoffice.marketplace.dispute.rules import REFUNDING, TIME_TO_RESOLVE, Resolution, Status
from backoffice.marketplace.refund.rules import Origin, RequestedBy
from backoffice.marketplace.refund.rules import Status as RefundStatus

AGES = {
    Status.OPEN: (60, 0.05, 2.5),
    Status.IN_PROGRESS: (90, 0.4, 5),
    Status.RESOLVED: (130, 4, 60),
    Status.CLOSED: (80, 20, 300),
    Status.REJECTED: (40, 4, 300),
}
"""How many there are, and how many days ago they came."""
RESOLUTIONS = {
    Resolution.FULL_REFUND: 35,
    Resolution.PARTIAL_REFUND: 43,
    Resolution.NO_REFUND: 90,
    Resolution.SERVICE_REDO: 42,
}
FAILED, ON_THEIR_WAY = 10, 8
"""Of the refunds that disputes brought; the others are processed."""
ASKED_FOR = {RefundStatus.PENDING: 25, RefundStatus.REJECTED: 17}
"""What customers and vendors asked for without a dispute."""
DEAREST = 4
"""So many of each are about the largest bookings: two people have to agree."""
PRIORITIES = {Priority.LOW: 2, Priority.MEDIUM: 5, Priority.HIGH: 3, Priority.URGENT: 1}
ENDED = {
    Resolution.FULL_REFUND: "The vendor agrees: all of it goes back.",
    Resolution.PARTIAL_REFUND: "Both sides agreed on a part of the price.",
    Resolution.NO_REFUND: "The pictures show that the work was done as booked.",
    Resolution.SERVICE_REDO: "The vendor comes again without charge.",
}
WHY_NOT = ("The work was done as booked", "Asked for after the time for returns", "Refunded by the vendor already")
REASONS = ("service_not_delivered", "poor_quality", "duplicate_payment", "customer_request")


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    actor: str
    at: datetime
    staff_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Dispute:
    id: int
    booking: Booking
    status: Status
    words: tuple[str, str | None, str, str]
    priority: Priority
    opened: datetime
    events: list[Event]
    assigned_to: int | None = None
    decided_by: int | None = None
    answer: tuple[str, datetime] | None = None
    resolution: Resolution | None = None
    refund: "Refund | None" = None
    decided: datetime | None = None
    reminded: datetime | None = None
    escalated: datetime | None = None

    @property
    def deadline(self) -> datetime:
        return self.opened + TIME_TO_RESOLVE


@dataclass(slots=True, eq=False)
class Refund:
    id: UUID
    booking: Booking
    status: RefundStatus
    amount_minor: int
    origin: Origin
    reason: str
    by: RequestedBy
    asked: datetime
    dispute_id: int | None = None
    decided_by: int | None = None
    decided: datetime | None = None
    said: str | None = None


class Complaints:
    """Bookings that were done and paid, by when they were done; each is complained about once.

    Only leads may give money back.
    """

    def __init__(
        self, random: Random, bookings: list[Booking], *, now: datetime, agents: list[int], leads: list[int]
    ) -> None:
        done = [
            (at, number, one)
            for number, one in enumerate(bookings)
            if one.paid and one.review is None and (at := one.at(BookingStatus.COMPLETED)) and at > one.paid.at
        ]
        self._done = sorted(done)
        self._random = random
        self._now = now
        self._agents = agents
        self._leads = leads

    def take(self, before: datetime, *, dearest: bool = False) -> Booking:
        """One that was done in the week before then."""
        first = bisect_left(self._done, (before - timedelta(days=7),))
        last = bisect_right(self._done, (before - timedelta(minutes=30),))
        place = self._random.randrange(first, last)
        if dearest:
            place = max(range(first, last), key=lambda place: self._done[place][2].amount_minor)
        return self._done.pop(place)[2]

    def disputes(self, ids: Iterator[int]) -> list[Dispute]:
        """From the oldest on, as their numbers rise."""
        when = [
            (self._now - timedelta(days=self._random.uniform(low, high)), status)
            for status, (count, low, high) in AGES.items()
            for _ in range(count)
        ]
        endings = [one for one, count in RESOLUTIONS.items() for _ in range(count)]
        self._random.shuffle(endings)
        return [self._dispute(next(ids), status, opened, endings) for opened, status in sorted(when)]

    def _dispute(self, dispute_id: int, status: Status, opened: datetime, endings: list[Resolution]) -> Dispute:
        random = self._random
        [priority] = random.choices([*PRIORITIES], [*PRIORITIES.values()])
        booking, words = self.take(opened), random.choice(COMPLAINTS)
        began = [Event("dispute_created", "customer", opened)]
        dispute = Dispute(dispute_id, booking, status, words, priority, opened, began)
        booking.moves.append(Move(BookingStatus.DISPUTED, MovedBy.SYSTEM, opened))
        if status is Status.OPEN:
            return dispute
        dispute.assigned_to = random.choice(self._agents)
        taken = min(opened + timedelta(hours=random.uniform(0.3, 9)), self._now)
        self._moved(dispute, taken, before=Status.OPEN, status=Status.IN_PROGRESS)
        if random.random() < 0.6:
            answered = min(taken + timedelta(hours=random.uniform(0.2, 8)), self._now)
            dispute.answer = (random.choice(ANSWERS), answered)
            dispute.events.append(Event("vendor_responded", "vendor", answered))
        if status is not Status.IN_PROGRESS:
            dispute.resolution = None if status is Status.REJECTED else endings.pop()
            self._decide(dispute, dispute.events[-1].at + timedelta(hours=random.uniform(1, 30)))
        return dispute

    def _moved(self, dispute: Dispute, at: datetime, *, before: Status, status: Status) -> None:
        details = {"status": status, "before": before}
        by = dispute.decided_by or dispute.assigned_to
        dispute.events.append(Event("status_changed", "staff", at, by, details))

    def _decide(self, dispute: Dispute, at: datetime) -> None:
        """All the money back cancels the booking, anything else leaves it done."""
        booking, dispute.decided = dispute.booking, at
        is_refunding = dispute.resolution in REFUNDING
        dispute.decided_by = self._leads[dispute.id % len(self._leads)] if is_refunding else dispute.assigned_to
        is_off = dispute.resolution is Resolution.FULL_REFUND
        became = BookingStatus.CANCELLED if is_off else BookingStatus.COMPLETED
        booking.moves.append(Move(became, MovedBy.STAFF, at, dispute.decided_by))
        booking.cancelled_for = "Dispute resolved with a full refund" if is_off else None
        if is_refunding:
            part = 1.0 if is_off else self._random.choice((0.25, 0.4, 0.5))
            amount = booking.amount_minor if is_off else int(booking.amount_minor * part) // 100 * 100
            dispute.refund = Refund(
                *(uuid7(), booking, RefundStatus.PROCESSED, amount, Origin.DISPUTE, str(dispute.resolution)),
                *(RequestedBy.ADMIN, at, dispute.id, dispute.decided_by, at),
            )
        decided = Status.REJECTED if dispute.status is Status.REJECTED else Status.RESOLVED
        self._moved(dispute, at, before=Status.IN_PROGRESS, status=decided)
        if dispute.status is Status.CLOSED:
            closed = at + timedelta(days=self._random.uniform(1, 5))
            self._moved(dispute, closed, before=Status.RESOLVED, status=Status.CLOSED)

    def refunds(self, disputes: list[Dispute], payers: list[int]) -> list[Refund]:
        """Those of the disputes, the youngest still on their way, and those that were asked for by themselves."""
        of_disputes = [one.refund for one in disputes if one.refund]
        of_disputes.sort(key=lambda one: one.asked)
        for one in of_disputes[-ON_THEIR_WAY:]:
            one.status = RefundStatus.APPROVED
        for one in self._random.sample(of_disputes[:-ON_THEIR_WAY], FAILED):
            one.status = RefundStatus.FAILED
        asked = [
            self._asked(status, payers, dearest=number < DEAREST)
            for status, count in ASKED_FOR.items()
            for number in range(count)
        ]
        return sorted([*of_disputes, *asked], key=lambda one: one.asked)

    def _asked(self, status: RefundStatus, payers: list[int], *, dearest: bool) -> Refund:
        is_open = status is RefundStatus.PENDING
        at = self._now - timedelta(days=self._random.uniform(0.1, 3) if is_open else self._random.uniform(4, 200))
        booking = self.take(at, dearest=dearest)
        part = 1 if dearest else self._random.choice((0.2, 0.5, 1))
        amount = int(booking.amount_minor * part) // 100 * 100
        by = self._random.choice((RequestedBy.USER, RequestedBy.USER, RequestedBy.VENDOR))
        refund = Refund(uuid7(), booking, status, amount, Origin.REQUEST, self._random.choice(REASONS), by, at)
        if not is_open:
            refund.decided, refund.decided_by = at + timedelta(hours=5), self._random.choice(payers)
            refund.said = self._random.choice(WHY_NOT)
        return refund
