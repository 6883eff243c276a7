"""`python -m benchmarks`: fill, measure, print; `--write` keeps the table in docs/performance.md."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import reads, report
from benchmarks.ground import console, ground
from benchmarks.intake import intake
from benchmarks.plan import CASES, Finding, Plan
from benchmarks.writers import writers


def main() -> None:
    given = _parser().parse_args()
    plan = Plan(
        scale=given.scale,
        data=given.data,
        cases=frozenset(given.only or CASES),
        seconds=given.seconds,
        rounds=given.rounds,
        tickets=given.tickets,
    )
    findings, facts = run(plan)
    console.print(report.table(findings))
    console.print(facts, highlight=False)
    if given.write:
        report.write(findings, facts)


def run(plan: Plan) -> tuple[list[Finding], str]:
    """Every case of the plan, and what machine it ran on."""
    with ExitStack() as open_grounds:
        with console.status(f"A database of {plan.scale:,} tickets"):
            large = open_grounds.enter_context(ground(plan.data, plan.scale))
        findings: list[Finding] = []
        for door in ("list", "detail"):
            if plan.wants(door):
                findings += _told(f"ticket {door}", reads.against_twin(plan, large, door))
        if plan.wants("growth"):
            with ground(plan.data, plan.small_scale) as small:
                findings += _told("list as tickets grow", reads.growth(plan, small, large))
        for case, measure in (("depth", reads.depth), ("writers", writers), ("intake", intake)):
            if plan.wants(case):
                findings += _told(case, measure(plan, large))
        if plan.wants("idle"):
            findings += _told("idle", reads.idle(large))
        return findings, report.facts_of(plan, large)


def _told(case: str, found: Iterator[Finding]) -> list[Finding]:
    with console.status(case):
        return list(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--scale", type=int, default=Plan.scale, help="tickets in the database; five messages each")
    parser.add_argument("--only", nargs="+", choices=CASES, help="these cases alone")
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="measurements of each side, in turn")
    parser.add_argument("--tickets", type=int, default=Plan.tickets, help="how many the writers open")
    parser.add_argument("--data", type=Path, default=Plan.data, help="where filled databases are kept")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/performance.md")
    return parser


if __name__ == "__main__":
    main()
