"""`python -m benchmarks`: fill, measure, print; `--write` keeps the table in docs/performance.md."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    with _prepared(plan) as here:
        measures: dict[str, Callable[[], Iterator[Finding]]] = {
            "idle": lambda: reads.idle(here),
            "list": lambda: reads.against_twin(plan, here, door="list"),
            "detail": lambda: reads.against_twin(plan, here, door="detail"),
            "growth": lambda: reads.growth(plan, here),
            "depth": lambda: reads.depth(plan, here),
            "writers": lambda: writers(plan, here.ground),
            "intake": lambda: intake(plan, here),
        }
        findings: list[Finding] = []
        for case, measure in measures.items():
            if case in plan.cases:
                with console.status(case):
                    findings += measure()
        return findings, report.facts_of(plan, here.ground)


@contextmanager
def _prepared(plan: Plan) -> Iterator[reads.Served]:
    """The filled database at full scale, with the servers that are measured."""
    with ground(plan.data, plan.scale) as filled, reads.served(filled) as here:
        yield here


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
