"""`backoffice run` for real: the first start, what it leaves behind, Ctrl-C, and the start after it."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from backoffice.kernel.identity.rules import check_password
from tests.cli.commands import RUNS, Run, free_port, processes_of, run_command

PARTS = {"serve", "worker", "stand-in"}


@dataclass(frozen=True)
class Cut:
    """A first start that met Ctrl-C in its middle, and what was left running of it."""

    data: Path
    code: int
    left_running: list[str]


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    data = tmp_path_factory.mktemp("lives") / "data"
    with Run(data) as run:
        run.wait_until((data / "postgres" / "postmaster.pid").exists, "PostgreSQL starts")
        code, _ = run.stop()
    return Cut(data, code, processes_of(data))


@pytest.fixture(scope="module")
def running(cut: Cut) -> Iterator[Run]:
    """A first start, ready, of the folder where another was cut."""
    with Run(cut.data) as run:
        run.wait_until(lambda: RUNS in run.said(), "told")
        assert run.is_ready()
        yield run


def sign_in(run: Run) -> httpx.Response:
    who = run.note["products"]["helpdesk"]
    body = {"username": who["username"], "password": who["password"]}
    return httpx.post(f"{who['address']}/api/v1/auth/login", json=body)


def token(run: Run) -> dict[str, str]:
    return {"Authorization": f"Bearer {sign_in(run).json()['data']['access_token']}"}


def test_the_note_of_the_first_start_is_private_and_complete(running: Run) -> None:
    note, base_url = running.note, f"http://127.0.0.1:{running.port}"

    assert stat.S_IMODE((running.data / "first-sign-in.json").stat().st_mode) == 0o600
    assert note["base_url"] == base_url
    assert set(note["products"]) == {"helpdesk", "marketplace", "shield"}
    for product, sign_in_of_it in note["products"].items():
        assert set(sign_in_of_it) == {"address", "username", "email", "password"}
        assert sign_in_of_it["address"] == f"{base_url}/{product}"
    assert {stat.S_IMODE(file.stat().st_mode) for file in (running.data / "secrets").iterdir()} == {0o600}


def test_the_first_password_signs_in_and_meets_the_policy(running: Run) -> None:
    check_password(running.note["products"]["helpdesk"]["password"])

    answer = sign_in(running)

    assert answer.status_code == 200
    assert answer.json()["data"]["user"]["role"] == "super_admin"
    assert answer.json()["data"]["user"]["email"] == running.note["products"]["helpdesk"]["email"]


def test_the_first_super_admin_signs_in_to_shield_as_well_and_finds_members(running: Run) -> None:
    who = running.note["products"]["shield"]
    root = f"{who['address']}/v1/admin"

    signed_in = httpx.post(f"{root}/auth/login", json={"email": who["email"], "password": who["password"]})
    bearer = {"Authorization": f"Bearer {signed_in.json()['data']['token']}"}
    members = httpx.get(f"{root}/users", headers=bearer).json()["data"]

    assert signed_in.json()["data"]["admin"]["role"] == "super_admin"
    assert members["pagination"]["total_items"] == 3_000


def test_the_first_start_has_something_to_show(running: Run) -> None:
    root = running.note["products"]["helpdesk"]["address"]

    tickets = httpx.get(f"{root}/api/v1/tickets", headers=token(running)).json()["data"]
    waiting = httpx.get(f"{root}/api/v1/tickets/unassigned", headers=token(running)).json()["data"]

    assert tickets["total"] == 600
    assert waiting["total"] > 0


def test_every_part_runs_and_knows_its_work(running: Run) -> None:
    children = psutil.Process(running.process.pid).children(recursive=True)
    started = {argument for child in children for argument in child.cmdline()}

    assert started >= PARTS
    assert any(child.name() == "postgres" for child in children)


def test_numbers_are_on_a_port_of_their_own(running: Run) -> None:
    httpx.get(running.note["products"]["helpdesk"]["address"] + "/api/v1/auth/me")
    where = next(line.split()[-1] for line in running.said().splitlines() if line.startswith("Metrics"))

    numbers = httpx.get(where)

    assert numbers.status_code == 200
    assert 'backoffice_requests_total{door="/api/v1/auth/me",product="helpdesk",status="401"}' in numbers.text
    assert httpx.get(f"http://127.0.0.1:{running.port}/metrics").status_code == 404


def test_what_it_says_names_every_address_and_the_first_password(running: Run) -> None:
    said = running.said()

    assert f"http://127.0.0.1:{running.port}/helpdesk/docs" in said
    assert running.note["products"]["helpdesk"]["password"] in said
    assert "Ctrl-C stops everything." in said


def test_commands_find_what_runs_from_the_data_folder(running: Run) -> None:
    listed = run_command("staff", "list", "--data", str(running.data), folder=running.data.parent)
    verified = run_command("migrate", "--verify", "--data", str(running.data), folder=running.data.parent)

    assert (listed.returncode, "superadmin@backoffice.example" in listed.stdout) == (0, True)
    assert (verified.returncode, verified.stdout) == (0, "The database is at this version.\n")


def test_a_second_run_of_the_same_folder_is_refused(running: Run) -> None:
    port = str(free_port())

    refused = run_command("run", "--port", port, "--data", str(running.data), folder=running.data.parent)

    said = f"backoffice: The data folder {running.data} is in use: backoffice already runs on it.\n"
    assert (refused.returncode, refused.stderr) == (1, said)
    assert running.is_ready()


@dataclass(frozen=True)
class Life:
    """What was seen of one run, and what was left of it after Ctrl-C."""

    note: Any
    sign_in: httpx.Response
    tickets: int
    root: str
    code: int
    said: str
    left_running: list[str]


def seen_to_its_end(run: Run) -> Life:
    run.wait_ready()
    root = httpx.get(f"http://127.0.0.1:{run.port}/").text
    address = run.note["products"]["helpdesk"]["address"]
    listed = httpx.get(f"{address}/api/v1/tickets", headers=token(run)).json()["data"]["total"]
    note, signed_in = run.note, sign_in(run)
    code, said = run.stop()
    return Life(note, signed_in, listed, root, code, said, processes_of(run.data))


@pytest.fixture(scope="module")
def lives(running: Run) -> tuple[Life, Life]:
    """The first start, brought to its end, and a second one that serves the helpdesk alone."""
    first = seen_to_its_end(running)
    with Run(running.data, ("--product", "helpdesk")) as again:
        return first, seen_to_its_end(again)


def test_ctrl_c_in_the_middle_of_a_first_start_leaves_no_process(cut: Cut) -> None:
    assert cut.code != 0
    assert cut.left_running == []


def test_a_first_start_that_was_cut_is_made_again(lives: tuple[Life, Life]) -> None:
    assert lives[0].sign_in.status_code == 200
    assert lives[0].tickets == 600


def test_ctrl_c_stops_every_process(lives: tuple[Life, Life]) -> None:
    for life in lives:
        assert (life.code, life.left_running) == (0, [])
        assert life.said.endswith("Stopped.\n")


def test_a_second_start_keeps_data_and_sign_in_and_shows_no_password(lives: tuple[Life, Life]) -> None:
    first, second = lives
    password = first.note["products"]["helpdesk"]["password"]

    assert second.note["products"]["helpdesk"]["password"] == password
    assert (second.sign_in.status_code, second.tickets) == (200, first.tickets)
    assert (password in first.said, password in second.said) == (True, False)


def test_one_product_alone_is_served_at_the_root(lives: tuple[Life, Life]) -> None:
    first, second = lives

    assert first.note["products"]["helpdesk"]["address"] == f"{first.note['base_url']}/helpdesk"
    assert second.note["products"]["helpdesk"]["address"] == second.note["base_url"]
    assert second.sign_in.url.path == "/api/v1/auth/login"
    assert 'href="/docs"' in second.root
