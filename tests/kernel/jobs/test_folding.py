"""Folding kept sums: what several rows say becomes one, and where nothing is to be joined nothing is written."""

from collections.abc import Callable
from typing import Any

import pytest

from backoffice.helpdesk.broadcast import store as broadcasts
from backoffice.helpdesk.customer import store as customers
from backoffice.helpdesk.ticket import store as tickets
from backoffice.helpdesk.usage import store as usage
from backoffice.kernel.audit import store as audit
from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx
from backoffice.shield.claim import store as claims
from backoffice.shield.dashboard import store as dashboard
from backoffice.shield.member import store as members
from backoffice.shield.payout import store as payouts
from backoffice.shield.plan import store as plans
from tests.making import Make

SUMS: list[tuple[str, str, Callable[[Tx], Query[int]]]] = [
    ("helpdesk.whatsapp_user_tally", "(true, 1)", customers.fold_tally),
    ("helpdesk.ticket_tally", "('open', 'loan', NULL, 1)", tickets.fold_tally),
    ("kernel.audit_tally (product, staff_id, action, entries)", "('shield', NULL, 'a', 1)", audit.fold_tally),
    ("shield.claim_tally (status, claims)", "('pending', 1)", claims.fold_tally),
    ("shield.member_tally (status, members)", "('active', 1)", members.fold_tally),
    ("shield.subscriber_tally (plan_id, subscribers)", "('plan_basic', 1)", plans.fold_tally),
    ("shield.payout_tally (status, completed_on, payouts, amount_minor)", "('paid', NULL, 1, 1)", payouts.fold_tally),
    ("shield.dashboard_sum (figure, day, times, amount)", "('member.new', current_date, 1, 1)", dashboard.fold_sums),
]


@pytest.mark.parametrize(("table", "row", "fold"), SUMS, ids=[table.split(" ")[0] for table, _, _ in SUMS])
async def test_one_row_of_a_sum_is_left_alone_and_two_become_one(
    make: Make, table: str, row: str, fold: Callable[[Tx], Query[int]]
) -> None:
    name = table.split(" ", maxsplit=1)[0]
    await put(make, f"INSERT INTO {table} VALUES {row}")
    assert await written_by(make, fold) is False, "an idle fold has no transaction of its own in the log"

    await put(make, f"INSERT INTO {table} VALUES {row}")
    assert await written_by(make, fold) is True
    assert await count(make, name) == 1


@pytest.mark.parametrize("fold", [broadcasts.fold_tally, usage.fold_usage])
async def test_a_fold_into_other_rows_writes_nothing_where_nothing_came(
    make: Make, fold: Callable[[Tx], Query[int]]
) -> None:
    assert await written_by(make, fold) is False


async def test_the_tally_of_broadcasts_is_empty_after_each_fold_however_many_there_were(make: Make) -> None:
    admin = await make.super_admin()
    for _ in range(3):
        await put(
            make,
            "WITH one AS (INSERT INTO helpdesk.broadcast (message, total_recipients, created_by)"
            f" VALUES ('Hi', 2, {admin.id}) RETURNING id)"
            " INSERT INTO helpdesk.broadcast_tally SELECT id, 'sent', 1 FROM one, generate_series(1, 2)",
        )
    for _ in range(2):
        await written_by(make, broadcasts.fold_tally)

    assert await count(make, "helpdesk.broadcast_tally") == 0
    async with make.read() as db:
        sums = await db.connection.execute(
            "SELECT sum(recipients)::int FROM helpdesk.broadcast_outcome GROUP BY broadcast_id"
        )
        assert await sums.fetchall() == [(2,), (2,), (2,)]


async def put(make: Make, sql: Any) -> None:
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.connection.execute(sql)


async def written_by(make: Make, fold: Callable[[Tx], Query[int]]) -> bool:
    """Whether PostgreSQL gave the fold a transaction id, as it does to whatever writes."""
    async with make.write() as tx:
        await fold(tx)
        [assigned] = await (
            await tx.connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        ).fetchone() or (None,)
    return bool(assigned)


async def count(make: Make, table: Any) -> int:
    async with make.read() as db:
        rows = await db.connection.execute(f"SELECT count(*) FROM {table}")
        return int((await rows.fetchall())[0][0])
