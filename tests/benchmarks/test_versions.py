"""Older versions are found in a clone that has them; one that is shallow or has no tags says so."""

import subprocess
from pathlib import Path

import pytest

from benchmarks import versions
from benchmarks.versions import NotInThisClone


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits, the first of them tagged."""
    home = tmp_path / "history"
    _git(tmp_path, "init", "--quiet", home.name)
    for number in ("1", "2"):
        (home / "number").write_text(number)
        _git(home, "add", "number")
        _git(home, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", number)
        if number == "1":
            _git(home, "tag", "v0.1.0")
    monkeypatch.setattr(versions, "HERE", home)
    return home


def _git(at: Path, *words: str) -> None:
    subprocess.run([versions.GIT, *words], cwd=at, check=True)


def test_the_version_before_is_the_last_tag_and_can_be_checked_out(history: Path, tmp_path: Path) -> None:
    assert versions.version_before() == "v0.1.0"

    versions.check_out(versions.commit_of("v0.1.0"), tmp_path / "old")

    assert (tmp_path / "old/number").read_text() == "1"
    assert (history / "number").read_text() == "2"


def test_a_shallow_clone_says_what_would_bring_an_older_version(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _git(tmp_path, "clone", "--quiet", "--depth=1", history.as_uri(), "shallow")
    monkeypatch.setattr(versions, "HERE", tmp_path / "shallow")

    with pytest.raises(NotInThisClone, match="no version was tagged before this commit"):
        versions.version_before()
    with pytest.raises(NotInThisClone, match="git fetch --unshallow --tags"):
        versions.commit_of("v0.1.0")
