"""What the code imports is what pyproject.toml names: nothing comes by the way, nothing is installed for nobody."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
OURS = {"backoffice", "tests", "checks", "benchmarks"}
PEER = "benchmarks/peers/django_rest"
"""Runs in an environment of its own."""
SHARED = {
    "opentelemetry.sdk": "opentelemetry-sdk",
    "opentelemetry.exporter": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.proto": "opentelemetry-proto",
    "opentelemetry.context": "opentelemetry-api",
    "opentelemetry.trace": "opentelemetry-api",
}
"""Whose modules stand below a name that several have."""
CALLED_OTHERWISE = {"jwt": "pyjwt", "rest-framework": "djangorestframework"}
NOT_IMPORTED = {
    "fastapi-swagger": "its files are served",
    "flask": "the server of moto",
    "flask-cors": "the server of moto",
    "hatchling": "builds the package",
    "import-linter": "a command",
    "moto": "an S3 server, started as a command",
    "mypy": "a command",
    "pytest-asyncio": "a plugin of pytest",
    "pytest-xdist": "a plugin of pytest",
    "ruff": "a command",
    "slipcover": "a command",
    "squawk-cli": "a command",
    "types-openpyxl": "read by mypy",
    "types-psutil": "read by mypy",
    "tzdata": "read by zoneinfo where the machine has no zones",
    "python-multipart": "reads forms for starlette",
}


def named(requirements: Iterable[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {canonical(match[0]) for match in found if match}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folders: Iterable[str]) -> set[str]:
    """The distributions that the files of these folders import."""
    distributions = packages_distributions()
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    ours = [file for file in files if not file.is_relative_to(ROOT / PEER)]
    modules = {module for file in ours for module in modules_of(file)}
    outside = modules - OURS - set(sys.stdlib_module_names)
    return {SHARED.get(module) or canonical(distributions.get(module, [module])[0]) for module in outside}


def modules_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (_outermost(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield _outermost(node.module)


def _outermost(module: str) -> str:
    """What names its distribution: its first word, or two where several share that."""
    two = ".".join(module.split(".")[:2])
    return two if two in SHARED else module.split(".", maxsplit=1)[0]


EXTRAS = named(one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra)
RUNS = named(PROJECT["project"]["dependencies"]) | EXTRAS
TESTS = named(PROJECT["dependency-groups"]["dev"]) | named(PROJECT["dependency-groups"]["build"])


@pytest.mark.parametrize(("folders", "allowed"), [(["src"], RUNS), (["tests", "checks", "benchmarks"], RUNS | TESTS)])
def test_what_is_imported_is_named(folders: list[str], allowed: set[str]) -> None:
    assert imported(folders) - allowed == set()


def test_what_is_named_is_imported() -> None:
    assert RUNS - imported(["src"]) - NOT_IMPORTED.keys() == set()
    assert TESTS - imported(["src", "tests", "checks", "benchmarks"]) - NOT_IMPORTED.keys() == set()


def test_no_excuse_is_left_over() -> None:
    assert NOT_IMPORTED.keys() - RUNS - TESTS == set()


def test_the_tools_that_audit_have_a_lock_of_their_own_and_come_into_no_other() -> None:
    tools = named(PROJECT["dependency-groups"]["audit"])
    locks = {
        name: named((ROOT / f"requirements{name}.lock").read_text().splitlines()) for name in ("", "-dev", "-audit")
    }

    assert tools <= locks["-audit"]
    assert tools & (locks[""] | locks["-dev"]) == set()


def test_a_peer_of_the_load_runs_needs_what_it_names_and_the_product_has_none_of_it() -> None:
    modules = {canonical(module) for file in (ROOT / PEER).rglob("*.py") for module in modules_of(file)}
    needed = {CALLED_OTHERWISE.get(module, module) for module in modules - OURS - set(sys.stdlib_module_names)}
    pinned = named((ROOT / PEER / "requirements.txt").read_text().splitlines())
    locked = named((ROOT / "requirements-dev.lock").read_text().splitlines())

    assert needed - pinned == set()
    assert {"django", "djangorestframework", "gunicorn"} & (RUNS | TESTS | locked) == set()
