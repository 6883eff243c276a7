"""audit, keys, migrate, demo, import, routes, openapi: what an operator proves, turns, brings in and reads."""

import base64
import json
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from backoffice.application import described
from backoffice.kernel.actor import Context, system
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.migrations import known_migrations
from backoffice.kernel.encryption.keyring import KeyRing, decrypt
from backoffice.kernel.house import House
from backoffice.kernel.identity.rules import IdentityAct
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.proof.jobs import seal_audit
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

    verified = await command("audit", "verify", "--data", str(house.settings.data_folder))

    assert (verified.code, verified.err) == (0, "")
    first, second = verified.out.splitlines()
    assert first == "3 entries in 1 seals verified, 0 wait for their seal."
    assert second.startswith("1 seals compared with ")


async def test_a_file_of_seals_that_cannot_be_read_is_named(command: Command, house: House, tmp_path: Path) -> None:
    await audit_about(house, PEOPLE)

    refused = await command("audit", "verify", "--seals", str(tmp_path))

    assert (refused.code, refused.err) == (
        1,
        "backoffice: the audit log is broken: the file of seals outside the database is missing or can't be read: "
        f"{tmp_path}\n",
    )


async def test_a_changed_entry_of_the_audit_log_is_named(
    command: Command, house: House, server: EmbeddedServer
) -> None:
    await audit_about(house, PEOPLE)
    with superuser(server) as connection:
        connection.execute("SET session_replication_role = replica")
        changed = connection.execute(
            "UPDATE kernel.audit_entry SET after = %s WHERE data_subject = 'staff:2' RETURNING id",
            [Jsonb({"name": "nobody"})],
        ).fetchone()

    refused = await command("audit", "verify", "--data", str(house.settings.data_folder))

    assert changed is not None
    assert refused.code == 1
    assert refused.err.startswith("backoffice: the audit log is broken: ")
    assert str(changed[0]) in refused.err


async def test_turned_keys_open_what_the_old_one_sealed(command: Command, house: House) -> None:
    await audit_about(house, PEOPLE)
    old = house.settings.encryption_keys.get_secret_value()
    new = (await command("keys", "new")).out.strip()

    turned = await command("keys", "rotate", ENCRYPTION_KEYS=f"{new},{old}")
    again = await command("keys", "rotate", ENCRYPTION_KEYS=f"{new},{old}")

    assert (turned.code, turned.out) == (0, "3 values sealed anew.\n"), turned.err
    assert again.out == "0 values sealed anew.\n"
    assert await opened(house, KeyRing(new)) == {person: f"I am {person}" for person in PEOPLE}


async def opened(house: House, ring: KeyRing) -> dict[str, Any]:
    """The personal value of each entry, opened with nothing but this ring."""
    async with house.database.read() as db:
        cursor = await db.connection.execute(
            "SELECT k.data_subject, k.key_id, k.wrapped, e.after FROM kernel.audit_entry e "
            "JOIN kernel.data_key k ON k.data_subject = e.data_subject"
        )
        rows = await cursor.fetchall()
    found = {}
    for person, key_id, wrapped, after in rows:
        key = ring.decrypt(key_id, wrapped, bound_to=person)
        found[person] = json.loads(decrypt(key, base64.b64decode(after["name"]["sealed"]), bound_to=person))
    return found


async def test_every_new_key_is_another_one(command: Command) -> None:
    keys = [(await command("keys", "new")).out.strip() for _ in range(2)]

    assert keys[0] != keys[1]
    assert KeyRing(",".join(keys)).current == keys[0].split(":")[0]


async def test_migrations_are_applied_once_and_verified(command: Command, empty_database: dict[str, str]) -> None:
    names = [migration.name for migration in known_migrations()]

    missing = await command("migrate", "--verify", **empty_database)
    applied = await command("migrate", **empty_database)
    again = await command("migrate", **empty_database)
    verified = await command("migrate", "--verify", **empty_database)

    assert (missing.code, missing.out.split()) == (1, names)
    assert (applied.code, applied.out.splitlines()) == (0, [f"applied {name}" for name in names])
    assert (again.code, again.out) == (0, "Nothing to apply.\n")
    assert (verified.code, verified.out) == (0, "The database is at this version.\n")


async def test_an_edited_migration_is_refused(command: Command, empty_database: dict[str, str]) -> None:
    await command("migrate", **empty_database)
    with psycopg.connect(empty_database["DATABASE_OWNER_URL"]) as connection:
        connection.execute("UPDATE public.applied_migration SET checksum = 'other' WHERE name LIKE '0003%'")

    refused = await command("migrate", **empty_database)

    assert refused.code == 1
    assert "0003_helpdesk was edited after it was applied" in refused.err


async def test_the_demo_goes_into_an_empty_database_only(command: Command, make: Make) -> None:
    """That it goes into an empty one, tests/marketplace/demo/ asks."""
    await make.customer()

    refused = await command("demo")

    said = "backoffice: this database already has customers or members; the demo is for an empty one\n"
    assert (refused.code, refused.out, refused.err) == (1, "", said)
    async with make.read() as db:
        assert await db.value(int, "SELECT count(*) FROM helpdesk.whatsapp_user") == 1
        assert await db.value(int, "SELECT count(*) FROM marketplace.customer") == 0
        assert await db.value(int, "SELECT count(*) FROM shield.member") == 0


async def test_an_import_takes_a_whole_file_or_nothing(command: Command, make: Make, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("question_id,category,question,answer,keywords\n900,payment,Why?,Because.,why\n")
    bad.write_text("question_id,category,question,answer\n901,payment,When?,Soon.\n902,payment,,Nowhere.\n")

    imported = await command("import", "knowledge", str(good))
    refused = await command("import", "knowledge", str(bad))

    assert (imported.code, imported.out) == (0, "1 entries imported.\n"), imported.err
    assert (refused.code, refused.out) == (1, "line 3: question is missing\n")
    assert refused.err == f"backoffice: 1 lines of {bad} were refused; nothing was imported\n"
    async with make.read() as db:
        assert await db.values(int, "SELECT question_id FROM helpdesk.knowledge_entry") == [900]


def test_routes_and_documents_need_no_settings(tmp_path: Path) -> None:
    routes = run_command("routes", folder=tmp_path)
    document = run_command("openapi", "helpdesk", folder=tmp_path)

    assert (routes.returncode, document.returncode) == (0, 0)
    assert json.loads(document.stdout)["paths"].keys() == described()["helpdesk"].openapi()["paths"].keys()
    assert all(door.path_format in routes.stdout for door in described()["helpdesk"].doors)


async def test_written_routes_are_what_is_printed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()

    written, printed = await command("routes", "--write"), await command("routes")

    assert (written.code, written.out) == (0, "")
    assert (tmp_path / "docs" / "routes.md").read_text().strip() == printed.out.strip()
