"""Other versions of this code than the one that is checked out: older ones from git, and a made-up next one."""

import shutil
import subprocess
import tarfile
from pathlib import Path

HERE = Path(__file__).parents[1]
GIT = shutil.which("git") or "git"


class NotInThisClone(Exception):
    """The version asked for is not there; the message says why, and what may bring it."""


def version_before() -> str:
    """The last tag before this commit. NotInThisClone."""
    said = _git("describe", "--tags", "--abbrev=0", "HEAD^")
    if said is None:
        raise NotInThisClone("no version was tagged before this commit, or its tag is not in this clone.")
    return said


def commit_of(ref: str) -> str:
    """NotInThisClone."""
    commit = _git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if commit is None:
        is_shallow = _git("rev-parse", "--is-shallow-repository") == "true"
        fetch = "git fetch --unshallow --tags" if is_shallow else "git fetch --tags"
        raise NotInThisClone(f"{ref} is not in this clone. Perhaps `{fetch}` brings it.")
    return commit


def _git(*words: str) -> str | None:
    """What git says of this clone; None where it fails."""
    done = subprocess.run([GIT, *words], cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def check_out(commit: str, folder: Path) -> None:
    """The files of that commit. The clone, which may be shallow, stays as it is."""
    packed = folder.with_suffix(".tar")
    subprocess.run([GIT, "archive", "--format=tar", f"--output={packed}", commit], cwd=HERE, check=True)
    with tarfile.open(packed) as files:
        files.extractall(folder, filter="data")
    packed.unlink()


def next_version(folder: Path) -> Path:
    """This code with two more migrations: a column, and an index that is built outside a transaction."""
    for part in ("src", "migrations"):
        shutil.copytree(HERE / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    more = folder / "migrations"
    (more / "9000_more.sql").write_text("ALTER TABLE marketplace.customer ADD COLUMN hat text;\n")
    (more / "9001_index.sql").write_text(
        "-- outside a transaction: customers are written to meanwhile\n\n"
        "DROP INDEX CONCURRENTLY IF EXISTS marketplace.customer_hat_idx;\n\n"
        "CREATE INDEX CONCURRENTLY customer_hat_idx ON marketplace.customer (hat);\n"
    )
    return folder
