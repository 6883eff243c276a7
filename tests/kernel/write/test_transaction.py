"""A write: recorded or not committed, all of it or nothing, and never open while the outside world is called."""

from typing import Any

import psycopg
import pytest

from backoffice.kernel.actor import Actor, ActorKind, Context, system
from backoffice.kernel.audit.entry import Act, personal
from backoffice.kernel.database import NoRow, Query
from backoffice.kernel.errors import NotFound
from backoffice.kernel.house import House
from backoffice.kernel.write import CommitRefused, TransactionOpen, Tx, UndeclaredAct, outside_transaction


class Done(Act):
    RENAMED = "customer.renamed"
    REMOVED = "customer.removed"


STAFF = Actor(ActorKind.STAFF, 7, "asha", "helpdesk", "admin")
HOUSE = system("helpdesk", "tests")


def customer(tx: Tx, phone: str) -> Query[int]:
    return tx.run("INSERT INTO helpdesk.whatsapp_user (phone) VALUES (%(phone)s)", phone=phone)


async def add_customer(tx: Tx, phone: str = "+919876500001") -> None:
    assert await customer(tx, phone) == 1


async def count(house: House, table: Any) -> int:
    async with house.database.read() as db:
        rows = await (await db.connection.execute("SELECT count(*) FROM " + table)).fetchall()
        return int(rows[0][0])


async def refused(house: House, actor: Actor, *, record: bool = False) -> str:
    with pytest.raises(psycopg.Error) as refusal:
        async with house.database.write(actor) as tx:
            await add_customer(tx)
            if record:
                tx.record("customer seen", 1)
    assert await count(house, "helpdesk.whatsapp_user") == 0
    return f"{refusal.value.sqlstate} {refusal.value.diag.message_primary}"


async def test_a_staff_write_that_changed_something_and_audited_nothing_does_not_commit(house: House) -> None:
    assert await refused(house, STAFF) == "BO001 a row of helpdesk.whatsapp_user changed and nothing records it"


async def test_a_domain_event_is_no_record_of_a_staff_write(house: House) -> None:
    assert (await refused(house, STAFF, record=True)).startswith("BO001")


async def test_a_write_of_the_system_names_the_event_that_records_it_or_does_not_commit(house: House) -> None:
    assert (await refused(house, HOUSE)).startswith("BO001")

    async with house.database.write(HOUSE) as tx:
        await add_customer(tx)
        tx.record("customer seen", 1)
    assert await count(house, "helpdesk.whatsapp_user") == 1


async def test_updates_and_deletions_need_their_record_too(house: House) -> None:
    async with house.database.write(HOUSE) as tx:
        await add_customer(tx)
        tx.record("customer seen", 1)

    for sql in ("UPDATE helpdesk.whatsapp_user SET name = 'X'", "DELETE FROM helpdesk.whatsapp_user"):
        with pytest.raises(psycopg.Error, match="nothing records it"):
            async with house.database.write(STAFF) as tx:
                await tx.run(sql)


async def test_the_mark_of_one_write_is_gone_in_the_next_on_the_same_connection(house: House) -> None:
    async with house.database.pool.connection() as connection:
        for change in (True, False):
            await connection.execute("BEGIN")
            if change:
                await connection.execute("INSERT INTO helpdesk.whatsapp_user (phone) VALUES ('+919876500009')")
            marked = await connection.execute("SELECT coalesce(current_setting('backoffice.changed', true), '')")
            assert (await marked.fetchone()) == ("helpdesk.whatsapp_user" if change else "",)
            await connection.execute("ROLLBACK")


async def test_an_audited_write_commits_with_its_entry(house: House) -> None:
    context = Context(request_id="r-1", address="10.0.0.1", agent="tests")
    async with house.database.write(STAFF, context, declared=frozenset({Done.RENAMED})) as tx:
        await add_customer(tx)
        entry = tx.audit(Done.RENAMED, 5, before={"name": "A"}, after={"name": "B"}, reason="asked")

    async with house.database.read() as db:
        row = await (
            await db.connection.execute(
                """
                SELECT id, product, actor_kind, actor_id, actor_label, action, subject, before, after, reason, address,
                       agent, request_id
                  FROM kernel.audit_entry
                """
            )
        ).fetchone()
    assert row == (
        entry.id, "helpdesk", "staff", 7, "asha", "customer.renamed", "customer:5", {"name": "A"}, {"name": "B"},
        "asked", "10.0.0.1", "tests", "r-1",
    )  # fmt: skip


async def test_an_act_the_door_does_not_declare_undoes_the_write(house: House) -> None:
    with pytest.raises(UndeclaredAct):
        async with house.database.write(STAFF, declared=frozenset({Done.RENAMED})) as tx:
            await add_customer(tx)
            tx.audit(Done.REMOVED, 5)

    assert await count(house, "helpdesk.whatsapp_user") == 0
    assert await count(house, "kernel.audit_entry") == 0


async def test_what_raises_undoes_the_write_its_entry_and_its_jobs(house: House) -> None:
    with pytest.raises(NotFound):
        async with house.database.write(STAFF) as tx:
            await add_customer(tx)
            tx.audit(Done.RENAMED, 5, person="whatsapp:+91", after={"name": personal("B")})
            raise NotFound

    assert await count(house, "helpdesk.whatsapp_user") == 0
    assert await count(house, "kernel.audit_entry") == 0
    assert await count(house, "kernel.data_key") == 0


async def test_a_write_whose_statement_failed_unnoticed_is_not_taken_for_committed(house: House) -> None:
    with pytest.raises((CommitRefused, psycopg.Error)):
        async with house.database.write(HOUSE) as tx:
            await add_customer(tx)
            tx.record("customer seen", 1)
            with pytest.raises(psycopg.errors.UniqueViolation):
                await add_customer(tx)

    assert await count(house, "helpdesk.whatsapp_user") == 0


async def test_what_fails_inside_a_savepoint_undoes_only_itself(house: House) -> None:
    async with house.database.write(HOUSE) as tx:
        await add_customer(tx)
        tx.record("customer seen", 1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with tx.savepoint():
                await add_customer(tx)

    assert await count(house, "helpdesk.whatsapp_user") == 1


async def test_what_was_collected_and_put_off_inside_a_savepoint_that_failed_is_undone_with_it(house: House) -> None:
    async with house.database.write(STAFF, declared=frozenset(Done)) as tx:
        tx.send_ahead(customer(tx, "+919876500001"))
        tx.audit(Done.RENAMED, 1)
        with pytest.raises(NotFound):
            async with tx.savepoint():
                tx.send_ahead(customer(tx, "+919876500002"))
                tx.audit(Done.REMOVED, 1)
                raise NotFound

    assert await count(house, "helpdesk.whatsapp_user") == 1
    assert await count(house, "kernel.audit_entry") == 1


async def test_what_was_put_off_inside_a_savepoint_fails_inside_it(house: House) -> None:
    async with house.database.write(HOUSE) as tx:
        await add_customer(tx)
        tx.record("customer seen", 1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with tx.savepoint():
                tx.send_ahead(customer(tx, "+919876500001"))

    assert await count(house, "helpdesk.whatsapp_user") == 1


async def test_a_statement_after_one_that_was_put_off_and_failed_is_not_answered(house: House) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        async with house.database.write(HOUSE) as tx:
            await add_customer(tx)
            tx.send_ahead(customer(tx, "+919876500001"))
            await tx.value(int, "SELECT 1::bigint")

    assert await count(house, "helpdesk.whatsapp_user") == 0


async def test_no_vendor_is_called_while_a_transaction_is_open(house: House) -> None:
    outside_transaction("the gateway")
    with pytest.raises(TransactionOpen, match="the gateway called inside a transaction"):
        async with house.database.write(HOUSE):
            outside_transaction("the gateway")
    outside_transaction("the gateway")


async def test_the_connection_is_clean_after_a_failed_write(house: House) -> None:
    for _ in range(3):
        with pytest.raises(NoRow):
            async with house.database.write(HOUSE) as tx:
                await tx.value(int, "SELECT id FROM kernel.staff WHERE id = -1")
    async with house.database.read() as db:
        assert await db.value(int, "SELECT 1::bigint") == 1
        assert db.connection.info.transaction_status.name == "IDLE"


async def test_the_application_may_not_touch_the_schema(house: House) -> None:
    async with house.database.read() as db:
        for sql in (
            "CREATE TABLE kernel.mine (id int)",
            "DROP TABLE helpdesk.ticket",
            "ALTER TABLE kernel.audit_entry DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "TRUNCATE kernel.staff",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await db.run(sql)
