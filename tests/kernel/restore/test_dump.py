"""A dump of somebody else's server: made with ordinary rights, then back into an empty database and into its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from backoffice.kernel.actor import system
from backoffice.kernel.backup import Backup, Form, Kind, Order, Shelf, fetch_dump, make
from backoffice.kernel.backup.rules import IncrementalNotOurs
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.journal.hold import HoldRow, find_hold
from backoffice.kernel.proof.seal import SEALS_FILE
from backoffice.kernel.proof.verify import Report
from backoffice.kernel.restore import rules
from backoffice.kernel.restore.from_dump import find_dump, restore_dump
from backoffice.kernel.restore.target import find_target
from backoffice.settings import Settings
from tests.cli.commands import run_command
from tests.kernel.proof.chain import audit, check, rows_of, run_sealing
from tests.kernel.restore.managed import NewServer, in_house, managed, new_server
from tests.kernel.restore.shelf import kept

SUBJECTS = "SELECT subject FROM kernel.audit_entry WHERE action = 'test.done' ORDER BY subject"


@dataclass
class Scene:
    """A house that did one thing before its backup and one after it."""

    settings: Settings
    backup: Backup


@pytest.fixture(scope="module")
def scene(server: EmbeddedServer) -> Iterator[Scene]:
    with managed(server) as settings:
        do(settings, "before")
        in_house(settings, held_and_compared)
        backup = make(settings, Order())
        do(settings, "later")
        yield Scene(settings, backup)


async def held_and_compared(house: House) -> None:
    """Of an earlier restore."""
    async with house.database.write(system("kernel", "tests")) as tx:
        await tx.run("INSERT INTO kernel.hold (because, settled_at, compared_at) VALUES ('earlier', now(), now())")
        tx.record("held", "earlier")


def do(settings: Settings, subject: str) -> None:
    async def done(house: House) -> None:
        await audit(house, subject)
        await run_sealing(house)

    in_house(settings, done)


@dataclass
class Seen:
    """What a process finds in a house that was restored."""

    held: HoldRow | None
    subjects: list[tuple[str]]
    proof: Report


def look(settings: Settings, *seals: Path) -> Seen:
    async def seen(house: House) -> Seen:
        async with house.database.read() as db:
            held = await find_hold(db)
        return Seen(held, await rows_of(house, SUBJECTS), await check(house, *seals))

    return in_house(settings, seen)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[NewServer]:
    with new_server() as made:
        yield made


def into(settings: Settings, url: str, **changes: Any) -> Settings:
    return settings.model_copy(update={"database_restore_url": SecretStr(url), **changes})


def test_what_was_made_is_a_full_dump_with_its_roles_and_nothing_can_follow_it(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(IncrementalNotOurs):
        make(scene.settings, Order(Kind.INCREMENTAL))
    fetch_dump(scene.settings, scene.backup, into=tmp_path / "dump")

    made = scene.backup
    assert made.form is Form.LOGICAL and made.checked and len(made.checked.tables) > 20
    roles = (tmp_path / "dump" / "roles.psql").read_text()
    assert "ALTER ROLE backoffice_app SET lock_timeout TO '10s'" in roles and "SCRAM" not in roles


def test_a_backup_that_is_no_dump_and_none_at_all_are_refused(scene: Scene) -> None:
    physical = kept()
    Shelf(scene.settings).write_down(physical)
    try:
        for wanted, refused in ((physical.id, rules.NotADump), (None, rules.NeedsBackup)):
            with pytest.raises(refused):
                find_dump(scene.settings, wanted)
    finally:
        Shelf(scene.settings).delete(f"backups/{physical.id}/backup.json")


def test_a_database_that_is_not_empty_or_in_use_takes_no_dump_nor_one_beside_the_living(
    scene: Scene, elsewhere: NewServer, tmp_path: Path
) -> None:
    url = elsewhere.make_empty("busy")
    with pytest.raises(rules.OwnDatabaseLives):
        find_target(into(scene.settings, url))

    free = into(scene.settings, url, data_folder=tmp_path / "var")
    with elsewhere.connect("busy") as db:
        with pytest.raises(rules.TargetInUse, match=r"postgres \(1\)"):
            find_target(free)
        db.execute("CREATE TABLE notes (note text)")
    with pytest.raises(rules.TargetNotEmpty, match=r"busy on .* is not empty, it has public\.notes"):
        find_target(free)


def test_who_may_not_make_roles_is_told_what_an_administrator_has_to_run(
    scene: Scene, elsewhere: NewServer, tmp_path: Path
) -> None:
    with elsewhere.connect() as db:
        db.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'")
    elsewhere.make_empty("plain", owner="plain")
    url = psycopg.conninfo.make_conninfo(elsewhere.make_empty("other"), dbname="plain", user="plain", password="plain")
    plain = into(scene.settings, url, data_folder=tmp_path / "var")

    with pytest.raises(rules.NeedsAdministrator, match='CREATE ROLE "backoffice_app" LOGIN; GRANT CONNECT'):
        restore_dump(plain, scene.backup, target=find_target(plain), with_safety_backup=True, doing=print)

    assert find_target(plain).holds == ()


def test_a_new_server_gets_roles_and_rows_and_is_held(scene: Scene, elsewhere: NewServer, tmp_path: Path) -> None:
    """By the command, as an administrator who is no superuser."""
    told = {
        "DATABASE_URL": scene.settings.database_url.get_secret_value(),
        "TOKEN_SECRET": scene.settings.token_secret.get_secret_value(),
        "ENCRYPTION_KEYS": scene.settings.encryption_keys.get_secret_value(),
        "BACKUPS_URL": scene.settings.backups_url,
        "DATABASE_RESTORE_URL": elsewhere.make_empty("desk"),
    }
    done = run_command("restore", "--backup", str(scene.backup.id), folder=tmp_path, **told)
    again = run_command("restore", "--backup", str(scene.backup.id), folder=tmp_path, **told)

    assert done.returncode == 0, done.stderr
    assert "The role backoffice_app was made, without a password: give it one." in done.stdout
    assert "The house is held" in done.stdout
    assert (again.returncode, "is not empty, it has schema" in again.stderr) == (1, True)
    with elsewhere.connect("desk") as db:
        db.execute("ALTER ROLE backoffice_app PASSWORD 'app'")
        owners = db.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'kernel'").fetchall()
    assert owners == [("backoffice_owner",)]
    app = psycopg.conninfo.make_conninfo(told["DATABASE_RESTORE_URL"], user="backoffice_app", password="app")
    seen = look(scene.settings.model_copy(update={"database_url": SecretStr(app), "data_folder": tmp_path / "var"}))
    assert seen.held is not None and seen.held.settled_at is not None and seen.held.compared_at is None
    assert (seen.subjects, seen.proof.broken) == ([("test:before",)], None)
    with psycopg.connect(app) as db:
        assert db.execute("SHOW statement_timeout").fetchone() == ("30s",)


def test_the_houses_own_database_goes_back_in_one_transaction_and_keeps_a_safety_backup(scene: Scene) -> None:
    settings, steps = scene.settings, list[str]()
    target = find_target(settings)
    with psycopg.connect(settings.owner_url, autocommit=True) as db:
        db.execute("CREATE VIEW kernel.newer AS SELECT subject FROM kernel.audit_entry")

    restored = restore_dump(settings, scene.backup, target=target, with_safety_backup=True, doing=steps.append)

    assert steps == ["safety backup", "fetching", "roles", "restoring", "settling", "recovering"]
    assert restored.safety_backup and find_dump(settings, restored.safety_backup).follows is None
    assert (restored.report.epoch, restored.report.seals_given_up, restored.made_roles) == (2, 1, [])
    seen = look(settings, settings.data_folder / SEALS_FILE)
    assert seen.held is not None and seen.held.settled_at is not None and seen.held.compared_at is None
    assert (seen.subjects, seen.proof.broken, len(seen.proof.epochs)) == ([("test:before",)], None, 1)
    told = "SELECT action FROM kernel.audit_entry WHERE action IN ('hold.begun', 'restore.done') ORDER BY action"
    with psycopg.connect(settings.owner_url) as db:
        assert db.execute(told).fetchall() == [("hold.begun",), ("restore.done",)]
        assert db.execute("SELECT to_regclass('kernel.newer')").fetchone() == (None,)
