"""What a run found: a table for people, and the same one in docs/performance.md between two markers."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.table import Table

from benchmarks.ground import Ground
from benchmarks.plan import Finding, Plan

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
END = "<!-- end -->"


def table(title: str, findings: Sequence[Finding]) -> Table:
    shown = Table("case", "what", "measured", "goal", title=title)
    case = ""
    for one in findings:
        if one.case != case:
            shown.add_section()
        mark = "" if not one.goal else " [green]met[/]" if one.met else " [red]missed[/]"
        shown.add_row(one.case if one.case != case else "", one.what, one.value, one.goal + mark)
        case = one.case
    return shown


def begin(product: str) -> str:
    return f"<!-- {product}: written by `make bench ARGS=--write` -->"


def write(product: str, findings: Sequence[Finding], *, facts: str, page: Path = PAGE) -> None:
    """Replace what stands between the product's markers."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin(product))
    after = rest.partition(END)[2]
    rows = [f"| {one.case} | {one.what} | {one.value} | {one.goal}{_mark(one)} |" for one in findings]
    lines = [begin(product), "", facts, "", "| case | what | measured | goal |", "|---|---|---|---|", *rows, "", END]
    page.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def _mark(finding: Finding) -> str:
    return "" if not finding.goal else ": met" if finding.met else ": **missed**"


def facts_of(plan: Plan, ground: Ground) -> str:
    """The machine, the scale and the day: without them no number means anything."""
    with ground.connect() as db:
        version = db.execute("SHOW server_version").fetchone()
        size = db.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
    assert version is not None and size is not None
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {ground.tested.contents(plan.scale)} ({size[0]}); "
        f"{os.cpu_count()} cores of {platform.machine()}, {memory:.0f} GB; PostgreSQL {str(version[0]).split()[0]}, "
        f"Python {platform.python_version()}; {plan.connections} connections, "
        f"{plan.rounds} rounds of {plan.seconds:g} s for each side."
    )
