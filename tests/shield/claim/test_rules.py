"""What may be moved and approved, what counts as a document, and the facts a reviewer sees."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.shield.claim import rules
from backoffice.shield.claim.rules import TRANSITIONS, Status

MONEY = st.integers(0, 10_000)
ENROLLED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("requested", Status)
def test_staff_make_every_move_but_those_that_money_makes(current: Status, requested: Status) -> None:
    by_money = {(Status.APPROVED, Status.PAID), (Status.PAID, Status.APPROVED)}
    may = requested in TRANSITIONS[current] and (current, requested) not in by_money

    if may:
        rules.check_move_by_hand(current, requested)
    else:
        with pytest.raises((rules.IllegalMove, rules.PaidByPayouts)):
            rules.check_move_by_hand(current, requested)


@given(amount=MONEY, now_approved=MONEY, requested=MONEY, remaining=MONEY, live=MONEY)
def test_an_amount_passes_only_between_payouts_and_what_was_asked_and_is_covered(
    amount: int, now_approved: int, requested: int, remaining: int, live: int
) -> None:
    try:
        rules.check_amount(amount, now_approved=now_approved, requested=requested, remaining=remaining, live=live)
    except (rules.AboveRequested, rules.AboveCoverage, rules.BelowPayouts):
        assert amount > requested or amount < live or (amount > now_approved and amount > remaining)
    else:
        assert live <= amount <= requested
        assert amount <= max(now_approved, remaining)


def test_a_refused_amount_says_the_limit_in_dollars() -> None:
    with pytest.raises(rules.AboveCoverage, match=r"\$1,234\.05"):
        rules.check_amount(200_000, now_approved=0, requested=500_000, remaining=123_405, live=0)


@given(approved=st.integers(1, 10_000), completed=MONEY)
def test_a_claim_is_paid_exactly_while_completed_payouts_reach_what_was_approved(approved: int, completed: int) -> None:
    expected = Status.PAID if completed >= approved else Status.APPROVED

    assert rules.settled(Status.APPROVED, approved=approved, completed=completed) is expected
    assert rules.settled(Status.PAID, approved=approved, completed=completed) is expected


@pytest.mark.parametrize("status", [Status.PENDING, Status.UNDER_REVIEW, Status.DENIED])
def test_money_moves_no_claim_that_is_not_approved(status: Status) -> None:
    assert rules.settled(status, approved=None, completed=100) is status


@pytest.mark.parametrize(
    ("lost_after_days", "was_enrolled", "satisfied"),
    [(13, True, False), (14, True, True), (90, True, True), (90, False, False)],
)
def test_the_waiting_period_is_satisfied_by_work_lost_after_it_while_enrolled(
    lost_after_days: int, was_enrolled: bool, satisfied: bool
) -> None:
    lost = ENROLLED + timedelta(days=lost_after_days)

    waiting = rules.waiting_period(ENROLLED, 14, termination_date=lost, was_enrolled=was_enrolled)

    assert (waiting.ends_at, waiting.is_satisfied) == (ENROLLED + timedelta(days=14), satisfied)


def test_nobody_satisfies_a_waiting_period_who_was_never_enrolled() -> None:
    waiting = rules.waiting_period(None, 14, termination_date=ENROLLED, was_enrolled=False)

    assert (waiting.ends_at, waiting.is_satisfied) == (None, False)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", "application/pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
    ],
)
def test_a_document_is_what_its_bytes_say(content: bytes, kind: str) -> None:
    assert rules.recognised(content) == kind


@pytest.mark.parametrize("content", [b"", b"%PD", b"MZ\x90\x00", b"<html>%PDF-", b"GIF89a", b" %PDF-1.7"])
def test_anything_else_is_no_document(content: bytes) -> None:
    with pytest.raises(rules.UnknownContent):
        rules.recognised(content)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\letter.pdf", "letter.pdf"),
        ("a\r\nb\x1b.pdf", "ab.pdf"),
        ("", "document"),
        ("..", "document"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_file_name_is_kept_as_a_label_only(sent: str, kept: str) -> None:
    assert rules.shown_name(sent) == kept
