"""Several people at once on one member: each decision is made once."""

import asyncio

from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import Given


async def test_of_many_plan_changes_at_once_one_is_made(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(plan_id="plan_basic")
    clients = [await admin_of("support") for _ in range(6)]
    body = {"plan_id": "plan_premium", "change_reason": "User requested upgrade"}
    path = f"/v1/admin/users/{member.id}/plan"

    answers = await asyncio.gather(*(client.patch(path, json=body) for client in clients))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    kept = "SELECT count(*) FROM shield.subscription WHERE member_id = %(id)s"
    assert await given.value(kept, id=member.id) == 2


async def test_a_plan_change_and_a_deactivation_at_once_leave_no_subscription(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(plan_id="plan_basic")
    one, two = await admin_of("support"), await admin_of("support")
    body = {"plan_id": "plan_premium", "change_reason": "User requested upgrade"}

    changed, left = await asyncio.gather(
        one.patch(f"/v1/admin/users/{member.id}/plan", json=body),
        two.post(f"/v1/admin/users/{member.id}/deactivate", json={"reason": "other"}),
    )

    assert (left.status_code, changed.status_code in {200, 409}) == (200, True)
    current = "SELECT count(*) FROM shield.subscription WHERE member_id = %(id)s AND ended_at IS NULL"
    assert await given.value(current, id=member.id) == 0


async def test_one_payment_sent_many_times_at_once_is_kept_once(given: Given, platform: Platform) -> None:
    member = await given.member()
    client = await platform("members:write")
    paid = {"amount": 29.99, "paid_at": "2026-03-15T00:00:00Z", "external_id": "pay-1", "method": "card"}

    answers = await asyncio.gather(
        *(client.post(f"/v1/platform/members/{member.id}/payments", json=paid) for _ in range(6))
    )

    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert await given.value("SELECT count(*) FROM shield.premium_payment") == 1
