"""The moment that `backoffice restore` is told: shown, confirmed and restored to as one and the same."""

from datetime import UTC, datetime

import pytest
import typer

from backoffice.cli.restoring import moment_named
from backoffice.kernel.restore.rules import check_confirmed, confirmation_of


def test_a_moment_of_another_zone_is_shown_in_utc_and_confirmed_by_the_day_there() -> None:
    moment = moment_named("2026-11-28T01:25:34+08:00")

    assert f"{moment:%Y-%m-%d %H:%M}" == "2026-11-27 17:25"
    check_confirmed(confirmation_of(moment.date()), moment=moment)
    assert moment == datetime(2026, 11, 27, 17, 25, 34, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["0001-01-01T00:00:00+14:00", "2026-11-28T01:25:34", "yesterday"])
def test_what_is_no_moment_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment_named(typed)
