"""How delivery statuses move a message, in whatever order they come."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.outbox import rules
from backoffice.helpdesk.outbox.rules import TRANSITIONS, Status
from backoffice.helpdesk.whatsapp.payload import DeliveryState, DeliveryStatus

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(state: DeliveryState, minute: int = 0, wa_message_id: str = "wamid.1") -> DeliveryStatus:
    why = "Message undeliverable (131026)" if state is DeliveryState.FAILED else None
    return DeliveryStatus(wa_message_id, state, "bo:7", NOON + timedelta(minutes=minute), "+919876543210", why)


@given(st.sampled_from(Status), st.lists(st.tuples(st.sampled_from(DeliveryState), st.integers(0, 5))))
def test_statuses_only_ever_move_a_message_along_its_table(
    status: Status, states: list[tuple[DeliveryState, int]]
) -> None:
    result = rules.told_by([told(*one) for one in states], status=status, wa_message_id="wamid.1")

    assert result is None or result.status in TRANSITIONS[status]


@given(st.permutations([DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ]))
def test_the_order_in_which_statuses_arrive_does_not_matter(states: list[DeliveryState]) -> None:
    times = {DeliveryState.SENT: 0, DeliveryState.DELIVERED: 1, DeliveryState.READ: 2}
    status = Status.SENDING
    for state in states:
        step = rules.told_by([told(state, times[state])], status=status, wa_message_id="wamid.1")
        status = step.status if step else status

    assert status is Status.READ


def test_a_batch_keeps_the_time_of_every_step() -> None:
    batch = [told(DeliveryState.READ, 2), told(DeliveryState.SENT, 0), told(DeliveryState.DELIVERED, 1)]

    result = rules.told_by(batch, status=Status.SENDING, wa_message_id=None)

    assert result is not None
    assert result.status is Status.READ
    assert result.times == {
        Status.SENT: NOON,
        Status.DELIVERED: NOON + timedelta(minutes=1),
        Status.READ: NOON + timedelta(minutes=2),
    }


def test_a_delivered_message_does_not_fail_afterwards() -> None:
    assert rules.told_by([told(DeliveryState.FAILED)], status=Status.DELIVERED, wa_message_id="wamid.1") is None


def test_the_failure_of_an_earlier_try_says_nothing_about_the_present_one() -> None:
    earlier = told(DeliveryState.FAILED, wa_message_id="wamid.0")

    assert rules.told_by([earlier], status=Status.SENT, wa_message_id="wamid.1") is None


def test_a_failure_is_told_with_its_reason() -> None:
    result = rules.told_by([told(DeliveryState.FAILED)], status=Status.SENT, wa_message_id="wamid.1")

    assert result is not None
    assert (result.status, result.error) == (Status.FAILED, "Message undeliverable (131026)")


@pytest.mark.parametrize("tracker", [None, "", "bo:", "bo:0", "bo:12x", "other:7", "bo:" + "9" * 19, "bo:\u0667"])
def test_a_tracker_that_is_not_ours_is_nobodys(tracker: str | None) -> None:
    assert rules.id_of(tracker) is None


@given(st.integers(1, 10**18 - 1))
def test_a_tracker_brings_its_id_back(outbound_id: int) -> None:
    assert rules.id_of(rules.tracker_of(outbound_id)) == outbound_id


@given(st.text(max_size=60), st.integers(1, 50))
def test_a_shortened_text_fits_and_begins_like_the_long_one(text: str, most: int) -> None:
    short = rules.shorten(text, most)

    assert len(short) <= most
    assert short == text or text.startswith(short[:-1])
