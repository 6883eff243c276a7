"""The house rules as a ratchet: `python -m checks.house` prints the breaches and fails when a number got worse.

`house.json` holds what is tolerated, as {"rule": {"path name": number}}. It should not grow:
`Tx.audit` is in it because its facts are the columns of an entry, each given by name.
What a breach is stands in sizes.py, habits.py and migrations.py.
"""

import ast
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from checks.finding import Finding
from checks.habits import find_bad_habits
from checks.migrations import find_blocking
from checks.sizes import find_oversizes

ROOT = Path(__file__).resolve().parent.parent
RECORD = Path(__file__).with_name("house.json")
FOLDERS = ("src", "tests", "checks", "benchmarks")

Record = dict[str, dict[str, int]]
Breach = tuple[str, Finding]


def main() -> int:
    """Check this repository against its record; 1 when something is worse than recorded."""
    worse = worse_than(json.loads(RECORD.read_text(encoding="utf-8")), breaches_below(ROOT))
    for path, finding in worse:
        print(f"{path}:{finding.line} {finding.name}".rstrip() + f": {finding.says}")
    return 1 if worse else 0


def breaches_below(root: Path) -> Iterator[Breach]:
    """Every breach in the Python files and the migrations of the project at `root`, in the order of their paths."""
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            for finding in find_breaches(file.read_text(encoding="utf-8"), path):
                yield path, finding
    yield from find_blocking(root)


def find_breaches(text: str, path: str) -> Iterator[Finding]:
    """The breaches of one file. `path` is relative to the project: some rules hold in some rooms only."""
    tree = ast.parse(text, path)
    yield from find_oversizes(text, tree, path=path)
    yield from find_bad_habits(text, tree, path=path)


def worse_than(record: Record, breaches: Iterable[Breach]) -> list[Breach]:
    """The breaches whose rule and place add up to more than was recorded. A place has no line: code may move."""
    found = list(breaches)
    sums: Counter[tuple[str, str]] = Counter()
    for path, finding in found:
        sums[finding.rule, _place(path, finding)] += finding.number
    return [
        (path, finding)
        for path, finding in found
        if sums[finding.rule, _place(path, finding)] > record.get(finding.rule, {}).get(_place(path, finding), 0)
    ]


def _place(path: str, finding: Finding) -> str:
    return f"{path} {finding.name}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
