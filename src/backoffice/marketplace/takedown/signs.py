"""What speaks for and against a review: signs that are computed from what is known, for people to judge. Pure.

None of them decides anything: a new customer may be right, and an old one may lie.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backoffice.marketplace.customer import rules as customer_rules

NEW_ACCOUNT, JUST_OPENED = timedelta(days=30), timedelta(days=7)
AT_ONCE, LONG_AFTER = timedelta(minutes=5), timedelta(days=14)
MANY_IN_A_DAY, BURST, TIMES_USUAL = 3, 5, 5
FEW_ACTS, LOW_TRUST = 5, 50
FEWEST_TO_JUDGE, LOW_AVERAGE = 3, 2.0
SIMILAR = 0.5
"""From how much of their words on two reviews count as alike."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a review, its reviewer and its vendor, at the time when it was written or now.

    `near_at_vendor` counts reviews of the same side (good or bad) within a day, `usual_at_vendor` how many the vendor
    has on an average day. `lost_dispute_at` is when the last dispute of the booking went against the customer.
    """

    written_at: datetime
    registered_at: datetime
    completed_at: datetime | None
    lost_dispute_at: datetime | None
    logins: int
    bookings: int
    cancelled: int
    disputes: int
    reviews: int
    stars: int
    trust: int
    reviews_that_day: int
    near_at_vendor: int
    usual_at_vendor: float
    taken_down_before: int


def risk_flags(facts: Facts) -> list[str]:
    """What makes staff look twice at the reviewer's account."""
    found = [
        *["new_account"] * _is_new(facts),
        *["low_activity"] * (facts.logins + facts.bookings + facts.reviews < FEW_ACTS),
        *["low_trust"] * (facts.trust < LOW_TRUST),
    ]
    return found + customer_rules.flags(cancelled=facts.cancelled, bookings=facts.bookings, disputes=facts.disputes)


def behavior_flags(facts: Facts, *, alike: int, copied: int) -> list[str]:
    """How the reviewer reviews: `alike` are reviews of theirs with much the same words, `copied` those of others."""
    is_harsh = facts.reviews >= FEWEST_TO_JUDGE and facts.stars / facts.reviews <= LOW_AVERAGE
    return [
        *["new_account"] * _is_new(facts),
        *["single_booking"] * (facts.bookings <= 1),
        *["many_reviews_in_a_day"] * (facts.reviews_that_day >= MANY_IN_A_DAY),
        *["mostly_negative"] * is_harsh,
        *["repeats_own_words"] * (alike > 0),
        *["same_words_as_others"] * (copied > 0),
        *["reviews_taken_down_before"] * (facts.taken_down_before > 0),
    ]


def timing_signs(facts: Facts) -> Iterator[str]:
    """Why the moment at which a review was written is unusual."""
    if facts.written_at - facts.registered_at < JUST_OPENED:
        yield "account_just_opened"
    if facts.completed_at is not None:
        waited = facts.written_at - facts.completed_at
        if waited < AT_ONCE:
            yield "right_after_completion"
        if waited > LONG_AFTER:
            yield "long_after_completion"
    if facts.reviews_that_day >= MANY_IN_A_DAY:
        yield "many_reviews_in_a_day"
    if facts.near_at_vendor >= max(BURST, TIMES_USUAL * facts.usual_at_vendor):
        yield "burst_at_vendor"
    if facts.lost_dispute_at is not None and timedelta(0) <= facts.written_at - facts.lost_dispute_at < LONG_AFTER:
        yield "after_lost_dispute"


def _is_new(facts: Facts) -> bool:
    return facts.written_at - facts.registered_at < NEW_ACCOUNT
