"""Deactivation, at once or on a later day, and the way back."""

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.member import jobs
from tests.shield.conftest import AdminOf
from tests.shield.making import Given, Member

USERS = "/v1/admin/users"
CURRENT = "SELECT count(*) FROM shield.subscription WHERE member_id = %(id)s AND ended_at IS NULL"
STATUS = "SELECT status FROM shield.member WHERE id = %(id)s"


def run_of(given: Given) -> JobRun:
    return JobRun(given.house, system("shield", "tests"), Context(), 0)


async def make_due(given: Given, member: Member) -> None:
    """The scheduled day comes."""
    async with given.write() as tx:
        tx.record("time passed", member.id)
        await tx.run(
            "UPDATE shield.deactivation SET effective_at = now() - interval '1 second' WHERE member_id = %(id)s",
            id=member.id,
        )


async def test_deactivation_takes_effect_at_once_and_stops_billing(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    client = await admin_of("support")
    date = datetime.now(UTC).date().isoformat() + "T00:00:00Z"
    body = {"reason": "non_payment", "reason_details": "Three months", "effective_date": date}

    answer = await client.post(f"{USERS}/{member.id}/deactivate", json=body)

    data = answer.json()["data"]
    assert (answer.status_code, data["status"]) == (200, "deactivated")
    assert data["deactivation"] == {
        "date": date,
        "reason": "non_payment",
        "reason_details": "Three months",
        "deactivated_by": client.admin.shown_id,
        "notification_sent": False,
    }
    assert data["audit_entry"]["action"] == "user_deactivated"
    assert await given.value(CURRENT, id=member.id) == 0
    listed = (await client.get(USERS, params={"status": "deactivated"})).json()["data"]["users"]
    assert [(user["id"], user["deactivation"]["reason"], user["plan"]) for user in listed] == [
        (member.id, "non_payment", None)
    ]


@pytest.mark.parametrize(
    ("reason", "held"), [("fraud", True), ("deceased", True), ("non_payment", False), ("other", False)]
)
async def test_pending_payouts_are_held_for_fraud_and_death(
    given: Given, admin_of: AdminOf, reason: str, held: bool
) -> None:
    claim = await given.claim(status="approved")
    account = await given.account(claim.member)
    pending = await given.payout(claim, 1000, account_id=account)
    done = await given.payout(claim, 2000, account_id=account, status="completed")

    await (await admin_of("support")).post(f"{USERS}/{claim.member.id}/deactivate", json={"reason": reason})

    because = "SELECT held_because IS NOT NULL FROM shield.payout WHERE id = %(id)s"
    assert [await given.value(because, id=one) for one in (pending, done)] == [held, False]


async def test_nobody_is_deactivated_twice(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    client = await admin_of("support")

    first = await client.post(f"{USERS}/{member.id}/deactivate", json={"reason": "other"})
    again = await client.post(f"{USERS}/{member.id}/deactivate", json={"reason": "fraud"})

    assert (first.status_code, again.status_code, again.json()["error"]["code"]) == (200, 409, "CONFLICT")


async def test_a_scheduled_deactivation_happens_on_its_day(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    client = await admin_of("support")
    later = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    body = {"reason": "user_requested", "effective_date": later}

    data = (await client.post(f"{USERS}/{member.id}/deactivate", json=body)).json()["data"]
    await jobs.put_deactivations_in_effect(run_of(given))
    before = await given.value(STATUS, id=member.id)
    await make_due(given, member)
    await jobs.put_deactivations_in_effect(run_of(given))
    await jobs.put_deactivations_in_effect(run_of(given))

    assert (data["status"], data["audit_entry"]["action"], before) == (
        "active",
        "user_deactivation_scheduled",
        "active",
    )
    assert (await given.value(STATUS, id=member.id), await given.value(CURRENT, id=member.id)) == ("deactivated", 0)
    assert len(await given.audited("user.deactivated")) == 1


async def test_a_scheduled_deactivation_can_be_withdrawn(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    client = await admin_of("support")
    later = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    await client.post(f"{USERS}/{member.id}/deactivate", json={"reason": "other", "effective_date": later})

    answer = await client.post(f"{USERS}/{member.id}/reactivate", json={"reason": "Stays"})
    await make_due(given, member)
    await jobs.put_deactivations_in_effect(run_of(given))

    data = answer.json()["data"]
    assert (data["status"], data["plan"]["id"]) == ("active", "plan_premium")
    assert data["audit_entry"]["action"] == "user_deactivation_withdrawn"
    assert await given.value(STATUS, id=member.id) == "active"


async def test_a_decision_at_once_replaces_a_scheduled_one(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    client = await admin_of("support")
    later = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    await client.post(f"{USERS}/{member.id}/deactivate", json={"reason": "other", "effective_date": later})

    data = (await client.post(f"{USERS}/{member.id}/deactivate", json={"reason": "fraud"})).json()["data"]

    page = (await client.get(f"{USERS}/{member.id}")).json()["data"]
    assert (data["status"], page["deactivation"]["reason"]) == ("deactivated", "fraud")


async def test_a_member_returns_to_the_plan_they_had_or_to_another(given: Given, admin_of: AdminOf) -> None:
    member, other = await given.member(plan_id="plan_basic"), await given.member(plan_id="plan_basic")
    client = await admin_of("support")
    for one in (member, other):
        await client.post(f"{USERS}/{one.id}/deactivate", json={"reason": "non_payment"})

    same = await client.post(f"{USERS}/{member.id}/reactivate", json={"reason": "Paid"})
    new = await client.post(f"{USERS}/{other.id}/reactivate", json={"reason": "Paid", "plan_id": "plan_premium"})

    assert (same.json()["data"]["status"], same.json()["data"]["plan"]["id"]) == ("active", "plan_basic")
    assert new.json()["data"]["plan"]["id"] == "plan_premium"
    assert same.json()["data"]["audit_entry"]["action"] == "user_reactivated"
    assert (await client.get(f"{USERS}/{member.id}")).json()["data"]["deactivation"] is None


async def test_who_has_not_left_is_not_reactivated(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()

    answer = await (await admin_of("support")).post(f"{USERS}/{member.id}/reactivate", json={"reason": "x"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")


async def test_kept_totals_equal_the_counts(given: Given, admin_of: AdminOf) -> None:
    members = [await given.member() for _ in range(4)]
    client = await admin_of("support")
    await client.post(f"{USERS}/{members[0].id}/deactivate", json={"reason": "other"})

    async def total(**query: str) -> int:
        return int((await client.get(USERS, params=query)).json()["data"]["pagination"]["total_items"])

    before = [await total(), await total(status="active"), await total(status="deactivated")]
    await jobs.fold_member_tally(run_of(given))
    after = [await total(), await total(status="active"), await total(status="deactivated")]

    assert before == after == [4, 3, 1]
