"""The whole of `make bench` at a tiny scale: that it measures, not how fast this machine is."""

import os
from pathlib import Path

import psutil
import pytest

from benchmarks import load, reads, report
from benchmarks.__main__ import run
from benchmarks.ground import NotOurs, ground
from benchmarks.plan import Finding, Plan

TICKETS, MESSAGES, WRITTEN = 400, 2_000, 40
CORRECTNESS = "0"
"""The goal of every finding that must hold however slow the machine is."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def findings(data: Path) -> list[Finding]:
    plan = Plan(scale=TICKETS, data=data, seconds=0.3, rounds=1, tickets=WRITTEN, connections=2)
    return run(plan)[0]


def test_every_case_is_measured(findings: list[Finding]) -> None:
    assert list(dict.fromkeys(one.case for one in findings)) == [
        "API at rest",
        "ticket list",
        "ticket detail",
        "list as tickets grow",
        "list, page 1,000 beside page 1",
        f"{WRITTEN} tickets, 32 writers",
        "webhook intake",
    ]


def test_what_must_hold_on_any_machine_holds(findings: list[Finding]) -> None:
    assert [one for one in findings if one.goal == CORRECTNESS and not one.met] == []
    assert sum(one.goal == CORRECTNESS for one in findings) == 5


def test_the_next_run_finds_the_database_as_it_was_filled(findings: list[Finding], data: Path) -> None:
    with ground(data, TICKETS) as again, again.connect() as db:
        counted = db.execute(
            "SELECT (SELECT count(*) FROM helpdesk.ticket), (SELECT count(*) FROM helpdesk.message), "
            "(SELECT count(*) FROM helpdesk.inbound), (SELECT sum(tickets) FROM helpdesk.ticket_tally)"
        ).fetchone()

    assert counted == (TICKETS, MESSAGES, 0, TICKETS)


def test_a_folder_that_load_runs_did_not_make_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / str(TICKETS) / "kept"
    kept.parent.mkdir()
    kept.write_text("mine")

    with pytest.raises(NotOurs), ground(tmp_path, TICKETS):
        pass

    assert kept.read_text() == "mine"


def test_whoever_asks_has_another_core_than_the_server(findings: list[Finding], data: Path) -> None:
    allowed = os.sched_getaffinity(0)
    with ground(data, TICKETS) as again, reads.served(again) as here:
        load.apply(here.asking(Plan(seconds=0.1), [reads.LIST], connections=1))
        cores_of_server = os.sched_getaffinity(here.process.pid)
        cores_of_load = [os.sched_getaffinity(child.pid) for child in psutil.Process().children() if is_load(child)]

        assert os.sched_getaffinity(0) == allowed
        assert len(cores_of_server) == 1
        assert cores_of_load == [{sorted(allowed)[1 % len(allowed)]}]


def is_load(process: psutil.Process) -> bool:
    return any("spawn_main" in part for part in process.cmdline())


def test_the_report_replaces_only_what_stands_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")

    report.write([Finding("a case", "what", "7/s", "> 5/s")], "a machine", page=page)

    written = page.read_text()
    assert written.startswith(f"before\n{report.BEGIN}\n")
    assert written.endswith(f"{report.END}\nafter\n")
    assert "| a case | what | 7/s | > 5/s: met |" in written
    assert "old" not in written
