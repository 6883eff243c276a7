"""Both commands and the wheel install what they were tested with, also when every package has a newer release.

A folder stands for the package index. It has each package twice: as the lock names it, and newer by far. Most are empty
but for what the real ones say they need, which is what pip decides by.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEWER = "99999.0"
BUILDERS = ("hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers")
"""These are whole, because they run: they build our own package."""
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)((?: ;[^\\\n]+)?) \\\n(?: +--hash=\S+(?: \\)?\n)+", re.MULTILINE)
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each package of the locks that is installed here, as it is and newer."""
    folder = tmp_path_factory.mktemp("index")
    for name in {name for name, _, _ in PINNED.findall((ROOT / "requirements-dev.lock").read_text())}:
        if real := found(name):
            write_wheel(folder, name, real.version, real=real)
            write_wheel(folder, name, NEWER, real=real)
    return folder


def found(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def write_wheel(folder: Path, name: str, version: str, *, real: Distribution) -> None:
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    said = [f"Provides-Extra: {extra}\n" for extra in real.metadata.get_all("Provides-Extra") or []]
    said += [f"Requires-Dist: {need}\n" for need in real.requires or []]
    parts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{''.join(said)}".encode(),
        f"{info}/WHEEL": WHEEL.encode(),
    }
    if name in BUILDERS:
        parts[f"{info}/entry_points.txt"] = (real.read_text("entry_points.txt") or "").encode()
        parts |= {
            part.as_posix(): part.read_binary()
            for part in real.files or []
            if not part.parts[0].endswith((".dist-info", "..")) and part.suffix != ".pyc"
        }
    parts[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in parts).encode()
    with zipfile.ZipFile(folder / f"{plain}-{version}-py3-none-any.whl", "w") as packed:
        for path, content in parts.items():
            packed.writestr(path, content)


def lock_for(index: Path, lock: Path) -> str:
    """The lock with the hashes of the folder's files; what is not for this machine keeps its own."""

    def pinned(line: re.Match[str]) -> str:
        name, version, marker = line.groups()
        file = index / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        if not file.exists():
            return line[0]
        return f"{name}=={version}{marker} \\\n    --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"

    return PINNED.sub(pinned, lock.read_text())


def only(index: Path) -> dict[str, str]:
    """An environment in which pip knows nothing but the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "COV", "VIRTUAL_ENV"))}
    pip = {"CONFIG_FILE": os.devnull, "NO_INDEX": "1", "FIND_LINKS": str(index), "NO_COMPILE": "1"}
    return kept | {f"PIP_{name}": value for name, value in pip.items()}


def versions_of(python: Path, env: dict[str, str]) -> dict[str, str]:
    told = subprocess.run(
        [python, "-m", "pip", "list", "--format=json"], env=env, capture_output=True, text=True, check=True
    )
    return {one["name"].lower().replace("_", "-"): one["version"] for one in json.loads(told.stdout)}


@pytest.mark.parametrize(("target", "lock"), [(".run", "requirements.lock"), (".dev", "requirements-dev.lock")])
def test_a_command_installs_what_the_lock_names_and_nothing_newer(
    index: Path, tmp_path: Path, target: str, lock: str
) -> None:
    for name in ("Makefile", "pyproject.toml", "LICENSE", "README.md", "src", "migrations"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / lock).write_text(lock_for(index, ROOT / lock))
    env = only(index)

    done = subprocess.run(
        ["make", f".venv/{target}", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    versions = versions_of(tmp_path / ".venv" / "bin" / "python", env)
    named = {name for name, _, _ in PINNED.findall((tmp_path / lock).read_text()) if found(name)}
    assert {name: versions.get(name) for name in named} == {name: distribution(name).version for name in named}
    assert versions["backoffice"] == distribution("backoffice").version


def test_the_wheel_takes_no_release_that_nobody_tried(index: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")

    told = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-", wheel],
        env=only(index),
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    chosen = {one["metadata"]["name"]: one["metadata"]["version"] for one in json.loads(told.stdout)["install"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[^a-z0-9-]", need, maxsplit=1)[0] for need in project["dependencies"]}
    assert {name: chosen[name] for name in named} == {name: distribution(name).version for name in named}


def test_no_page_tells_to_resolve_what_the_lock_names() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    told = [command for page in pages for command in re.findall(r"pip\s+install[^`]*", page.read_text())]

    assert told
    assert [command for command in told if "--no-deps" not in command] == []
