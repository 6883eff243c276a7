"""What a broadcast may become, and who gets it in which way."""

import pytest

from backoffice.helpdesk.broadcast import rules
from backoffice.helpdesk.broadcast.rules import TRANSITIONS, Status, Unreachable, Way, way_to
from backoffice.helpdesk.outbox.rules import OPTED_OUT


@pytest.mark.parametrize(
    ("opted_out", "in_window", "has_template", "way"),
    [
        (False, True, False, Way.TEXT),
        (False, True, True, Way.TEXT),
        (False, False, True, Way.TEMPLATE),
        (False, False, False, Unreachable(rules.WINDOW_CLOSED)),
        (True, True, True, Unreachable(OPTED_OUT)),
    ],
)
def test_free_text_goes_out_within_24_hours_and_a_template_later_but_nothing_to_who_opted_out(
    opted_out: bool, in_window: bool, has_template: bool, way: Way | Unreachable
) -> None:
    assert way_to(opted_out=opted_out, in_window=in_window, has_template=has_template) == way


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED])
def test_what_is_over_cannot_be_cancelled(status: Status) -> None:
    with pytest.raises(rules.BroadcastOver, match=f"A {status} broadcast can't be cancelled"):
        rules.check_can_cancel(status)


def test_a_broadcast_that_is_over_goes_nowhere() -> None:
    assert {status for status, news in TRANSITIONS.items() if news} == rules.LIVE


def test_a_broadcast_that_reached_nobody_has_failed() -> None:
    assert (rules.end_of(0), rules.end_of(1)) == (Status.FAILED, Status.COMPLETED)
