"""The house rules catch what they forbid and nothing else, the repository keeps them, the locks name no registry,
and the import walls know every product.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from checks.finding import Finding
from checks.house import ROOT, breaches_below, find_breaches, worse_than

PRODUCTS = ("marketplace", "helpdesk", "shield")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def rules_broken_by(code: str, path: str = "src/backoffice/kernel/clock.py") -> list[str]:
    return [finding.rule for finding in find_breaches(f'"""A file."""\n{code}\n', path)]


def function_of(lines: int) -> str:
    return "def wind(clock):\n" + "\n".join("    clock.turn()" for _ in range(lines - 1))


def test_a_file_may_have_300_lines_and_not_one_more() -> None:
    assert rules_broken_by("\n".join("pass" for _ in range(299))) == []
    assert rules_broken_by("\n".join("pass" for _ in range(300))) == ["file lines"]


def test_a_function_may_have_40_lines_and_not_one_more() -> None:
    assert rules_broken_by(function_of(40)) == []
    assert rules_broken_by(function_of(41)) == ["function lines"]


def test_a_long_method_is_reported_with_its_class_line_and_size() -> None:
    method = "\n".join(f"    {line}" for line in function_of(45).replace("clock", "self").splitlines())

    (finding,) = find_breaches(f'"""A file."""\nclass Clock:\n{method}\n', "src/backoffice/kernel/clock.py")

    assert (finding.name, finding.line, finding.says) == ("Clock.wind", 3, "45 lines (40)")


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("def wind(a, b, *, c, d, e): ...", []),
        ("def wind(a, b, *, c, d, e, f): ...", ["parameters"]),
        ("def wind(a, b, c): ...", ["parameters by position"]),
        ("def wind(a, b, c, d, e, f): ...", ["parameters", "parameters by position"]),
        ("async def set_status(tx, ticket, to, *, notes): ...", []),
        ("async def set_status(tx, ticket, to, notes): ...", ["parameters by position"]),
        ("class Clock:\n    def wind(self, a, b, *, c, d, e): ...", []),
        ("class Clock:\n    def wind(self, tx, a, b, *, c, d): ...", []),
        ("class Clock:\n    def wind(self, a, b, c): ...", ["parameters by position"]),
        ("class Clock:\n    @classmethod\n    def of(cls, a, b, *, c, d, e): ...", []),
        ("class Clock:\n    @staticmethod\n    def of(a, b, c): ...", ["parameters by position"]),
        ("class Clock:\n    def __init__(self, a, b, c): ...", ["parameters by position"]),
        ("class Clock:\n    def __exit__(self, kind, error, trace): ...", []),
        ("async def app(scope, receive, send, /): ...", []),
        ("async def app(scope, receive, send): ...", []),
        ("class Door:\n    async def handle(self, scope, receive, send): ...", []),
        ("async def app(scope, send, receive): ...", ["parameters by position"]),
        ("def _wind(a, b, c, d, e): ...", []),
        ("def _wind(a, b, c, d, e, f): ...", ["parameters"]),
        ("class Clock:\n    def _wind(self, a, b, c): ...", []),
        ("class App:\n    async def serve(self, scope, receive, send, /): ...", []),
        ("@door.get('/clock')\nasync def clock(a, b, c): ...", []),
        ("@contextmanager\ndef winding(a, b, c): ...", ["parameters by position"]),
        ("def outer():\n    def inner(a, b, c): ...", ["parameters by position"]),
    ],
)
def test_parameters_are_few_and_named_after_the_second(code: str, broken: list[str]) -> None:
    assert rules_broken_by(code) == broken


def test_tests_take_their_fixtures_by_name() -> None:
    assert rules_broken_by("def test_it_winds(a, b, c): ...", "tests/kernel/test_clock.py") == []


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "service", "services", "manager", "misc"])
def test_a_name_that_says_nothing_is_refused_for_files_and_folders(name: str) -> None:
    assert rules_broken_by("", f"src/backoffice/kernel/{name}.py") == ["name"]
    assert rules_broken_by("", f"src/backoffice/{name}/clock.py") == ["name"]


def test_a_file_without_a_docstring_is_refused() -> None:
    assert [finding.rule for finding in find_breaches("import os\n", "benchmarks/clock.py")] == ["docstring"]


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_work_left_for_later_is_refused_in_comments_and_docstrings_but_not_in_data(word: str) -> None:
    assert rules_broken_by(f"pass  # {word} wind it") == ["unfinished"]
    assert rules_broken_by(f'def wind():\n    """{word}: wind it."""') == ["unfinished"]
    assert rules_broken_by(f"reference = '{word}-1'") == []


def test_an_act_that_is_not_implemented_is_refused() -> None:
    assert rules_broken_by("def wind():\n    raise NotImplementedError") == ["unfinished"]


@pytest.mark.parametrize("code", ["from fastapi import HTTPException", "raise fastapi.HTTPException(404)"])
def test_the_web_frameworks_exception_stays_in_kernel_web(code: str) -> None:
    assert rules_broken_by(code, "src/backoffice/helpdesk/ticket/api.py") == ["HTTPException"]
    assert rules_broken_by(code, "src/backoffice/kernel/web/errors.py") == []


def test_only_the_command_line_prints() -> None:
    assert rules_broken_by("print('tick')") == ["print"]
    assert rules_broken_by("print('tick')", "src/backoffice/cli.py") == []


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.sleep(1)",
        "from time import sleep",
        "from unittest import mock",
        "from unittest.mock import AsyncMock",
        "def test_it_winds(mocker): ...",
        "@pytest.mark.skip\ndef test_it_winds(): ...",
        "@pytest.mark.skipif(True, reason='slow')\ndef test_it_winds(): ...",
        "def test_it_winds():\n    pytest.skip('slow')",
        "clock = pytest.importorskip('clock')",
    ],
)
def test_a_test_that_waits_mocks_or_skips_is_refused(code: str) -> None:
    assert rules_broken_by(code, "tests/kernel/test_clock.py") == ["test"]
    assert rules_broken_by(code, "benchmarks/clock.py") == []


def test_the_ratchet_tolerates_what_is_recorded_and_nothing_worse() -> None:
    breach = ("src/clock.py", Finding(rule="function lines", line=7, name="wind", number=45, says="45 lines (40)"))

    assert worse_than({"function lines": {"src/clock.py wind": 45}}, [breach]) == []
    assert worse_than({"function lines": {"src/clock.py wind": 44}}, [breach]) == [breach]
    assert worse_than({"file lines": {"src/clock.py wind": 45}}, [breach]) == [breach]
    assert worse_than({}, [breach]) == [breach]


def test_breaches_without_a_size_are_counted_per_file() -> None:
    first = ("src/clock.py", Finding(rule="print", line=7, says="prints"))
    second = ("src/clock.py", Finding(rule="print", line=9, says="prints"))

    assert worse_than({"print": {"src/clock.py": 1}}, [first]) == []
    assert worse_than({"print": {"src/clock.py": 1}}, [first, second]) == [first, second]


def test_files_of_every_folder_are_read(tmp_path: Path) -> None:
    for folder in ("src/backoffice", "tests", "checks", "benchmarks", "var"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "clock.py").write_text("import os\n", encoding="utf-8")

    paths = [path for path, _ in breaches_below(tmp_path)]

    assert paths == ["src/backoffice/clock.py", "tests/clock.py", "checks/clock.py", "benchmarks/clock.py"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert not re.findall(r"\S*://\S*|.*--(?:extra-)?index-url.*|.*--find-links.*| @ .*", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_library_in_a_lock_has_one_version_and_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.findall(r"^[a-z0-9][^\n]*(?:\n    --hash=[^\n]*)*", text, re.MULTILINE)

    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_development_lock_has_the_very_versions_that_are_shipped() -> None:
    shipped, development = (
        set(re.findall(r"^\S+==.*(?= \\$)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)) for lock in LOCKS
    )

    assert shipped
    assert shipped <= development


def test_the_import_walls_stand_around_every_product() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    front, capability, *_ = settings["tool"]["importlinter"]["contracts"]
    products = {app.parent.name for app in (ROOT / "src/backoffice").glob("*/app.py")}
    side_by_side = {name.strip("()") for layer in front["layers"] for name in layer.split(" | ") if " | " in layer}

    assert products
    assert products <= side_by_side
    assert capability["containers"] == [f"backoffice.{product}.*" for product in PRODUCTS]
    assert side_by_side == set(PRODUCTS)


def test_the_import_walls_fall_for_circles_and_for_rules_that_ask_the_database(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src/backoffice", tmp_path / "backoffice", ignore=shutil.ignore_patterns("__pycache__"))
    rooms = tmp_path / "backoffice/shield"
    (rooms / "claim/shortcut.py").write_text("from backoffice.shield.claim import store\n")
    with (rooms / "claim/rules.py").open("a") as rules, (rooms / "payout/attempts.py").open("a") as attempts:
        rules.write("from backoffice.shield.claim import shortcut\n")
        attempts.write("from backoffice.shield.payout import store\n")
    with (rooms / "payout/store.py").open("a") as store:
        store.write("from backoffice.shield.payout import attempts\n")

    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", ROOT / "pyproject.toml"]
    judged = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    told = " ".join(judged.stdout.split())

    broken = re.findall(r"(In every capability|Rules are pure|No circle anywhere)\b[^:]*:[^:]*? (KEPT|BROKEN)", told)
    assert broken == [("In every capability", "BROKEN"), ("Rules are pure", "BROKEN"), ("No circle anywhere", "BROKEN")]
    assert "No cycles are allowed in backoffice.shield.payout" in told


def test_every_capability_stands_behind_the_walls() -> None:
    """A capability is a folder with doors; one that lies deeper than `product/capability` would escape them."""
    doors = [api.relative_to(ROOT / "src/backoffice") for api in (ROOT / "src/backoffice").rglob("api.py")]
    of_products = [path for path in doors if path.parts[0] != "kernel"]

    assert [path for path in of_products if len(path.parts) != 3 or path.parts[0] not in PRODUCTS] == []
