"""Disputes, decided without a database."""

import pytest

from backoffice.kernel.urgency import Priority
from backoffice.marketplace.dispute import rules
from backoffice.marketplace.dispute.rules import Status


@pytest.mark.parametrize(
    ("before", "after"), [("low", "medium"), ("medium", "high"), ("high", "urgent"), ("urgent", "urgent")]
)
def test_a_dispute_that_is_late_is_one_step_more_urgent(before: str, after: str) -> None:
    assert rules.raised(Priority(before)) == after


@pytest.mark.parametrize("status", Status)
def test_words_are_taken_until_it_is_closed_and_proof_until_it_is_decided(status: Status) -> None:
    words, proof = True, True
    try:
        rules.check_open_to_words(status)
    except rules.DisputeClosed:
        words = False
    try:
        rules.check_open_to_proof(status)
    except rules.DisputeClosed:
        proof = False

    assert words is (status is not Status.CLOSED)
    assert proof is (status in (Status.OPEN, Status.IN_PROGRESS))
