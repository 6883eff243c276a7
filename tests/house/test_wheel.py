"""The wheel that is built from this checkout brings everything that a run of it reads."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from backoffice import __version__
from backoffice.kernel.database.migrations import known_migrations

ROOT = Path(__file__).parents[2]
TELL = """
from backoffice.kernel.database import migrations
print(migrations.FOLDER, *(one.name for one in migrations.known_migrations()))
"""


@pytest.fixture(scope="module")
def unpacked(built_wheel: Path) -> Path:
    folder = built_wheel.parent / "installed"
    with zipfile.ZipFile(built_wheel) as packed:
        packed.extractall(folder)
    return folder


def test_it_has_every_file_of_the_package(unpacked: Path) -> None:
    here = {path.relative_to(ROOT / "src") for path in (ROOT / "src" / "backoffice").rglob("*") if path.is_file()}
    brought = {path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()}

    assert {path for path in here - brought if "__pycache__" not in path.parts} == set()


def test_its_name_has_the_version_that_its_code_says(built_wheel: Path) -> None:
    assert built_wheel.name.startswith(f"backoffice-{__version__}-")


def test_it_finds_the_migrations_that_it_brings(unpacked: Path, tmp_path: Path) -> None:
    measured = {name for name in os.environ if name.startswith("COV")}
    env = {name: value for name, value in os.environ.items() if name not in measured}
    told = subprocess.run(
        [sys.executable, "-c", TELL],
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )

    migrations = unpacked / "backoffice" / "migrations"
    assert told.stdout.split() == [str(migrations), *(one.name for one in known_migrations())]
