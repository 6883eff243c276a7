"""Credit is what was paid and not used: no way of changing plans, leaving and returning makes a month from nothing."""

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from backoffice.shield.plan import rules
from backoffice.shield.plan.rules import Cover
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import AdminClient, Given
from tests.shield.plan.test_billing import billed_next, change, day, enrolled, left_and_back, money_of, pay

PRICES = {"plan_basic": 1499, "plan_premium": 2999}
BOOK = """
SELECT jsonb_build_object(
    'paid', coalesce(sum(amount_minor) FILTER (WHERE cause = 'premium'), 0),
    'told', coalesce(sum(amount_minor) FILTER (WHERE cause = 'change'), 0),
    'goodwill', sum(goodwill_minor), 'sum', sum(amount_minor),
    'balance', (SELECT balance_minor FROM shield.premium_entry WHERE member_id = %(id)s ORDER BY number DESC LIMIT 1),
    'credit', (SELECT credit_minor FROM shield.subscription WHERE member_id = %(id)s AND ended_at IS NULL),
    'plan', (SELECT plan_id FROM shield.subscription WHERE member_id = %(id)s AND ended_at IS NULL),
    'anchor', (SELECT billing_anchor FROM shield.subscription WHERE member_id = %(id)s AND ended_at IS NULL),
    'until', (SELECT (next_billing_date AT TIME ZONE 'UTC')::date FROM shield.subscription
               WHERE member_id = %(id)s AND ended_at IS NULL))
  FROM shield.premium_entry WHERE member_id = %(id)s
"""
STEPS = st.one_of(
    st.tuples(st.just("pay"), st.sampled_from([0.01, 14.99, 20.00, 29.99, 100.00])),
    st.tuples(st.just("change"), st.booleans()),
    st.tuples(st.just("return"), st.sampled_from([None, "plan_basic", "plan_premium"])),
)


@pytest.fixture
async def client(platform: Platform) -> httpx.AsyncClient:
    return await platform("members:write")


@pytest.fixture
async def root(admin_of: AdminOf) -> AdminClient:
    return await admin_of("super_admin")


def other(plan_id: str) -> str:
    return "plan_basic" if plan_id == "plan_premium" else "plan_premium"


async def test_up_for_nothing_and_back_for_money_gives_nothing_back(
    given: Given, client: httpx.AsyncClient, root: AdminClient
) -> None:
    member_id = await enrolled(given, client, "plan_basic")
    await pay(client, member_id, 3 * 14.99)

    await change(root, member_id, "plan_premium", prorate=False)
    back = await change(root, member_id, "plan_basic", prorate=True)

    assert money_of(back) == (44.97, 44.97, 0.0)
    assert await billed_next(root, member_id) == day(3)
    assert (await given.value(BOOK, id=member_id))["goodwill"] == 3 * 1500


async def test_up_for_nothing_leaving_and_coming_back_below_gives_no_month(
    given: Given, client: httpx.AsyncClient, root: AdminClient
) -> None:
    member_id = await enrolled(given, client, "plan_basic")
    await pay(client, member_id, 3 * 14.99)

    await change(root, member_id, "plan_premium", prorate=False)
    await left_and_back(root, member_id, plan_id="plan_basic")

    assert await billed_next(root, member_id) == day(3)


async def test_a_premium_before_the_first_enrolment_is_not_lost(
    given: Given, client: httpx.AsyncClient, root: AdminClient
) -> None:
    member = await given.member(plan_id=None, status="pending")
    assert await pay(client, member.id, 30.00) == (0, 30.0)

    sent = {"plan_id": "plan_premium", "payment_method": "card"}
    assert (await client.post(f"/v1/platform/members/{member.id}/enrolment", json=sent)).status_code == 201

    assert await billed_next(root, member.id) == day(1)
    assert (await given.value(BOOK, id=member.id))["balance"] == 1


async def test_no_entry_takes_the_credit_below_zero(given: Given) -> None:
    member = await given.member()
    with pytest.raises(Exception, match="premium_entry_balance_not_negative"):
        await given._one(
            "INSERT INTO shield.premium_entry (id, member_id, cause, amount_minor)"
            " VALUES ('entry_' || replace(uuidv7()::text, '-', ''), %(id)s, 'months', -1) RETURNING id",
            id=member.id,
        )


async def test_whatever_happens_to_plans_no_month_is_worth_more_than_was_paid(
    given: Given, client: httpx.AsyncClient, root: AdminClient
) -> None:
    loop = asyncio.get_running_loop()

    async def history(steps: list[tuple[str, Any]]) -> None:
        member_id, plan_id = await enrolled(given, client, "plan_basic"), "plan_basic"
        await pay(client, member_id, 50.00, name=f"{member_id}-first")
        for number, (what, how) in enumerate(steps):
            if what == "pay":
                await pay(client, member_id, how, name=f"{member_id}-{number}")
            elif what == "change":
                plan_id = other(plan_id)
                await change(root, member_id, plan_id, prorate=how)
            else:
                plan_id = how or plan_id
                await left_and_back(root, member_id, **({"plan_id": how} if how else {}))
            book = await given.value(BOOK, id=member_id)
            months = rules.months_between(date.fromisoformat(book["anchor"]), date.fromisoformat(book["until"]))
            covered = months * PRICES[book["plan"]]
            assert book["sum"] == book["balance"] == book["credit"], steps
            assert covered + book["balance"] <= book["paid"] + book["told"] + book["goodwill"], steps
            assert book["paid"] + book["told"] >= 0, "more was to be given back than was ever paid"

    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @generated(st.lists(STEPS, min_size=2, max_size=6))
    def never_from_nothing(steps: list[tuple[str, Any]]) -> None:
        asyncio.run_coroutine_threadsafe(history(steps), loop).result(120)

    await asyncio.to_thread(never_from_nothing)


@generated(
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    st.integers(1, 24),
    st.lists(st.tuples(st.integers(0, 800), st.integers(0, 9999)), min_size=1, max_size=4),
)
@settings(deadline=None, database=None)
def test_what_is_unused_never_grows_and_never_exceeds_what_was_paid(
    anchor: date, months: int, looked: list[tuple[int, int]]
) -> None:
    for _, price in looked:
        cover = [Cover(anchor, rules.month_after(anchor, months), price)]
        days = sorted(anchor + timedelta(days=ahead) for ahead, _ in looked)
        left = [rules.unused(cover, anchor=anchor, on=one) for one in days]

        assert left == sorted(left, reverse=True)
        assert left[0] <= months * price == rules.unused(cover, anchor=anchor, on=anchor)
