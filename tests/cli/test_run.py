"""`backoffice run` for real: what the first start leaves behind, the starts after it, Ctrl-C."""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
import psycopg
import pytest

from backoffice.first_start import NOTE
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.identity.rules import check_password
from tests.begun import LOADS, Begun, Life, ended
from tests.cli.commands import Run, free_port, run_command

PARTS = {"serve", "worker", "stand-in"}
SIZES = """
    SELECT (SELECT count(*) FROM helpdesk.whatsapp_user), (SELECT count(*) FROM marketplace.customer),
           (SELECT count(*) FROM shield.member), (SELECT count(*) FROM shield.claim)
"""


@pytest.fixture(scope="module")
def running(moved_in: Callable[[str], Path]) -> Iterator[Run]:
    """The start after the first one, ready."""
    with Run(moved_in("lives")) as run:
        run.wait_ready()
        yield run


def note_of(begun: Begun) -> Any:
    return orjson.loads((begun.data / NOTE).read_bytes())


def sign_in(run: Run) -> httpx.Response:
    who = run.note["products"]["helpdesk"]
    body = {"username": who["username"], "password": who["password"]}
    return httpx.post(f"{who['address']}/api/v1/auth/login", json=body)


def token(run: Run) -> dict[str, str]:
    return {"Authorization": f"Bearer {sign_in(run).json()['data']['access_token']}"}


def test_the_note_of_the_first_start_is_private_and_complete(begun: Begun) -> None:
    note, base_url = note_of(begun), f"http://127.0.0.1:{begun.whole.port}"

    assert stat.S_IMODE((begun.data / NOTE).stat().st_mode) == 0o600
    assert note["base_url"] == base_url
    assert set(note["products"]) == {"helpdesk", "marketplace", "shield"}
    for product, sign_in_of_it in note["products"].items():
        assert set(sign_in_of_it) == {"address", "username", "email", "password"}
        assert sign_in_of_it["address"] == f"{base_url}/{product}"
    assert {stat.S_IMODE(file.stat().st_mode) for file in (begun.data / "secrets").iterdir()} == {0o600}


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


def test_what_it_says_names_every_address_and_the_first_password(begun: Begun) -> None:
    for product in ("helpdesk", "marketplace", "shield"):
        assert f"http://127.0.0.1:{begun.whole.port}/{product}/docs" in begun.whole.said
    assert note_of(begun)["products"]["helpdesk"]["password"] in begun.whole.said
    assert "Ctrl-C stops everything." in begun.whole.said


def test_commands_find_what_runs_from_the_data_folder(running: Run) -> None:
    listed = run_command("staff", "list", "--data", str(running.data), folder=running.data.parent)
    verified = run_command("migrate", "--verify", "--data", str(running.data), folder=running.data.parent)

    assert (listed.returncode, "superadmin@backoffice.example" in listed.stdout) == (0, True)
    assert (verified.returncode, verified.stdout) == (0, "The database is at this version.\n")


def test_a_second_run_of_the_same_folder_is_refused(running: Run) -> None:
    port = str(free_port())

    refused = run_command("run", "--port", port, "--data", str(running.data), folder=running.data.parent)

    said = f"backoffice: The data folder {running.data} is in use: backoffice already runs on it.\n"
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", said)
    assert running.is_ready()


@dataclass(frozen=True)
class Seen:
    """What was seen of a start, and of its end."""

    note: Any
    sign_in: httpx.Response
    tickets: int
    root: str
    life: Life


def seen_to_its_end(run: Run) -> Seen:
    run.wait_ready()
    root = httpx.get(f"http://127.0.0.1:{run.port}/").text
    address = run.note["products"]["helpdesk"]["address"]
    listed = httpx.get(f"{address}/api/v1/tickets", headers=token(run)).json()["data"]["total"]
    note, signed_in = run.note, sign_in(run)
    return Seen(note, signed_in, listed, root, ended(run))


@pytest.fixture(scope="module")
def starts(running: Run) -> tuple[Seen, Seen]:
    """The start after the first one, brought to its end, and another that serves the helpdesk alone."""
    second = seen_to_its_end(running)
    with Run(running.data, ("--product", "helpdesk")) as again:
        return second, seen_to_its_end(again)


def test_ctrl_c_in_the_middle_of_a_first_start_leaves_no_process(begun: Begun) -> None:
    for cut in (begun.cut_early, begun.cut_between):
        assert cut.code != 0
        assert cut.left_running == []


def test_a_first_start_that_was_cut_is_made_again(begun: Begun, running: Run) -> None:
    assert LOADS.format("helpdesk") not in begun.cut_early.said
    assert sign_in(running).status_code == 200


def test_a_first_start_that_was_cut_between_two_demos_is_taken_up_and_nothing_is_made_twice(
    begun: Begun, running: Run
) -> None:
    assert LOADS.format("helpdesk") in begun.cut_between.said
    assert LOADS.format("helpdesk") not in begun.whole.said
    assert LOADS.format("marketplace") in begun.whole.said
    assert "Loading" not in running.said()
    with psycopg.connect(EmbeddedServer(running.data).app_url) as db:
        assert db.execute(SIZES).fetchone() == (2_000, 5_000, 3_000, 600)


def test_ctrl_c_stops_every_process(begun: Begun, starts: tuple[Seen, Seen]) -> None:
    for life in (begun.whole, *(one.life for one in starts)):
        assert (life.code, life.left_running) == (0, [])
        assert life.said.endswith("Stopped.\n")


def test_a_second_start_keeps_data_and_sign_in_and_shows_no_password(begun: Begun, starts: tuple[Seen, Seen]) -> None:
    password = note_of(begun)["products"]["helpdesk"]["password"]

    for start in starts:
        assert start.note["products"]["helpdesk"]["password"] == password
        assert (start.sign_in.status_code, start.tickets) == (200, 600)
        assert password not in start.life.said


def test_one_product_alone_is_served_at_the_root(starts: tuple[Seen, Seen]) -> None:
    all_three, alone = starts

    assert all_three.note["products"]["helpdesk"]["address"] == f"{all_three.note['base_url']}/helpdesk"
    assert alone.note["products"]["helpdesk"]["address"] == alone.note["base_url"]
    assert alone.sign_in.url.path == "/api/v1/auth/login"
    assert 'href="/docs"' in alone.root
