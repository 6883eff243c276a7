"""audit, keys, migrate, routes, openapi, demo, import: what an operator proves, turns, brings up to date and brings in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb

from backoffice.application import described
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.audit.jobs import seal_audit
from backoffice.kernel.actor import Context, system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.migrations import known_migrations
from backoffice.kernel.house import House
from backoffice.kernel.identity.rules import IdentityAct
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.secrets.keyring import KeyRing, decrypt, new_key
from tests.cli.commands import run_command
from tests.cli.conftest import Command
from tests.conftest import superuser
from tests.making import Make

PEOPLE = ["staff:1", "staff:2", "staff:3"]


async def audit_about(house: House, people: list[str]) -> None:
    """An entry with an encrypted value about each of them, sealed."""
    async with house.database.write(system("helpdesk", "tests")) as tx:
        for person in people:
            tx.audit(IdentityAct.MEMBERSHIP_GRANTED, person, after={"name": personal(f"I am {person}")}, person=person)
    await seal_audit(JobRun(house, system("kernel", "seal"), Context(), 0))


async def test_a_whole_audit_log_is_verified(command: Command, house: House) -> None:
    await audit_about(house, PEOPLE)

    verified = command("audit", "verify", "--data", str(house.settings.data_folder))

    assert (verified.returncode, verified.stderr) == (0, "")
    assert verified.stdout == "3 entries in 1 seals verified, 0 wait for their seal.\n"


async def test_a_changed_entry_of_the_audit_log_is_named(
    command: Command, house: House, server: EmbeddedServer
) -> None:
    await audit_about(house, PEOPLE)
    with superuser(server) as connection:
        connection.execute("SET session_replication_role = replica")
        changed = connection.execute(
            "UPDATE kernel.audit_entry SET after = %s WHERE subject = 'staff:2' RETURNING id", [Jsonb({"name": "nobody"})]
        ).fetchone()

    refused = command("audit", "verify", "--data", str(house.settings.data_folder))

    assert changed is not None
    assert refused.returncode == 1
    assert refused.stderr.startswith("backoffice: the audit log is broken: ")
    assert str(changed[0]) in refused.stderr


async def test_turned_keys_open_what_the_old_one_sealed(command: Command, house: House) -> None:
    await audit_about(house, PEOPLE)
    old = house.settings.encryption_keys.get_secret_value()
    new = command("keys", "new").stdout.strip()

    turned = command("keys", "rotate", ENCRYPTION_KEYS=f"{new},{old}")
    again = command("keys", "rotate", ENCRYPTION_KEYS=f"{new},{old}")

    assert (turned.returncode, turned.stdout) == (0, "3 keys wrapped anew.\n"), turned.stderr
    assert again.stdout == "0 keys wrapped anew.\n"
    assert await opened(house, KeyRing(new)) == {person: f"I am {person}" for person in PEOPLE}


async def opened(house: House, ring: KeyRing) -> dict[str, Any]:
    """The personal value of each entry, opened with nothing but this ring."""
    import base64

    async with house.database.read() as db:
        cursor = await db.connection.execute(
            "SELECT k.data_subject, k.key_id, k.wrapped, e.after FROM kernel.audit_entry e "
            "JOIN kernel.data_key k ON k.data_subject = e.subject"
        )
        rows = await cursor.fetchall()
    found = {}
    for person, key_id, wrapped, after in rows:
        key = ring.decrypt(key_id, wrapped, bound_to=person)
        found[person] = json.loads(decrypt(key, base64.b64decode(after["name"]["sealed"]), bound_to=person))
    return found


def test_every_new_key_is_another_one(command: Command) -> None:
    keys = [command("keys", "new").stdout.strip() for _ in range(2)]

    assert keys[0] != keys[1]
    assert KeyRing(",".join(keys)).current == keys[0].split(":")[0]


@pytest.fixture
def empty_database(server: EmbeddedServer) -> Iterator[dict[str, str]]:
    """The addresses of a database without anything in it."""
    with superuser(server) as connection:
        connection.execute("CREATE DATABASE fresh OWNER backoffice_owner")
    yield {
        "DATABASE_URL": make_conninfo(server.app_url, dbname="fresh"),
        "DATABASE_OWNER_URL": make_conninfo(server.owner_url, dbname="fresh"),
    }
    with superuser(server) as connection:
        connection.execute("DROP DATABASE fresh WITH (FORCE)")


def test_migrations_are_applied_once_and_verified(command: Command, empty_database: dict[str, str]) -> None:
    names = [migration.name for migration in known_migrations()]

    missing = command("migrate", "--verify", **empty_database)
    applied = command("migrate", **empty_database)
    again = command("migrate", **empty_database)
    verified = command("migrate", "--verify", **empty_database)

    assert (missing.returncode, missing.stdout.split()) == (1, names)
    assert (applied.returncode, applied.stdout.splitlines()) == (0, [f"applied {name}" for name in names])
    assert (again.returncode, again.stdout) == (0, "Nothing to apply.\n")
    assert (verified.returncode, verified.stdout) == (0, "The database is at this version.\n")


def test_an_edited_migration_is_refused(command: Command, empty_database: dict[str, str]) -> None:
    command("migrate", **empty_database)
    with psycopg.connect(empty_database["DATABASE_OWNER_URL"]) as connection:
        connection.execute("UPDATE public.applied_migration SET checksum = 'other' WHERE name LIKE '0003%'")

    refused = command("migrate", **empty_database)

    assert refused.returncode == 1
    assert "0003_helpdesk was edited after it was applied" in refused.stderr


async def test_the_demo_goes_into_an_empty_database_only(command: Command, make: Make) -> None:
    loaded = command("demo")
    again = command("demo")

    assert (loaded.returncode, loaded.stdout) == (0, "The demo is loaded.\n"), loaded.stderr
    said = "backoffice: this database already has customers; the demo is for an empty one\n"
    assert (again.returncode, again.stderr) == (1, said)
    async with make.read() as db:
        assert await db.value(int, "SELECT count(*) FROM helpdesk.ticket") == 600


async def test_an_import_takes_a_whole_file_or_nothing(command: Command, make: Make, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("question_id,category,question,answer,keywords\nKB900,payment,Why?,Because.,why\n")
    bad.write_text("question_id,category,question,answer\nKB901,payment,When?,Soon.\nKB902,payment,,Nowhere.\n")

    imported = command("import", "knowledge", str(good))
    refused = command("import", "knowledge", str(bad))

    assert (imported.returncode, imported.stdout) == (0, "1 entries imported.\n"), imported.stderr
    assert (refused.returncode, refused.stdout) == (1, "line 3: question is missing\n")
    assert refused.stderr == f"backoffice: 1 rows of {bad} were refused; nothing was imported\n"
    async with make.read() as db:
        assert await db.values(str, "SELECT question_id FROM helpdesk.knowledge_entry") == ["KB900"]


def test_routes_and_documents_need_no_database(tmp_path: Path) -> None:
    routes = run_command("routes", folder=tmp_path)
    document = run_command("openapi", "helpdesk", folder=tmp_path)

    assert (routes.returncode, document.returncode) == (0, 0)
    assert json.loads(document.stdout)["paths"].keys() == described()["helpdesk"].openapi()["paths"].keys()
    assert all(door.path_format in routes.stdout for door in described()["helpdesk"].doors)


def test_written_routes_are_what_is_printed(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()

    written = run_command("routes", "--write", folder=tmp_path)

    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "docs" / "routes.md").read_text().strip() == run_command("routes", folder=tmp_path).stdout.strip()
    assert new_key() not in written.stdout
