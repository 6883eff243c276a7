"""`python -m benchmarks`: fill, measure, print; `--write` keeps the tables in docs/performance.md."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import layers, report
from benchmarks.against import Served, served
from benchmarks.ground import console, ground
from benchmarks.helpdesk import reads as desk
from benchmarks.marketplace import reads as market
from benchmarks.plan import BY_NAME, CASES, EVERY_CASE, Finding, Plan
from benchmarks.shield import reads as shield
from benchmarks.tested import TESTED

MEASURES: Mapping[str, Callable[[Plan, Served], dict[str, Callable[[], Iterator[Finding]]]]] = {
    "helpdesk": desk.cases,
    "marketplace": market.cases,
    "shield": shield.cases,
}


def main() -> None:
    given = _parser().parse_args()
    plan = Plan(
        scale=given.scale,
        data=given.data,
        cases=frozenset(case for one in given.only for case in _cases_of(one)) or EVERY_CASE,
        seconds=given.seconds,
        rounds=given.rounds,
        tickets=given.tickets,
    )
    for product, cases in CASES.items():
        if given.layers and not plan.cases.isdisjoint(cases):
            with ground(plan.data, TESTED[product], scale=plan.scale) as filled:
                for table in layers.show(filled, seconds=plan.seconds):
                    console.print(table)
        elif not plan.cases.isdisjoint(cases):
            findings, facts = run(plan, product)
            console.print(report.table(product, findings))
            console.print(facts, highlight=False)
            if given.write:
                report.write(product, findings, facts=facts)


def run(plan: Plan, product: str) -> tuple[list[Finding], str]:
    """The product's cases of the plan, and what machine they ran on."""
    findings: list[Finding] = []
    with ground(plan.data, TESTED[product], scale=plan.scale) as filled, served(filled) as here:
        measures = MEASURES[product](plan, here)
        for case in CASES[product]:
            if case in plan.cases:
                with console.status(case):
                    findings += measures[case]()
        return findings, report.facts_of(plan, filled)


def _cases_of(named: str) -> frozenset[str]:
    """Those of a product, or the one of this name."""
    return frozenset(CASES[named]) & EVERY_CASE if named in CASES else frozenset({named})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--scale", type=int, default=Plan.scale, help="tickets, and members")
    parser.add_argument(
        "--only", nargs="+", default=[], choices=[*CASES, *EVERY_CASE, *BY_NAME], help="these products or cases alone"
    )
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="measurements of each side, in turn")
    parser.add_argument("--tickets", type=int, default=Plan.tickets, help="how many the writers open")
    parser.add_argument("--data", type=Path, default=Plan.data, help="where filled databases are kept")
    parser.add_argument("--layers", action="store_true", help="what a request's Python and a list's pages are made of")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/performance.md")
    return parser


if __name__ == "__main__":
    main()
