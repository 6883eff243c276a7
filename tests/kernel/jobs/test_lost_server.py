"""A worker whose database is gone, or answers no more, ends, whatever it was doing: somebody will start another."""

import tempfile
from pathlib import Path

import pytest

from benchmarks.kills.lost_server import Ground, Way


@pytest.mark.parametrize("way", [Way.ALL, Way.STOPPED])
def test_a_worker_does_not_outlive_its_database(way: Way) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="backoffice-lost-") as folder,
        Ground(Path(folder) / "var", seed=7) as ground,
    ):
        death = ground.lose_server(way)

    assert death.exit_code == 1
