"""Folding kept sums: what several rows say becomes one, and where nothing is to be joined nothing is written."""

from typing import Any

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.jobs.queue import JobRun
from tests.making import Make, fold_all

SUMS = (
    ("helpdesk.whatsapp_user_tally", "(true, 1)"),
    ("helpdesk.ticket_tally", "('open', 'loan', NULL, 1)"),
    ("kernel.audit_tally (product, staff_id, action, entries)", "('shield', NULL, 'a', 1)"),
    ("shield.claim_tally (status, claims)", "('pending', 1)"),
    ("shield.member_tally (status, members)", "('active', 1)"),
    ("shield.subscriber_tally (plan_id, subscribers)", "('plan_basic', 1)"),
    ("shield.payout_tally (status, completed_on, payouts, amount_minor)", "('paid', NULL, 1, 1)"),
    ("shield.dashboard_sum (figure, day, times, amount)", "('member.new', current_date, 1, 1)"),
)


@pytest.mark.parametrize(("table", "row"), SUMS, ids=[table.split(" ")[0] for table, _ in SUMS])
async def test_one_row_of_a_sum_is_left_alone_and_two_become_one(make: Make, table: str, row: str) -> None:
    name = table.split(" ", maxsplit=1)[0]
    await put(make, f"INSERT INTO {table} VALUES {row}")
    assert await written_by_folding(make) is False, "an idle fold has no transaction of its own in the log"

    await put(make, f"INSERT INTO {table} VALUES {row}")
    assert await written_by_folding(make) is True
    assert await count(make, name) == 1


async def test_the_tally_of_broadcasts_is_empty_after_each_fold_however_many_there_were(make: Make) -> None:
    admin = await make.super_admin()
    for _ in range(3):
        await put(
            make,
            "WITH one AS (INSERT INTO helpdesk.broadcast (message, total_recipients, created_by)"
            f" VALUES ('Hi', 2, {admin.id}) RETURNING id)"
            " INSERT INTO helpdesk.broadcast_tally SELECT id, 'sent', 1 FROM one, generate_series(1, 2)",
        )
    await written_by_folding(make)
    assert await written_by_folding(make) is False

    assert await count(make, "helpdesk.broadcast_tally") == 0
    async with make.read() as db:
        sums = await db.connection.execute(
            "SELECT sum(recipients)::int FROM helpdesk.broadcast_outcome GROUP BY broadcast_id"
        )
        assert await sums.fetchall() == [(2,), (2,), (2,)]


async def test_a_sum_that_cannot_be_folded_holds_up_no_other(make: Make, house: House) -> None:
    for _ in range(2):
        await put(make, "INSERT INTO helpdesk.whatsapp_user_tally VALUES (true, 9223372036854775807)")
        await put(make, "INSERT INTO shield.claim_tally (status, claims) VALUES ('pending', 1)")

    with pytest.raises(ExceptionGroup):
        await kept_sums.fold_kept_sums(JobRun(house, system("kernel", "tests"), Context(), 0))

    assert await count(make, "shield.claim_tally") == 1
    assert await count(make, "helpdesk.whatsapp_user_tally") == 2


async def put(make: Make, sql: Any) -> None:
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.connection.execute(sql)


async def written_by_folding(make: Make) -> bool:
    """Whether PostgreSQL gave the fold a transaction id, as it does to whatever writes."""
    async with make.write() as tx:
        await fold_all(tx)
        [assigned] = await (
            await tx.connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        ).fetchone() or (None,)
    return bool(assigned)


async def count(make: Make, table: Any) -> int:
    async with make.read() as db:
        rows = await db.connection.execute(f"SELECT count(*) FROM {table}")
        return int((await rows.fetchall())[0][0])
