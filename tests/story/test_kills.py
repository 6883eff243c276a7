"""The house under kill -9: customers write, parts of it die at random moments, and no promise is broken."""

from pathlib import Path

from benchmarks.kills.storm import storm

KILLS = 5
SEED = 20


def test_nothing_is_lost_or_doubled_when_parts_are_killed_and_the_house_goes_on_by_itself(tmp_path: Path) -> None:
    report = storm(tmp_path / "var", times=KILLS, seed=SEED)

    assert [finding for finding in report.findings if finding.is_broken] == []
    assert len(report.kills) == KILLS
