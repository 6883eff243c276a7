"""The whole of `make bench` at a tiny scale: that it measures, not how fast this machine is."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

import httpx
import psutil
import pytest
from psycopg.sql import SQL

from benchmarks import load, report
from benchmarks.__main__ import run
from benchmarks.against import Served, served
from benchmarks.ground import HOST, NotOurs, ground
from benchmarks.helpdesk.doors import DESK
from benchmarks.marketplace.doors import MARKET
from benchmarks.plan import CASES, Finding, Plan
from benchmarks.shield.doors import MEMBERS

SCALE, WRITTEN = 400, 40
CORRECTNESS = "0"
"""The goal of every finding that must hold however slow the machine is."""
HEADERS = {"User-Agent": "somebody who compares"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def plan(data: Path) -> Plan:
    return Plan(scale=SCALE, data=data, seconds=0.02, rounds=1, tickets=WRITTEN, connections=2)


@pytest.fixture(scope="module")
def findings(plan: Plan) -> dict[str, list[Finding]]:
    return {product: run(plan, product)[0] for product in CASES}


@pytest.fixture(scope="module")
def shield(findings: dict[str, list[Finding]], data: Path) -> Iterator[Served]:
    with ground(data, MEMBERS, scale=SCALE) as again, served(again) as here:
        yield here


@pytest.fixture(scope="module")
def market(findings: dict[str, list[Finding]], data: Path) -> Iterator[Served]:
    with ground(data, MARKET, scale=SCALE) as again, served(again) as here:
        yield here


def test_every_case_of_the_helpdesk_is_measured(findings: dict[str, list[Finding]]) -> None:
    assert list(dict.fromkeys(one.case for one in findings["helpdesk"])) == [
        "API at rest",
        "ticket list",
        "ticket detail",
        "list as tickets grow",
        "list, page 1,000 beside page 1",
        f"{WRITTEN} tickets, 32 writers",
        "9,000 wait for a full department",
        "webhook intake",
        "hanging model",
    ]


def test_every_case_of_shield_is_measured(findings: dict[str, list[Finding]]) -> None:
    assert list(dict.fromkeys(one.case for one in findings["shield"])) == [
        "users list",
        "users list, searched by name",
        "users list, searched by e-mail address",
        "users list, searched by id",
        "claims list",
        "dashboard stats",
        "audit log as it grows",
        "user detail",
    ]


def test_every_case_of_the_marketplace_is_measured_that_needs_nothing_from_outside(
    findings: dict[str, list[Finding]],
) -> None:
    assert list(dict.fromkeys(one.case for one in findings["marketplace"])) == [
        "customers",
        "customers, searched by name",
        "customers, searched by e-mail address",
        "customers, searched by phone",
        "a customer's bookings",
        "queue of disputes",
        "one search, by name",
        "one search, by e-mail address",
        "bookings",
        "bookings, of a status",
        "bookings, of a vendor",
        "bookings, of a day",
        "bookings, of a month",
        "bookings, by number",
        "bookings, by a customer's name",
        "bookings, page 1,000",
        "booking",
        "queue of takedown requests",
        "analytics of bookings, a year by day",
        "analytics of revenue, a year by day",
        "the marketplace as it grows",
        "customer",
    ]


def test_what_must_hold_on_any_machine_holds(findings: dict[str, list[Finding]]) -> None:
    judged = [one for one in findings["helpdesk"] if one.goal == CORRECTNESS]

    assert [one for one in judged if not one.met] == []
    assert len(judged) == 7


def test_the_next_run_finds_the_desk_as_it_was_filled(findings: dict[str, list[Finding]], data: Path) -> None:
    with ground(data, DESK, scale=SCALE) as again, again.connect() as db:
        counted = db.execute(
            "SELECT (SELECT count(*) FROM helpdesk.ticket), (SELECT count(*) FROM helpdesk.message), "
            "(SELECT count(*) FROM helpdesk.inbound), (SELECT sum(tickets) FROM helpdesk.ticket_tally)"
        ).fetchone()

    assert counted == (SCALE, SCALE * 5, 0, SCALE)


def test_the_next_run_finds_shield_as_it_was_filled(shield: Served) -> None:
    with shield.ground.connect() as db:
        counted = db.execute(
            "SELECT (SELECT count(*) FROM shield.member), (SELECT count(*) FROM shield.claim), "
            "(SELECT count(*) FROM kernel.audit_entry), (SELECT sum(entries) FROM kernel.audit_tally), "
            "(SELECT count(*) FROM kernel.audit_unsealed)"
        ).fetchone()

    assert counted == (SCALE, SCALE * 2, SCALE * 10, SCALE * 10, 0)


@pytest.mark.parametrize("door", ["users", "claims", "audit"])
def test_a_list_of_shield_shows_the_rows_and_the_total_that_its_twin_reads(shield: Served, door: str) -> None:
    address = MEMBERS.doors[door].address
    page = ask(shield, shield.port, address)["data"]
    rows, totals, *_ = ask(shield, shield.twin_port, f"/{door}/")

    (listed,) = (value for value in page.values() if isinstance(value, list))
    assert [hex_of(one["id"]) for one in listed] == [hex_of(one["id"]) for one in rows]
    assert len(rows) == 20
    assert [page["pagination"]["total_items"]] == list(totals[0].values())


@pytest.mark.parametrize(("door", "subject"), [("customers", ""), ("finding", "asha"), ("disputes", "")])
def test_a_list_of_the_marketplace_shows_the_rows_and_the_total_that_its_twin_reads(
    market: Served, door: str, subject: str
) -> None:
    page = ask(market, market.port, MARKET.doors[door].address.format(subject))["data"]
    answers = ask(market, market.twin_port, f"/{door}/{subject}")
    rows = next(answer for answer in answers if "created_at" in answer[0])

    assert [one["id"] for one in page["items"]] == [one["id"] for one in rows] != []
    assert [page["total"]] == list(answers[-1][0].values())


@pytest.mark.parametrize("column", ["id", "email", "lower(last_name)"])
def test_a_search_shows_the_rows_that_its_twin_reads(shield: Served, column: LiteralString) -> None:
    word = quote(a_member(shield, column))
    found = ask(shield, shield.port, MEMBERS.doors["search"].address.format(word))["data"]["users"]
    rows = next(answer for answer in ask(shield, shield.twin_port, f"/search/{word}") if "id" in answer[0])

    assert [one["id"] for one in found] == [one["id"] for one in rows] != []


def test_a_member_is_shown_with_everything_that_the_twin_reads_and_both_keep_who_looked(shield: Served) -> None:
    member_id = a_member(shield, "id")
    looks = "SELECT count(*) FROM kernel.audit_entry WHERE subject = %s AND agent = %s"
    shown = ask(shield, shield.port, MEMBERS.doors["user"].address.format(member_id))["data"]
    parts = ask(shield, shield.twin_port, f"/user/{member_id}")

    listed = (shown[name] for name in ("claims", "payouts", "notes", "audit_log"))
    assert [[hex_of(one["id"]) for one in some] for some in listed] != [[], [], [], []]
    assert (shown["id"], shown["email"]) == (parts[0][0]["id"], parts[0][0]["email"])
    with shield.ground.connect() as db:
        kept = [
            db.execute(looks, [f"user:{member_id}", agent]).fetchone() for agent in (*HEADERS.values(), "benchmarks")
        ]
    assert kept == [(1,), (1,)]


def test_the_dashboard_shows_the_figures_that_its_twin_reads(shield: Served) -> None:
    shown = ask(shield, shield.port, MEMBERS.doors["stats"].address)["data"]
    figures = {row["figure"]: row["times"] for row in ask(shield, shield.twin_port, "/stats/")[0]}

    for status in ("pending", "under_review", "approved", "denied", "paid"):
        assert shown["claims"][status] == figures[f"claim.{status}"] > 0


def ask(here: Served, port: int, path: str) -> Any:
    answer = httpx.get(
        f"http://{HOST}:{port}{path}", headers=HEADERS | {"Authorization": f"Bearer {here.ground.token}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_member(here: Served, column: LiteralString) -> str:
    """Of one who has claims."""
    with here.ground.connect() as db:
        found = db.execute(
            SQL("SELECT {} FROM shield.member WHERE id = (SELECT max(member_id) FROM shield.payout)").format(
                SQL(column)
            )
        ).fetchone()
    assert found is not None
    return str(found[0])


def hex_of(shown_id: str) -> str:
    """An id without its prefix, or a UUID without its dashes."""
    return shown_id.rpartition("_")[2].replace("-", "")


def test_a_folder_that_load_runs_did_not_make_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / DESK.name / str(SCALE) / "kept"
    kept.parent.mkdir(parents=True)
    kept.write_text("mine")

    with pytest.raises(NotOurs), ground(tmp_path, DESK, scale=SCALE):
        pass

    assert kept.read_text() == "mine"


def test_whoever_asks_has_another_core_than_the_server(shield: Served) -> None:
    allowed = os.sched_getaffinity(0)
    load.apply(shield.asking(Plan(seconds=0.1), [MEMBERS.doors["stats"].address], connections=1))
    cores_of_server = os.sched_getaffinity(shield.process.pid)
    cores_of_load = [os.sched_getaffinity(child.pid) for child in psutil.Process().children() if is_load(child)]

    assert os.sched_getaffinity(0) == allowed
    assert len(cores_of_server) == 1
    assert cores_of_load == [{sorted(allowed)[1 % len(allowed)]}]


def is_load(process: psutil.Process) -> bool:
    return any("spawn_main" in part for part in process.cmdline())


def test_the_report_replaces_only_what_stands_between_the_markers_of_its_product(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    other = f"{report.begin('shield')}\nkept\n{report.END}\n"
    page.write_text(f"before\n{report.begin('helpdesk')}\nold\n{report.END}\n{other}after\n")

    report.write("helpdesk", [Finding("a case", "what", "7/s", "> 5/s")], facts="a machine", page=page)

    written = page.read_text()
    assert written.startswith(f"before\n{report.begin('helpdesk')}\n")
    assert written.endswith(f"{report.END}\n{other}after\n")
    assert "| a case | what | 7/s | > 5/s: met |" in written
    assert "old" not in written
