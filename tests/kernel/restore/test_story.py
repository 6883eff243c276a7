"""A restore as an operator sees it: `backoffice run` with people in it, killed in the middle once, then for real."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from backoffice.configuration import settings_for
from backoffice.kernel.backup import Kind, Order, make
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.restore.record import Records
from backoffice.kernel.restore.rules import Status, confirmation_of
from tests.cli.commands import COMMAND, Run, environment, processes_of
from tests.kernel.restore.installation import Admin, command, installed, last_restore, serves_held

TASKS: LiteralString = "SELECT status FROM kernel.task WHERE type = 'system_restore'"
COMPARED: LiteralString = "SELECT compared_at FROM kernel.hold WHERE released_at IS NULL"


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with installed() as folder:
        yield folder


@dataclass
class Scene:
    """A run after one that was killed while it restored; `moment` lies between two roles that were made."""

    run: Run
    admin: Admin
    moment: datetime


@pytest.fixture(scope="module")
def scene(data: Path) -> Iterator[Scene]:
    with Run(data) as run:
        run.wait_ready()
        admin = Admin(run)
        admin.sign_in()
        admin.enrol()
        admin.make_role("before")
        make(settings_for(data), Order())
        admin.make_role("also_before")
        make(settings_for(data), Order(Kind.INCREMENTAL))
        moment = datetime.now(UTC)
        admin.make_role("after")
        asking = begin_by_command(data, moment)
        run.wait_until(lambda: is_at(data, "replaying"), "the other database is being made")
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait()
        asking.kill()
        asking.wait()
    with Run(data, port=run.port) as again:
        again.wait_ready()
        yield Scene(again, admin, moment)
        admin.client.close()


def begin_by_command(data: Path, moment: datetime) -> "subprocess.Popen[bytes]":
    arguments = [
        "restore",
        "--to",
        moment.isoformat(),
        "--confirm",
        confirmation_of(moment.date()),
        "--data",
        str(data),
    ]
    return subprocess.Popen([*COMMAND, *arguments], cwd=data.parent, env=environment(), stdout=subprocess.DEVNULL)


def is_at(data: Path, step: str) -> bool:
    """Whether the restore is at this step; one that has failed never gets there."""
    record = Records(data).find_last()
    assert record is None or not record.has_ended, record
    return record is not None and record.doing == step


def test_a_restore_that_was_killed_leaves_the_old_database_and_says_so(scene: Scene, data: Path) -> None:
    assert last_restore(data).status is Status.FAILED
    assert not (data / "restoring").exists()
    assert scene.admin.roles() >= {"before", "also_before", "after"}


def test_a_restore_to_the_moment_between_brings_back_what_was_there_then(scene: Scene, data: Path) -> None:
    run, admin = scene.run, scene.admin
    body = {"target_timestamp": scene.moment.isoformat(), "confirmation_code": confirmation_of(scene.moment.date())}
    asked = admin.post("system/restore", body)
    assert asked.status_code == 200, asked.text
    job = asked.json()["data"]["job_id"]

    run.wait_until(lambda: last_restore(data).status is Status.PREPARING, "begun")
    meanwhile = admin.get("roles")
    run.wait_until(lambda: last_restore(data).has_ended, "ended")
    record = last_restore(data)
    run.wait_until(lambda: serves_held(run), "ready again")

    assert (meanwhile.status_code, meanwhile.headers["retry-after"]) == (503, "15")
    assert (record.status, record.why) == (Status.SUCCEEDED, "")
    assert (data / record.kept_as / "PG_VERSION").exists()
    assert admin.get("roles").status_code == 401
    admin.sign_in()
    assert {"before", "also_before"} <= admin.roles() and "after" not in admin.roles()
    assert admin.get(f"jobs/{job}").json()["data"]["status"] == "succeeded"
    assert f"Restore {job} to " in command(data, "restores")


def test_a_restore_where_nothing_runs_reaches_what_was_not_handed_over_yet(scene: Scene, data: Path) -> None:
    """Past an earlier restore, and without the help of the database that is there: it might not start any more."""
    scene.admin.sign_in()
    command(data, "money", "compare")
    moment = datetime.now(UTC)
    scene.run.stop()

    told = ["--to", moment.isoformat(), "--confirm", confirmation_of(moment.date()), "--without-safety-backup"]
    done = command(data, "restore", *told)

    assert last_restore(data).status is Status.SUCCEEDED
    assert "the database before it:" in done
    assert f"what to look at: {data / last_restore(data).report}" in done and last_restore(data).report
    assert "The house is held" in done and "Next: backoffice money compare" in done
    assert asked(data, TASKS) == ["succeeded"], "what the earlier restore wrote is in the past that counts"
    assert asked(data, COMPARED) == [None], "what was compared before says nothing of what is here now"
    assert processes_of(data) == []


def asked(data: Path, statement: LiteralString) -> list[Any]:
    server = EmbeddedServer(data)
    server.start()
    try:
        with psycopg.connect(server.owner_url) as db:
            return [first for (first,) in db.execute(statement)]
    finally:
        server.stop()
