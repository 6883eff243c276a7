"""The dashboard: every figure is the count or the sum of the rows it summarises, whatever happened to them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest

from backoffice.shield.dashboard.rules import Periods, average_days, average_minor
from tests.making import fold_all
from tests.shield.conftest import AdminOf
from tests.shield.making import Given

STATS = "/v1/admin/dashboard/stats"
NEXT = {
    "pending": ("under_review", "denied"),
    "under_review": ("approved", "denied"),
    "denied": ("under_review",),
    "approved": ("paid", "under_review"),
    "paid": ("approved",),
}
PAYOUT_NEXT = {
    "pending": ("processing", "completed", "failed", "cancelled"),
    "processing": ("completed", "failed"),
    "completed": ("failed",),
    "failed": ("pending",),
    "cancelled": (),
}
BUSY = 60


class History:
    """Random members, claims and payouts, and random moves between their states."""

    def __init__(self, given: Given, seed: int) -> None:
        self.given = given
        self.random = Random(seed)

    def earlier(self, days: float = 140) -> datetime:
        """Around now as often as around the beginnings of week and month."""
        return datetime.now(UTC) - timedelta(days=self.random.uniform(0, self.random.choice((1, 8, days))))

    async def run(self) -> None:
        for _ in range(BUSY):
            await self.random.choice((self.join, self.join, self.leave, self.change_plan, self.begin, self.claim))()
        for _ in range(4 * BUSY):
            await self.random.choice((self.decide, self.decide, self.decide, self.pay, self.pay, self.settle))()

    async def join(self) -> None:
        plan_id = self.random.choice((None, "plan_basic", "plan_premium"))
        status = self.random.choice(("active", "pending", "deactivated"))
        await self.given.member(plan_id=plan_id, status=status, signup_date=self.earlier())

    async def leave(self) -> None:
        await self.change("UPDATE shield.member SET status = 'deactivated' WHERE id = %(id)s", "member", "active")

    async def change_plan(self) -> None:
        await self.change("UPDATE shield.subscription SET ended_at = now() WHERE id = %(id)s", "subscription")

    async def begin(self) -> None:
        await self.change("UPDATE shield.subscription SET has_begun = NOT has_begun WHERE id = %(id)s", "subscription")

    async def claim(self) -> None:
        status = self.random.choice(("pending", "under_review", "approved"))
        await self.given.claim(
            status=status, submitted_at=self.earlier(), requested_minor=self.random.randint(1_000, 500_000)
        )

    async def decide(self) -> None:
        old = self.random.choice(list(NEXT))
        await self.change(
            """
            UPDATE shield.claim
               SET status = %(new)s, amount_approved_minor = amount_requested_minor,
                   decided_at = CASE WHEN %(new)s <> 'under_review' THEN submitted_at + %(after)s END
             WHERE id = %(id)s
            """,
            "claim",
            old,
            new=self.random.choice(NEXT[old]),
            after=timedelta(seconds=self.random.randint(60, 900_000)),
        )

    async def pay(self) -> None:
        await self.change(
            """
            INSERT INTO shield.payout (id, claim_id, member_id, amount_minor, method, status, completed_at)
            SELECT 'payout_' || replace(uuidv7()::text, '-', ''), c.id, c.member_id,
                   1 + (random() * 0.3 * c.amount_approved_minor)::bigint, 'ach', %(new)s,
                   CASE %(new)s WHEN 'completed' THEN %(at)s::timestamptz END
              FROM shield.claim c
              LEFT JOIN shield.payout p ON p.claim_id = c.id
             WHERE c.id = %(id)s GROUP BY c.id HAVING count(p.id) < 3 AND c.amount_approved_minor > 100
            """,
            "claim",
            "approved",
            new=self.random.choice(("pending", "completed")),
            at=self.earlier(),
        )

    async def settle(self) -> None:
        old = self.random.choice([state for state, ways in PAYOUT_NEXT.items() if ways])
        await self.change(
            """
            UPDATE shield.payout
               SET status = %(new)s, completed_at = CASE %(new)s WHEN 'completed' THEN %(at)s::timestamptz END
             WHERE id = %(id)s
            """,
            "payout",
            old,
            new=self.random.choice(PAYOUT_NEXT[old]),
            at=self.earlier(),
        )

    async def change(self, sql: Any, table: str, status: str | None = None, **params: Any) -> None:
        """Run the change on a random row of the table, if there is one in this status."""
        rows = await rows_of(self.given, table)
        ids = sorted(row["id"] for row in rows if status in (None, row.get("status")) and row.get("ended_at") is None)
        if ids:
            async with self.given.write() as tx:
                tx.record("moved", "for a test")
                await tx.run(sql, id=self.random.choice(ids), **params)


async def rows_of(given: Given, table: str) -> list[dict[str, Any]]:
    async with given.read() as db:
        cursor = await db.connection.execute(f"SELECT * FROM shield.{table}")  # type: ignore[arg-type]
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


def dollars_of(cents: Iterable[int]) -> float:
    return float(Decimal(sum(cents)) / 100)


def times(rows: list[dict[str, Any]], status: str) -> int:
    return sum(row["status"] == status for row in rows)


def _counts(subscription: dict[str, Any]) -> bool:
    return subscription["ended_at"] is None and subscription["has_begun"]


async def expected(given: Given, today: date) -> dict[str, Any]:
    """The same figures, counted row by row."""
    members, claims, payouts = [await rows_of(given, table) for table in ("member", "claim", "payout")]
    current = [row["plan_id"] for row in await rows_of(given, "subscription") if _counts(row)]
    costs = {row["id"]: row["monthly_cost_minor"] for row in await rows_of(given, "plan")}
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    waits = [(row["decided_at"] - row["submitted_at"]).total_seconds() for row in claims if row["decided_at"]]
    paid = [(row["completed_at"].date(), row["amount_minor"]) for row in payouts if row["status"] == "completed"]
    average = Decimal(sum(amount for _, amount in paid)) / len(paid) if paid else Decimal(0)
    return {
        "users": {
            "total": len(members),
            **{status: times(members, status) for status in ("active", "pending", "deactivated")},
            "new_this_month": sum(row["signup_date"].date() >= first for row in members),
            "new_this_week": sum(row["signup_date"].date() >= monday for row in members),
        },
        "claims": {
            "total": len(claims),
            **{status: times(claims, status) for status in NEXT},
            "avg_processing_days": round(sum(waits) / len(waits) / 86_400, 1) if waits else 0,
        },
        "payouts": {
            "total_all_time": dollars_of(amount for _, amount in paid),
            "total_this_month": dollars_of(amount for day, amount in paid if day >= first),
            "total_this_week": dollars_of(amount for day, amount in paid if day >= monday),
            "pending_amount": dollars_of(
                r["amount_minor"] for r in payouts if r["status"] in ("pending", "processing")
            ),
            "avg_payout_amount": float(average.quantize(Decimal(1), ROUND_HALF_UP) / 100),
        },
        "plans": {
            "basic_subscribers": current.count("plan_basic"),
            "premium_subscribers": current.count("plan_premium"),
            "mrr": dollars_of(costs[plan_id] for plan_id in current),
        },
    }


@pytest.mark.parametrize("seed", range(4))
async def test_every_figure_equals_the_rows_it_summarises(seed: int, given: Given, admin_of: AdminOf) -> None:
    finance = await admin_of("finance")

    await History(given, seed).run()

    counted = await expected(given, datetime.now(UTC).date())
    assert (await finance.get(STATS)).json()["data"] == counted
    for _ in range(2):
        async with given.write() as tx:
            await fold_all(tx)
    assert (await finance.get(STATS)).json()["data"] == counted
    assert counted["payouts"]["total_all_time"] > 0
    assert counted["claims"]["avg_processing_days"] > 0


async def test_folding_leaves_one_row_for_each_figure_and_day(given: Given) -> None:
    for _ in range(3):
        await given.member(signup_date=datetime.now(UTC))
    async with given.write() as tx:
        await fold_all(tx)

    several = "SELECT count(*) FROM (SELECT FROM shield.dashboard_sum GROUP BY figure, day HAVING count(*) > 1) AS s"
    assert await given.value(several) == 0
    assert await given.value("SELECT times FROM shield.dashboard_sum WHERE figure = 'member.new'") == 3


async def test_folding_joins_days_of_payouts_that_no_figure_asks_for(given: Given) -> None:
    async with given.write() as tx:
        await tx.run(
            """
            INSERT INTO shield.payout_tally (status, completed_on, payouts, amount_minor)
            SELECT 'completed', current_date - day, 1, 100 FROM generate_series(0, 999) AS day
            """
        )
        for _ in range(2):
            await fold_all(tx)

    assert await given.value("SELECT sum(amount_minor)::bigint FROM shield.payout_tally") == 100_000
    assert await given.value("SELECT count(*) FROM shield.payout_tally") == 64
    assert await given.value("SELECT payouts FROM shield.payout_tally WHERE completed_on = '-infinity'") == 937


async def test_an_empty_house_shows_zeros_and_amounts_with_two_decimals(admin_of: AdminOf) -> None:
    answer = await (await admin_of("auditor")).get(STATS)

    assert answer.json()["data"]["claims"]["avg_processing_days"] == 0
    assert '"mrr":0.00' in answer.text
    assert '"total_all_time":0.00' in answer.text


@pytest.mark.parametrize("role", ["super_admin", "claims_handler", "finance", "support", "auditor"])
async def test_every_role_sees_it(role: str, admin_of: AdminOf) -> None:
    assert (await (await admin_of(role)).get(STATS)).status_code == 200


def test_a_week_begins_on_monday() -> None:
    sunday, monday = date(2026, 3, 1), date(2026, 3, 2)

    assert Periods.around(sunday) == Periods(week=date(2026, 2, 23), month=date(2026, 3, 1))
    assert Periods.around(monday) == Periods(week=monday, month=date(2026, 3, 1))


def test_averages_round_half_a_cent_up_and_never_divide_by_zero() -> None:
    assert (average_minor(5, 2), average_minor(4, 3), average_minor(0, 0)) == (3, 1, 0)
    assert (average_days(36 * 3_600_000, 1), average_days(0, 0)) == (1.5, 0.0)
