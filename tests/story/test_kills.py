"""The house under kill -9: people write, parts of it die at random moments, and no promise is broken."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kills.helpdesk.play import HELPDESK
from benchmarks.kills.marketplace.play import MARKETPLACE
from benchmarks.kills.shield.play import SHIELD
from benchmarks.kills.storm import Fire, Scene, storm


@pytest.mark.parametrize(
    ("scene", "kills", "seed"),
    [
        pytest.param(HELPDESK, 5, 20, id="helpdesk"),
        pytest.param(SHIELD, 3, 20, id="shield"),
        pytest.param(MARKETPLACE, 3, 20, id="marketplace"),
    ],
)
def test_nothing_is_lost_or_doubled_when_parts_are_killed_and_the_house_goes_on_by_itself(
    moved_in: Callable[[str], Path], scene: Scene, kills: int, seed: int
) -> None:
    report = storm(scene, moved_in("kills"), fire=Fire(kills, seed))

    assert [finding for finding in report.findings if finding.is_broken] == []
    assert len(report.kills) == kills
