"""`python -m benchmarks.kills`: prints what was killed and what came of it; exits 1 when a promise was broken."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backoffice.settings import Product
from backoffice.speaking import product_named
from benchmarks.kills.helpdesk.play import HELPDESK
from benchmarks.kills.marketplace.play import MARKETPLACE
from benchmarks.kills.shield.play import SHIELD
from benchmarks.kills.storm import CALM, Fire, Report, storm

SCENES = {"helpdesk": HELPDESK, "shield": SHIELD, "marketplace": MARKETPLACE}
console = Console()


def main(
    *,
    product: Annotated[
        Product, typer.Option(help="What goes on while parts are killed", parser=product_named)
    ] = "helpdesk",
    times: Annotated[int, typer.Option(min=1, help="How often something is killed")] = 30,
    seed: Annotated[int | None, typer.Option(help="Repeats the choices of an earlier run")] = None,
    calm: Annotated[float, typer.Option(min=0, help="Seconds at most from being back until the next kill")] = CALM,
    keep: Annotated[bool, typer.Option(help="Keep the data folder and the log")] = False,
) -> None:
    """Kill the API, the worker and PostgreSQL under those who write; count what was lost, doubled or paid too much."""
    seed = SystemRandom().randrange(10_000) if seed is None else seed
    scratch = Path(tempfile.mkdtemp(prefix="backoffice-kills-"))
    try:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("Killing", total=times)
            report = storm(
                SCENES[product],
                scratch / "var",
                fire=Fire(times, seed, calm),
                progress=lambda done: bar.update(task, completed=done),
            )
        _show(report, seed=seed)
    finally:
        if keep:
            console.print(f"Kept in {scratch}", highlight=False)
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    raise typer.Exit(1 if report.is_broken else 0)


def _show(report: Report, *, seed: int) -> None:
    killed = Counter(f"{kill.role} ({kill.way})" for kill in report.kills)
    listed = ", ".join(f"{number} x {what}" for what, number in sorted(killed.items()))
    console.print(f"Killed {len(report.kills)} times with seed {seed}: {listed}", highlight=False)
    table = Table("what", "found", "wanted")
    for finding in report.findings:
        wanted = "" if finding.wanted is None else str(finding.wanted)
        table.add_row(finding.what, str(finding.found), wanted, style="red" if finding.is_broken else "")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
