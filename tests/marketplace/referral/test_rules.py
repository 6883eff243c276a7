"""When the conditions of a referral are met, when it ends, which signs stay, how its reward stands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backoffice.marketplace.referral import rules
from backoffice.marketplace.referral.rules import Ending, Facts, Flag, Payout, Status

NOW = datetime(2026, 1, 15, tzinfo=UTC)
MET = Facts(
    email_verified_at=NOW,
    first_booking_at=NOW,
    spent_minor=500,
    counted=["bkg_1"],
    is_over=False,
    is_given_back=False,
    is_referrer_gone=False,
    flags=[],
)


def test_every_condition_is_needed_and_exactly_the_minimum_is_enough() -> None:
    assert rules.is_met(MET, minimum_spend_minor=500)
    assert not rules.is_met(MET, minimum_spend_minor=501)
    assert not rules.is_met(replace(MET, email_verified_at=None), minimum_spend_minor=0)
    assert not rules.is_met(replace(MET, first_booking_at=None), minimum_spend_minor=0)


@pytest.mark.parametrize(
    ("status", "facts", "because"),
    [
        (Status.PENDING, MET, None),
        (Status.PENDING, replace(MET, is_over=True), Ending.CONDITIONS_NOT_MET),
        (Status.COMPLETED, replace(MET, is_over=True), None),
        (Status.COMPLETED, replace(MET, is_given_back=True), Ending.BOOKING_REFUNDED),
        (Status.PAID, replace(MET, is_given_back=True, is_over=True), Ending.BOOKING_REFUNDED),
        (Status.PAID, replace(MET, is_referrer_gone=True), None),
        (Status.COMPLETED, replace(MET, is_referrer_gone=True), Ending.REFERRER_GONE),
        (Status.EXPIRED, replace(MET, is_over=True, is_given_back=True, is_referrer_gone=True), None),
    ],
)
def test_it_ends_for_one_reason(status: Status, facts: Facts, because: Ending | None) -> None:
    assert rules.ending(status, facts) is because
    assert because is None or Status.EXPIRED in rules.TRANSITIONS[status]


def test_a_sign_stays_and_only_an_account_becomes_active_again() -> None:
    known: list[str] = [Flag.SAME_DEVICE, Flag.ACCOUNT_NOT_ACTIVE]

    assert rules.flags_now(known, []) == [Flag.SAME_DEVICE]
    assert rules.flags_now(known, [Flag.ACCOUNT_NOT_ACTIVE, Flag.SELF_REFERRAL]) == [
        Flag.ACCOUNT_NOT_ACTIVE,
        Flag.SAME_DEVICE,
        Flag.SELF_REFERRAL,
    ]


@pytest.mark.parametrize(
    ("status", "held", "was_paid", "payout"),
    [
        (Status.PENDING, False, False, Payout.PENDING),
        (Status.PENDING, True, False, Payout.HELD),
        (Status.COMPLETED, True, False, Payout.HELD),
        (Status.PAID, False, True, Payout.PAID),
        (Status.EXPIRED, False, False, Payout.NONE),
        (Status.EXPIRED, False, True, Payout.TAKEN_BACK),
    ],
)
def test_how_a_reward_stands(status: Status, held: bool, was_paid: bool, payout: Payout) -> None:
    assert rules.payout(status, is_held=held, was_paid=was_paid) is payout
