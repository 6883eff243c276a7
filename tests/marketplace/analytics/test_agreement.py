"""Whatever happens to bookings and money, early, late, corrected or undone: figures are those of plain SQL."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from backoffice.marketplace.booking.rules import Status
from backoffice.marketplace.payment.rules import Method
from tests.marketplace.analytics.histories import OF_BOOKINGS, OF_MONEY, History
from tests.marketplace.analytics.plain import BEST, BOOKINGS, REVENUE, Asked, asked, drifted, offer
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, StaffClient

TABLES = ("service", "vendor")
DOOR = "/api/v1/admin/analytics"
LONG = settings.get_current_profile_name() == "long"


@dataclass(frozen=True)
class Plain:
    date: date
    status: str
    n: int
    minor: int


@dataclass(frozen=True)
class PlainMoney:
    date: date
    method: str
    vendor_id: int
    category: str
    n: int
    gross: int
    fees: int
    back: int


@dataclass(frozen=True)
class PlainBest:
    id: object
    n: int
    minor: int


async def compare_bookings(given: Given, staff: StaffClient, one: Asked) -> None:
    """Each bucket, each status, the sums and the best."""
    answer = await staff.get(f"{DOOR}/bookings", params=one.params)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    async with given.read() as db:
        rows = await db.all(Plain, BOOKINGS, **one.bound)
        best = {table: await db.all(PlainBest, BEST.replace("{table}", table), **one.bound) for table in TABLES}

    said = {(bucket["date"], status.value): bucket[status] for bucket in data["time_series"] for status in Status}
    assert {key: n for key, n in said.items() if n} == {(str(row.date), row.status): row.n for row in rows}
    by_day: dict[str, int] = {}
    for row in rows:
        by_day[str(row.date)] = by_day.get(str(row.date), 0) + row.minor
    assert {day["date"]: day["total_value_cents"] for day in data["time_series"] if day["total_bookings"]} == by_day
    assert data["summary"]["total_bookings"] == sum(row.n for row in rows)
    assert data["summary"]["total_value_cents"] == sum(row.minor for row in rows)
    for link, count in (
        (answer.json()["meta"]["bookings_url"], data["summary"]["total_bookings"]),
        *((day["bookings_url"], day["total_bookings"]) for day in data["time_series"][:2]),
    ):
        listed = (await staff.get(f"{link}&page_size=100")).json()
        assert len(listed["data"]) == count, link
    for table in TABLES:
        named = data[f"top_{table}s"]
        shown = [(str(it[f"{table}_id"]), it["bookings_count"], it["total_value_cents"]) for it in named]
        assert shown == [(str(row.id), row.n, row.minor) for row in best[table]]


async def compare_revenue(given: Given, staff: StaffClient, one: Asked) -> None:
    """Each bucket and method, the sums, the best, and the period before."""
    answer = await staff.get(f"{DOOR}/revenue", params=one.params)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    async with given.read() as db:
        rows = await db.all(PlainMoney, REVENUE, **one.bound)
        before = await db.all(PlainMoney, REVENUE, **one.before.bound)

    buckets = data["time_series"]
    assert {day["date"]: figures(day) for day in buckets if any(figures(day))} == sums(rows, lambda row: str(row.date))
    assert figures(data["summary"]) == sums(rows, lambda _: "all").get("all", (0, 0, 0, 0))
    methods = {it["method"]: (it["transactions_count"], it["revenue_cents"]) for it in data["by_payment_method"]}
    assert methods == earned(rows, lambda row: row.method)
    vendors = {it["vendor_id"]: (it["transactions_count"], it["revenue_cents"]) for it in data["top_revenue_vendors"]}
    assert vendors == earned(rows, lambda row: row.vendor_id)
    categories = data["top_revenue_categories"]
    assert {it["category"]: (it["transactions_count"], it["revenue_cents"]) for it in categories} == earned(
        rows, lambda row: row.category
    )
    now, then = (sum(row.gross for row in found) for found in (rows, before))
    grown = data["summary"]["growth_rate_percent"]
    assert grown == (round((now - then) / then * 100, 1) if then else None)


def figures(shown: dict[str, Any]) -> tuple[int, ...]:
    gross, fees, back = (shown[f"{name}_cents"] for name in ("gross_revenue", "platform_fees", "refunds"))
    assert (shown["net_revenue_cents"], shown["vendor_payouts_cents"]) == (gross - back, gross - fees - back)
    count = shown["transactions_count"]
    assert shown["avg_transaction_cents"] == (gross // count if count else 0)
    return count, gross, fees, back


def sums(rows: Sequence[PlainMoney], by: Callable[[PlainMoney], Any]) -> dict[Any, tuple[int, ...]]:
    found: dict[Any, tuple[int, ...]] = {}
    for row in rows:
        was = found.get(by(row), (0, 0, 0, 0))
        found[by(row)] = (was[0] + row.n, was[1] + row.gross, was[2] + row.fees, was[3] + row.back)
    return found


def earned(rows: Sequence[PlainMoney], by: Callable[[PlainMoney], Any]) -> dict[Any, tuple[int, int]]:
    """Only what brought anything."""
    return {name: (one[0], one[1]) for name, one in sums(rows, by).items() if one[0]}


async def walk(given: Given, compare: Callable[[Asked], Awaitable[None]], *, acts: Any, questions: Any) -> None:
    """Any history, and any questions about it."""
    await offer(given)
    history, loop = History(given), asyncio.get_running_loop()

    async def happens(did: Sequence[tuple[str, Any]], asks: Sequence[Asked]) -> None:
        await history.forget()
        for act in did:
            await history.act(*act)
        for one in asks:
            await compare(one)
        assert await drifted(given) == 0

    @settings(max_examples=300 if LONG else 12, database=None, suppress_health_check=list(HealthCheck))
    @generated(st.lists(acts, min_size=2, max_size=16), st.lists(questions, min_size=2, max_size=4))
    def in_any_history(did: list[tuple[str, Any]], asks: list[Asked]) -> None:
        asyncio.run_coroutine_threadsafe(happens(did, asks), loop).result(120)

    await asyncio.to_thread(in_any_history)


async def test_bookings_are_those_of_plain_sql_whatever_happened(given: Given, staff_of: StaffOf) -> None:
    compare = partial(compare_bookings, given, await staff_of())

    await walk(given, compare, acts=OF_BOOKINGS, questions=asked([*Status], "status"))


async def test_money_is_that_of_plain_sql_whatever_happened(given: Given, staff_of: StaffOf) -> None:
    compare = partial(compare_revenue, given, await staff_of())

    await walk(given, compare, acts=OF_MONEY, questions=asked([*Method], "payment_method"))
