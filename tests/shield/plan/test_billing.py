"""What premiums pay, what a change of plan costs then, and what leaving and returning leaves of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.plan import jobs, rules
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import AdminClient, Given

MEMBERS, USERS = "/v1/platform/members", "/v1/admin/users"
TODAY = datetime.now(UTC).date()
CREDIT = "SELECT credit_minor FROM shield.subscription WHERE member_id = %(id)s AND ended_at IS NULL"
BOUNDS = """
    SELECT jsonb_agg(jsonb_build_array(plan_id, enrolled_at, ended_at) ORDER BY id)
      FROM shield.subscription WHERE member_id = %(id)s
    """


@pytest.fixture
async def client(platform: Platform) -> httpx.AsyncClient:
    return await platform("members:write", "claims:submit")


@pytest.fixture
async def support(admin_of: AdminOf) -> AdminClient:
    return await admin_of("super_admin")


def day(months: int, *, since: date = TODAY) -> str:
    """So many billing months after today, as it is shown."""
    return f"{rules.month_after(since, months)}T00:00:00Z"


async def enrolled(given: Given, client: httpx.AsyncClient, plan_id: str, **body: Any) -> str:
    """A member whose first month is billed today, unless told otherwise."""
    member = await given.member(plan_id=None, status="pending")
    sent = {"plan_id": plan_id, "payment_method": "card", **body}
    answer = await client.post(f"{MEMBERS}/{member.id}/enrolment", json=sent)
    assert answer.status_code == 201, answer.text
    return member.id


async def pay(client: httpx.AsyncClient, member_id: str, amount: float, *, name: str = "p-1") -> tuple[int, float]:
    """(months paid, credit left)"""
    paid = {"amount": amount, "paid_at": "2026-03-15T00:00:00Z", "external_id": name, "method": "card"}
    answer = await client.post(f"{MEMBERS}/{member_id}/payments", json=paid)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["months_paid"], answer.json()["data"]["credit"]


async def billed_next(support: AdminClient, member_id: str) -> str:
    page = (await support.get(f"{USERS}/{member_id}")).json()["data"]
    return str(page["plan"]["next_billing_date"])


async def change(support: AdminClient, member_id: str, plan_id: str, **body: Any) -> dict[str, Any]:
    sent = {"plan_id": plan_id, "change_reason": "x", **body}
    answer = await support.patch(f"{USERS}/{member_id}/plan", json=sent)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def money_of(changed: dict[str, Any]) -> tuple[float, float, float]:
    proration = changed["proration"]
    return proration["credit"], proration["charge"], proration["amount_due"]


async def test_a_premium_pays_whole_months_and_the_rest_is_credit(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    member_id = await enrolled(given, client, "plan_premium")

    assert await pay(client, member_id, 0.01, name="a cent") == (0, 0.01)
    assert await billed_next(support, member_id) == day(0)
    assert await pay(client, member_id, 29.98, name="the rest") == (1, 0.0)
    assert await billed_next(support, member_id) == day(1)
    assert await pay(client, member_id, 29.98, name="the rest") == (1, 0.0), "sent again, it counts once"
    assert await pay(client, member_id, 100.00, name="ahead") == (3, 10.03)
    assert await billed_next(support, member_id) == day(4)


async def test_arrears_of_three_months_are_paid_at_once(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    member_id = await enrolled(given, client, "plan_basic", effective_date="2026-01-31T08:00:00Z")

    assert await pay(client, member_id, 3 * 14.99) == (3, 0.0)
    assert await billed_next(support, member_id) == "2026-04-30T00:00:00Z"


async def test_no_premium_is_too_large_to_keep(given: Given, client: httpx.AsyncClient, support: AdminClient) -> None:
    member_id = await enrolled(given, client, "plan_basic")

    months, credit = await pay(client, member_id, 10_000_000_000_000.00)

    assert (await billed_next(support, member_id))[:7] == "2199-12"
    assert round(months * 14.99 + credit, 2) == 10_000_000_000_000.00


@pytest.mark.parametrize("paid", [False, True])
async def test_a_change_prorates_only_what_was_paid(
    given: Given, client: httpx.AsyncClient, support: AdminClient, paid: bool
) -> None:
    member_id = await enrolled(given, client, "plan_basic")
    if paid:
        await pay(client, member_id, 14.99)

    changed = await change(support, member_id, "plan_premium")

    assert money_of(changed) == ((14.99, 29.99, 15.00) if paid else (0.0, 0.0, 0.0))
    assert await billed_next(support, member_id) == day(int(paid))


async def test_a_change_before_the_first_month_or_from_the_next_on_costs_nothing(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    later = (datetime.now(UTC) + timedelta(days=11)).isoformat()
    future = await enrolled(given, client, "plan_basic", effective_date=later)
    paid = await enrolled(given, client, "plan_premium")
    await pay(client, paid, 29.99)

    not_begun = await change(support, future, "plan_premium")
    from_next = await change(support, paid, "plan_basic", effective_date=day(1))

    assert money_of(not_begun) == money_of(from_next) == (0.0, 0.0, 0.0)


async def test_months_paid_ahead_are_prorated_with_the_running_one(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    member_id = await enrolled(given, client, "plan_basic")
    await pay(client, member_id, 3 * 14.99)

    changed = await change(support, member_id, "plan_premium")

    assert (changed["proration"]["months_ahead"], money_of(changed)) == (2, (44.97, 89.97, 45.00))
    assert await billed_next(support, member_id) == day(3)


async def test_a_scheduled_change_prorates_the_month_that_was_paid_meanwhile(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    member_id = await enrolled(given, client, "plan_basic")
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    scheduled = await change(support, member_id, "plan_premium", effective_date=later)
    await pay(client, member_id, 14.99)
    async with given.write() as tx:
        tx.record("time passed", member_id)
        await tx.run("UPDATE shield.plan_change SET effective_at = %(now)s", now=datetime.now(UTC))

    await jobs.put_plan_changes_in_effect(JobRun(given.house, system("shield", "tests"), Context(), 0))

    assert money_of(scheduled) == (0.0, 0.0, 0.0)
    assert await given.value("SELECT jsonb_build_array(credit_minor, charge_minor) FROM shield.plan_change") == [
        1499,
        2999,
    ]


async def test_credit_goes_along_with_a_change_and_pays_what_it_can(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    member_id = await enrolled(given, client, "plan_premium")
    await pay(client, member_id, 20.00)

    await change(support, member_id, "plan_basic")

    assert await given.value(CREDIT, id=member_id) == 501
    assert await billed_next(support, member_id) == day(1)


async def test_a_change_today_begins_now_and_not_at_midnight(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    member = await given.member(plan_id="plan_basic")
    lost = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()

    changed = await change(support, member.id, "plan_premium", effective_date=f"{datetime.now(UTC).date()}T00:00:00Z")

    claim = {"external_id": "c1", "user_id": member.id, "type": "unemployment", "reason": "x"}
    claim |= {"termination_date": lost, "amount_requested": 5000.00}
    claim_id = (await client.post("/v1/platform/claims", json=claim)).json()["data"]["id"]
    shown = (await support.get(f"/v1/admin/claims/{claim_id}")).json()["data"]
    assert (changed["status"], shown["user"]["plan"]) == ("in_effect", "Basic Shield")
    [(_, _, ended), (_, began, _)] = await given.value(BOUNDS, id=member.id)
    assert ended == began


async def test_a_late_job_puts_a_change_in_effect_on_its_own_moment(given: Given, support: AdminClient) -> None:
    member = await given.member(plan_id="plan_basic")
    due = datetime.now(UTC) - timedelta(hours=5)
    await change(support, member.id, "plan_premium", effective_date=(datetime.now(UTC) + timedelta(days=3)).isoformat())
    async with given.write() as tx:
        tx.record("time passed", member.id)
        await tx.run("UPDATE shield.plan_change SET effective_at = %(due)s", due=due)

    await jobs.put_plan_changes_in_effect(JobRun(given.house, system("shield", "tests"), Context(), 0))

    [(_, _, ended), (plan_id, began, _)] = await given.value(BOUNDS, id=member.id)
    assert (plan_id, datetime.fromisoformat(ended), datetime.fromisoformat(began)) == ("plan_premium", due, due)


async def left_and_back(support: AdminClient, member_id: str, **body: Any) -> None:
    await support.post(f"{USERS}/{member_id}/deactivate", json={"reason": "other"})
    answer = await support.post(f"{USERS}/{member_id}/reactivate", json={"reason": "mistake", **body})
    assert answer.status_code == 200, answer.text


async def test_who_returns_keeps_the_months_they_paid_and_their_credit(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    same, other, unpaid = [await enrolled(given, client, "plan_premium") for _ in range(3)]
    for number, member_id in enumerate((same, other)):
        await pay(client, member_id, 65.00, name=f"p-{number}")

    await left_and_back(support, same)
    await left_and_back(support, other, plan_id="plan_basic")
    await left_and_back(support, unpaid)

    assert [await billed_next(support, one) for one in (same, other, unpaid)] == [day(2), day(4), day(0)]
    assert [await given.value(CREDIT, id=one) for one in (same, other, unpaid)] == [502, 504, 0]


async def test_what_is_paid_after_leaving_counts_when_they_return(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    member_id = await enrolled(given, client, "plan_basic")
    await support.post(f"{USERS}/{member_id}/deactivate", json={"reason": "non_payment"})

    assert await pay(client, member_id, 20.00) == (0, 20.0)
    await support.post(f"{USERS}/{member_id}/reactivate", json={"reason": "Paid"})

    assert (await billed_next(support, member_id), await given.value(CREDIT, id=member_id)) == (day(1), 501)


async def test_an_enrolment_that_never_began_gives_no_free_cover_on_return(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    later = (datetime.now(UTC) + timedelta(days=300)).isoformat()
    member_id = await enrolled(given, client, "plan_basic", effective_date=later)

    await left_and_back(support, member_id)

    assert await billed_next(support, member_id) == day(0)


async def test_a_later_enrolment_counts_from_the_day_it_begins(
    given: Given, client: httpx.AsyncClient, support: AdminClient
) -> None:
    later = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    member_id = await enrolled(given, client, "plan_basic", effective_date=later)

    async def counted() -> tuple[Any, ...]:
        plans = (await support.get("/v1/admin/plans")).json()["data"]["plans"]
        stats = (await support.get("/v1/admin/dashboard/stats")).json()["data"]["plans"]
        listed = (await support.get(USERS, params={"plan": "plan_basic"})).json()["data"]["users"]
        return plans[0]["subscriber_count"], len(listed), stats["basic_subscribers"], stats["mrr"]

    before = await counted()
    async with given.write() as tx:
        tx.record("time passed", member_id)
        await tx.run("UPDATE shield.subscription SET enrolled_at = now()")
    await jobs.begin_enrolments(JobRun(given.house, system("shield", "tests"), Context(), 0))

    assert (before, await counted()) == ((0, 0, 0, 0.0), (1, 1, 1, 14.99))
