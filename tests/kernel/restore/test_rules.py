"""Which backup leads to a moment, also after earlier restores; what confirms one; how often."""

from datetime import datetime, timedelta, timezone

import pytest

from backoffice.kernel.backup import Form
from backoffice.kernel.backup.rules import MomentNotCovered
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.restore.rules import (
    ConfirmationWrong,
    Window,
    check_confirmed,
    check_not_lately,
    confirmation_of,
    leading_to,
)
from tests.kernel.restore.shelf import NOON, kept


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def test_the_newest_backup_before_the_moment_leads_to_it() -> None:
    old, new, later = kept(at(0)), kept(at(1)), kept(at(3))

    assert leading_to(at(2), [old, later, new], lost=[]) is new
    assert leading_to(at(3), [old, later, new], lost=[]) is later


def test_no_dump_and_no_later_backup_leads_anywhere() -> None:
    for found in ([], [kept(at(3))], [kept(at(0), form=Form.LOGICAL)]):
        with pytest.raises(MomentNotCovered):
            leading_to(at(2), found, lost=[])


def test_a_backup_of_a_lost_past_leads_to_no_moment_outside_it() -> None:
    """Restored at 5 to 1: what was backed up between them is of a past that nobody came from."""
    before, in_lost_past, since = kept(at(0)), kept(at(4.9)), kept(at(6))
    lost = [Window(at(1), at(5))]

    assert leading_to(at(5.5), [before, in_lost_past], lost=lost) is before
    assert leading_to(at(7), [before, in_lost_past, since], lost=lost) is since
    assert leading_to(at(4.95), [before, in_lost_past, since], lost=lost) is in_lost_past


def test_the_day_of_the_moment_in_utc_confirms() -> None:
    india = timezone(timedelta(hours=5.5))
    moment = datetime(2026, 3, 15, 4, tzinfo=india)

    check_confirmed(" RESTORE-2026-03-14 ", moment=moment)
    assert confirmation_of(NOON.date()) == "RESTORE-2026-03-14"
    for wrong in ("RESTORE-2026-03-15", "restore-2026-03-14", "2026-03-14", ""):
        with pytest.raises(ConfirmationWrong):
            check_confirmed(wrong, moment=moment)


def test_one_an_hour() -> None:
    check_not_lately(None, now=NOON)
    check_not_lately(at(-1), now=NOON)

    with pytest.raises(TooManyRequests) as refused:
        check_not_lately(at(-0.75), now=NOON)
    assert refused.value.retry_after_seconds == 900
