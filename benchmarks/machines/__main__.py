"""`python -m benchmarks.machines`: prints what each loss cost and what came of it; exits 1 when a promise is broken."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.machines.acts import ALL, SHORT, Window
from benchmarks.machines.trial import Report, hold

NEEDED = ("haproxy", "pgbouncer", "redis-server")
console = Console(width=140)


def main(
    *,
    short: Annotated[bool, typer.Option(help="Only the losses that somebody set a goal for")] = False,
    only: Annotated[str, typer.Option(help="Only the acts whose names hold these words")] = "",
    keep: Annotated[bool, typer.Option(help="Keep the folder with all logs")] = False,
) -> None:
    """Kill and pause each part of a house of several machines, promote its replica, and count what was lost."""
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        console.print(f"Please install first: {', '.join(missing)}")
        raise typer.Exit(1)
    acts = [act for act in (SHORT if short else ALL) if only in act.name]
    scratch = Path(tempfile.mkdtemp(prefix="backoffice-trial-"))
    try:
        report = asyncio.run(hold(scratch, acts, tell=lambda what: console.print(_said(what), highlight=False)))
        _show(report)
    finally:
        if keep:
            console.print(f"Kept in {scratch}", highlight=False)
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    raise typer.Exit(1 if report.is_broken else 0)


def _said(what: object) -> str:
    return f"{what.act.name}: {what.failed} of {what.asked} failed" if isinstance(what, Window) else str(what)


def _show(report: Report) -> None:
    table = Table("what happened", "asked", "failed", "reads away, s", "writes away, s", "slowest, s", "goal, s")
    for window in report.windows:
        spans = (f"{seconds:.1f}" for seconds in (window.reads, window.writes, window.slowest))
        goal = "" if window.act.goal is None else f"{window.act.goal:g}"
        style = "" if window.is_within_goal() else "red"
        table.add_row(window.act.name, str(window.asked), str(window.failed), *spans, goal, style=style)
    console.print(table)
    found = Table("what", "found", "wanted")
    for finding in report.findings:
        wanted = "" if finding.wanted is None else str(finding.wanted)
        found.add_row(finding.what, str(finding.found), wanted, style="red" if finding.is_broken else "")
    console.print(found)


if __name__ == "__main__":
    typer.run(main)
