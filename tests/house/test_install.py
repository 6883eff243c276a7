"""What the locks name is installed, and nothing else: also next month, when every package has a newer release."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
EXTRAS = "requirements-traces.lock"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
BACKEND = """
import pathlib, shutil


def build_editable(folder, config_settings=None, metadata_directory=None):
    wheel = next(pathlib.Path("made").glob("house-1.0-*.whl"))
    return shutil.copy(wheel, folder) and wheel.name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "house"
version = "1.0"
"""


def make_wheel(folder: Path, name: str, version: str, *, needs: str = "", extra: str = "") -> Path:
    """A package of one empty module, as an index would offer it."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += f"Requires-Dist: {needs}\n" if needs else ""
    metadata += f"Provides-Extra: {extra}\n" if extra else ""
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items())
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for path, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            packed.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def line_of(wheel: Path) -> str:
    name, version, *_ = wheel.name.split("-")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """Our Makefile beside a lock of made-up packages, each of which has a newer release in the index.

    The one needs the other with an extra: there pip goes on resolving, and finds what nobody locked.
    """
    index = tmp_path / "made"
    index.mkdir()
    locked = [
        make_wheel(index, "measure", "1.0", extra="files"),
        make_wheel(index, "plugin", "1.0", needs="measure[files]>=1.0"),
    ]
    make_wheel(index, "measure", "2.0", extra="files")
    make_wheel(index, "plugin", "2.0", needs="measure[files]>=2.0")
    make_wheel(index, "house", "1.0", needs="plugin>=1.0")
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "backend.py").write_text(BACKEND)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    for lock in LOCKS:
        (tmp_path / lock).write_text("".join(map(line_of, locked)))
    return tmp_path


def install(checkout: Path, target: str = ".venv/.dev") -> subprocess.CompletedProcess[str]:
    """`make` on a machine whose package index is a folder."""
    known = {"HOME", "PATH", "TMPDIR", "LANG"}
    env = {name: value for name, value in os.environ.items() if name in known}
    return subprocess.run(
        ["make", target, f"PYTHON={sys.executable}"],
        cwd=checkout,
        env={**env, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout / "made")},
        capture_output=True,
        text=True,
        check=False,
    )


def installed(checkout: Path) -> dict[str, str]:
    [packages] = (checkout / ".venv" / "lib").glob("python3*/site-packages")
    found = (PathDistribution(path) for path in packages.glob("*.dist-info"))
    return {one.metadata["Name"]: one.version for one in found}


def test_what_the_lock_names_is_installed_though_everything_has_a_newer_release(checkout: Path) -> None:
    done = install(checkout)

    assert done.returncode == 0, done.stderr
    assert {name: version for name, version in installed(checkout).items() if name in ("measure", "plugin")} == {
        "measure": "1.0",
        "plugin": "1.0",
    }


def test_a_lock_that_names_too_little_is_told_and_nothing_is_fetched_for_it(checkout: Path) -> None:
    lock = checkout / "requirements-dev.lock"
    lock.write_text(lock.read_text().splitlines()[1] + "\n")

    done = install(checkout)

    assert done.returncode != 0
    assert "plugin 1.0 requires measure, which is not installed" in done.stdout + done.stderr
    assert "measure" not in installed(checkout)


def test_no_page_tells_to_resolve_what_the_lock_names() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    told = [command for page in pages for command in re.findall(r"pip\s+install[^`]*", page.read_text())]

    assert told
    assert [command for command in told if "--no-deps" not in command] == []


def test_a_wheel_takes_the_locked_release_of_everything_and_no_release_that_may_mean_other_things(
    built_wheel: Path,
) -> None:
    with zipfile.ZipFile(built_wheel) as packed:
        [metadata] = (name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        told = packed.read(metadata).decode()
    needs = [Requirement(text) for text in re.findall(r"(?m)^Requires-Dist: (.*)$", told)]

    assert len(needs) > 20
    for need in needs:
        lock = LOCKS[0] if need.marker is None or "extra" not in str(need.marker) else EXTRAS
        locked = {canonicalize_name(name): version for name, version in PINNED.findall((ROOT / lock).read_text())}
        version = Version(locked[canonicalize_name(need.name)])
        assert need.specifier.contains(version), f"{need} shuts out what is locked"
        assert not need.specifier.contains(f"{version.major + 1000}.0"), f"{need} has no end"
        assert any(bound.operator in (">=", "==", "~=") for bound in need.specifier), f"{need} has no beginning"
