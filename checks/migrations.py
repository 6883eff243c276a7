"""Migrations that would stop those who work meanwhile, as squawk finds them: https://squawkhq.com/docs/rules

What the rule forbids and how it is done instead stands in docs/growth.md. A statement may do it all the same where the
line above it says `-- squawk-ignore RULE`, and the line above that says why: "a hundred rows at the most".
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from checks.finding import Finding

FIRST = 141
"""The rule holds from this number on."""
SQUAWK = Path(sys.executable).with_name("squawk")
LEFT_OUT = (
    "ban-drop-function",  # old code calls a function by a trigger only, which goes with it or stays
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",  # a transaction undoes what broke off; IF NOT EXISTS takes a broken index for a good one
    "prefer-text-field",
    "prefer-timestamp-tz",
    "require-lock-timeout",  # the runner sets it
    "require-statement-timeout",
)
OUTSIDE = re.compile(r"^-- outside a transaction: \S", re.MULTILINE)
CONCURRENT = re.compile(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?!IF )(\w+)")
REPEATED = re.compile(r"DROP INDEX CONCURRENTLY IF EXISTS (?:\w+\.)?(\w+)")
IGNORES = re.compile(r"^\s*-- squawk-ignore(?:-file)?\b")
SAYS_WHY = re.compile(r"^\s*-- (?!squawk-ignore)\S+ \S+")


def find_blocking(root: Path) -> Iterator[tuple[str, Finding]]:
    """What the migrations of the project at `root` do against the rule, in their order."""
    files = [file for file in sorted((root / "migrations").glob("[0-9]*_*.sql")) if int(file.name[:4]) >= FIRST]
    outside = [file for file in files if OUTSIDE.search(file.read_text(encoding="utf-8"))]
    together = [file for file in files if file not in outside]
    for file in files:
        for finding in _in_text(file.read_text(encoding="utf-8")):
            yield file.relative_to(root).as_posix(), finding
    for some, options in ((together, ("--assume-in-transaction",)), (outside, ())):
        for file, finding in _squawked(some, options):
            yield file.relative_to(root).as_posix(), finding


def _squawked(files: Sequence[Path], options: Sequence[str]) -> Iterator[tuple[Path, Finding]]:
    if not files:
        return
    excluded = [f"--exclude={','.join(LEFT_OUT)}", "--pg-version=18", "--reporter=json"]
    said = subprocess.run([SQUAWK, *excluded, *options, *map(str, files)], capture_output=True, text=True, check=False)
    for one in json.loads(said.stdout):
        rule = one["rule_name"]
        yield (
            Path(one["file"]),
            Finding(rule="migration", name=rule, line=one["line"] + 1, says=f"{rule}: {one['message']}"),
        )


def _in_text(text: str) -> Iterator[Finding]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if IGNORES.match(line) and not (number and SAYS_WHY.match(lines[number - 1])):
            says = "what is ignored says why, in the line above"
            yield Finding(rule="migration", name="reason", line=number + 1, says=says)
    for name in CONCURRENT.findall(text):
        if name not in REPEATED.findall(text):
            says = (
                f"DROP INDEX CONCURRENTLY IF EXISTS {name} comes first: one that broke off leaves it behind, unusable"
            )
            yield Finding(rule="migration", name="repeatable", line=1, says=says)
