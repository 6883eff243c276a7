"""Invents who brought whom, and what it brought them, as the rules of referrals would have it. Nothing is written."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from backoffice.kernel.identifiers import uuid7
from backoffice.marketplace.booking.rules import Status as BookingStatus
from backoffice.marketplace.customer.invitations import Terms
from backoffice.marketplace.customer.inviting import LENGTH, LETTERS
from backoffice.marketplace.customer.rules import Status as CustomerStatus
from backoffice.marketplace.demo.bookings import Booking, Customer
from backoffice.marketplace.referral.rules import Decision, Ending, Flag, Status

CODES = "marketplace.referral_code"
REFERRALS = "marketplace.referral"
COLUMNS = {
    CODES: "code, customer_id, created_at",
    REFERRALS: (
        "id, code, referrer_id, referred_id, status, reward_minor, minimum_spend_minor, flags, email_verified_at,"
        " first_booking_at, spent_minor, counted, is_due, paid_minor, created_at, expires_at, completed_at,"
        " credited_at, ended_at, ended_because, decision, decided_by, decided_at, decision_reason"
    ),
}
POPULAR, BROUGHT, DOUBTFUL = 150, 0.25, 0.04
"""How many bring friends, which part of the newer customers was brought, which part of those looks doubtful."""
SOON = timedelta(seconds=5)
LOOKED_AT = (
    (None, None),
    (Decision.RELEASED, "Two flats at one address: the customers are neighbours."),
    (Decision.REJECTED, "Both accounts book for the same household."),
)
"""What became of those that were held, in turn: one still waits."""
Row = tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Friend:
    """Somebody who was brought, and what they did in time until the conditions were met."""

    id: UUID
    code: str
    referrer: Customer
    referred: Customer
    terms: Terms
    flags: list[Flag]
    spent_minor: int = 0
    counted: list[str] = field(default_factory=list)
    first_at: datetime | None = None
    met_at: datetime | None = None
    decision: Decision | None = None
    decided: tuple[int, datetime, str] | None = None

    @property
    def expires(self) -> datetime:
        return self.referred.joined + timedelta(days=self.terms.days)

    @property
    def paid_at(self) -> datetime | None:
        if self.decision is Decision.RELEASED and self.decided:
            return self.decided[1]
        return None if self.flags else self.met_at

    def count(self, bookings: Iterable[Booking]) -> None:
        """The bookings of the one who was brought, in the order in which they were done."""
        for one in bookings:
            done, paid = one.at(BookingStatus.COMPLETED), one.paid
            if done is None or done > self.expires or self.met_at is not None:
                continue
            self.first_at = self.first_at or done
            if not self.counted or self.spent_minor < self.terms.minimum_spend_minor:
                self.counted.append(one.id)
            if paid is None or paid.at > self.expires:
                continue
            self.spent_minor += one.amount_minor
            is_enough = self.spent_minor >= self.terms.minimum_spend_minor
            if is_enough and (reached := self.referred.email_verified):
                self.met_at = max(done, paid.at, reached) + SOON

    def row(self, now: datetime) -> Row:
        is_late = self.met_at is None and now > self.expires
        status = Status.EXPIRED if is_late else Status.PENDING
        if self.met_at is not None:
            status = Status.PAID if self.paid_at else Status.COMPLETED
        ended = (self.expires + SOON, Ending.CONDITIONS_NOT_MET) if is_late else (None, None)
        if self.decision is Decision.REJECTED and self.decided:
            status, ended = Status.EXPIRED, (self.decided[1], Ending.REJECTED)
        reward = self.terms.reward_minor
        return (
            *(self.id, self.code, self.referrer.id, self.referred.id, status, reward, self.terms.minimum_spend_minor),
            *(self.flags, self.referred.email_verified, self.first_at),
            *(self.spent_minor, self.counted if self.met_at else [], False, reward if self.paid_at else 0),
            *(self.referred.joined, self.expires, self.met_at, self.paid_at),
            *(*ended, self.decision, *(self.decided or (None, None, None))),
        )

    def entry(self) -> Row:
        return (self.referrer.id, "wallet", self.terms.reward_minor, "referral", f"referral:{self.id}", self.paid_at)


def befriend(
    random: Random, clients: list[Customer], *, bookings: list[Booking], troubled: set[int], terms: Terms
) -> list[Friend]:
    """Who joined within the last year, active on both sides; not those of whose money some went back."""
    active = [one for one in clients if one.standing is CustomerStatus.ACTIVE]
    active.sort(key=lambda one: one.joined)
    popular = random.sample(active[: len(active) // 2], POPULAR)
    codes = {one.id: "".join(random.choices(LETTERS, k=LENGTH)) for one in popular}
    booked: dict[int, list[Booking]] = defaultdict(list)
    for booking in bookings:
        booked[booking.customer.id].append(booking)
    friends = []
    for one in active[len(active) // 2 :]:
        if one.id in troubled or random.random() > BROUGHT:
            continue
        referrer = random.choice(popular)
        flags = [Flag.SAME_ADDRESS] if random.random() < DOUBTFUL else []
        friend = Friend(uuid7(), codes[referrer.id], referrer, one, terms, flags)
        done = [(at, mine) for mine in booked[one.id] if (at := mine.at(BookingStatus.COMPLETED))]
        friend.count(mine for _, mine in sorted(done, key=lambda each: (each[0], each[1].id)))
        friends.append(friend)
    return friends


def decide(friends: list[Friend], *, deciders: list[int], now: datetime) -> None:
    """Somebody looks at those that are held with all conditions met, within two days."""
    held = [one for one in friends if one.flags and one.met_at]
    for number, one in enumerate(held):
        assert one.met_at is not None, "these are held"
        decision, reason = LOOKED_AT[number % len(LOOKED_AT)]
        at = one.met_at + timedelta(hours=5 + 7 * number % 40)
        if decision and reason and at < now:
            one.decision, one.decided = decision, (deciders[number % len(deciders)], at, reason)


def tables(friends: list[Friend], now: datetime) -> dict[str, list[Row]]:
    owners = {one.code: one.referrer for one in friends}
    return {
        CODES: [(code, owner.id, owner.joined) for code, owner in owners.items()],
        REFERRALS: [one.row(now) for one in friends],
    }


def purse(friends: list[Friend], random: Random) -> list[Row]:
    """Rewards, and what some spent of them."""
    paid = [one for one in friends if one.paid_at]
    spent = [
        (one.referrer.id, "wallet", -one.terms.reward_minor // 2, "spend", f"voucher-{one.id}", one.paid_at)
        for one in paid
        if random.random() < 0.3
    ]
    return [*(one.entry() for one in paid), *spent]
