"""The staff doors of plans: what is offered, changing now, changing later, changing one's mind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from backoffice.kernel.actor import Context, system
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.plan import jobs
from tests.shield.conftest import AdminOf
from tests.shield.making import Given, Member

PLAN = "SELECT plan_id FROM shield.subscription WHERE member_id = %(id)s AND ended_at IS NULL"


def run_of(given: Given) -> JobRun:
    return JobRun(given.house, system("shield", "tests"), Context(), 0)


async def change(client: httpx.AsyncClient, member: Member, **body: Any) -> httpx.Response:
    sent = {"plan_id": "plan_premium", "change_reason": "User requested upgrade", **body}
    return await client.patch(f"/v1/admin/users/{member.id}/plan", json=sent)


async def make_due(given: Given, member: Member) -> None:
    """The scheduled day comes."""
    async with given.write() as tx:
        tx.record("time passed", member.id)
        await tx.run(
            "UPDATE shield.plan_change SET effective_at = now() - interval '1 second' WHERE member_id = %(id)s",
            id=member.id,
        )


async def test_plans_say_how_many_are_on_them(given: Given, admin_of: AdminOf) -> None:
    for _ in range(3):
        await given.member(plan_id="plan_basic")
    leaver = await given.member(plan_id="plan_premium")
    client = await admin_of("support")
    await client.post(f"/v1/admin/users/{leaver.id}/deactivate", json={"reason": "other"})

    async def counts() -> dict[str, int]:
        plans = (await client.get("/v1/admin/plans")).json()["data"]["plans"]
        return {plan["id"]: plan["subscriber_count"] for plan in plans}

    before = await counts()
    await kept_sums.fold_kept_sums(run_of(given))

    assert before == await counts() == {"plan_basic": 3, "plan_premium": 0}
    assert (await client.get("/v1/admin/plans")).json()["data"]["plans"][0] == {
        "id": "plan_basic",
        "name": "Basic Shield",
        "monthly_cost": 14.99,
        "coverage_amount": 2500.0,
        "coverage_duration_months": 3,
        "waiting_period_days": 30,
        "active": True,
        "subscriber_count": 3,
    }


async def test_a_change_at_once_is_prorated_by_day(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(plan_id="plan_basic", enrolled_at=datetime.now(UTC))
    client = await admin_of("support")

    answer = await change(client, member)

    data = answer.json()["data"]
    assert (answer.status_code, data["status"], data["plan"]["id"]) == (200, "in_effect", "plan_premium")
    whole = data["proration"]
    assert whole["days_in_period"] == whole["days_remaining"], "it began today"
    assert (whole["credit"], whole["charge"], whole["amount_due"]) == (14.99, 29.99, 15.0)
    assert data["audit_entry"]["action"] == "user_plan_changed"
    assert data["audit_entry"]["changes"] == [
        {"field": "plan.id", "old_value": "plan_basic", "new_value": "plan_premium"}
    ]
    assert await given.value(PLAN, id=member.id) == "plan_premium"
    kept = "SELECT count(*) FROM shield.subscription WHERE member_id = %(id)s"
    assert await given.value(kept, id=member.id) == 2, "the row before it stays"


async def test_without_proration_nothing_is_owed(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(plan_id="plan_basic")

    data = (await change(await admin_of("support"), member, prorate=False)).json()["data"]

    owed = "SELECT credit_minor + charge_minor FROM shield.plan_change WHERE member_id = %(id)s"
    assert (data["proration"], await given.value(owed, id=member.id)) == (None, 0)


async def test_a_scheduled_change_happens_once_on_its_day(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(plan_id="plan_basic")
    client = await admin_of("support")
    later = (datetime.now(UTC) + timedelta(days=20)).isoformat()

    scheduled = await change(client, member, effective_date=later)
    again = await change(client, member)
    await jobs.put_plan_changes_in_effect(run_of(given))
    before = await given.value(PLAN, id=member.id)
    await make_due(given, member)
    await jobs.put_plan_changes_in_effect(run_of(given))
    await jobs.put_plan_changes_in_effect(run_of(given))

    assert (scheduled.json()["data"]["status"], again.status_code, before) == ("scheduled", 409, "plan_basic")
    assert await given.value(PLAN, id=member.id) == "plan_premium"
    assert len(await given.audited("user.plan_changed")) == 1


async def test_a_scheduled_change_can_be_cancelled(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(plan_id="plan_basic")
    client = await admin_of("support")
    later = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    await change(client, member, effective_date=later)
    path = f"/v1/admin/users/{member.id}/plan/scheduled"

    cancelled, again = await client.delete(path), await client.delete(path)
    await jobs.put_plan_changes_in_effect(run_of(given))

    assert (cancelled.status_code, again.status_code) == (200, 404)
    assert cancelled.json()["data"]["cancelled_plan_id"] == "plan_premium"
    assert cancelled.json()["data"]["audit_entry"]["action"] == "user_plan_change_cancelled"
    assert await given.value(PLAN, id=member.id) == "plan_basic"


async def test_leaving_cancels_what_was_scheduled(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(plan_id="plan_basic")
    client = await admin_of("support")
    later = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    await change(client, member, effective_date=later)

    await client.post(f"/v1/admin/users/{member.id}/deactivate", json={"reason": "other"})
    await make_due(given, member)
    await jobs.put_plan_changes_in_effect(run_of(given))

    assert await given.value(PLAN, id=member.id) is None
    assert (await change(client, member)).status_code == 409


async def test_what_cannot_be_changed_is_refused(given: Given, admin_of: AdminOf) -> None:
    member, without = await given.member(plan_id="plan_basic"), await given.member(plan_id=None)
    client = await admin_of("support")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()

    refused = [
        await change(client, member, plan_id="plan_basic"),
        await change(client, member, plan_id="plan_unknown"),
        await change(client, member, effective_date=yesterday),
        await change(client, without),
        await change(await admin_of("finance"), member),
    ]

    assert [answer.status_code for answer in refused] == [409, 404, 400, 409, 403]
