"""Deactivation, at once or on a later day, and the way back."""

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.leaving import jobs
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

    first = await client.post(f"{USERS}/{member.id}/deactivate", json={"reason": "fraud"})
    again = [
        await client.post(f"{USERS}/{member.id}/deactivate", json={"reason": reason}) for reason in ("other", "fraud")
    ]

    assert first.status_code == 200
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in again] == [(409, "CONFLICT")] * 2


@pytest.mark.parametrize("reason", ["fraud", "deceased"])
async def test_fraud_or_death_found_later_replaces_the_reason_and_bars_payouts(
    given: Given, admin_of: AdminOf, reason: str
) -> None:
    claim = await given.claim(status="approved", requested_minor=50_000)
    pending = await given.payout(claim, 1000, account_id=await given.account(claim.member))
    client, finance = await admin_of("support"), await admin_of("finance")
    path = f"{USERS}/{claim.member.id}/deactivate"
    await client.post(path, json={"reason": "non_payment"})

    later = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    answer = await client.post(path, json={"reason": reason, "effective_date": later})

    data = answer.json()["data"]
    assert (answer.status_code, data["status"], data["deactivation"]["reason"]) == (200, "deactivated", reason)
    assert datetime.fromisoformat(data["deactivation"]["date"]) <= datetime.now(UTC)
    changed = {one["field"]: (one["old_value"], one["new_value"]) for one in data["audit_entry"]["changes"]}
    assert changed["deactivation.reason"] == ("non_payment", reason)
    assert await given.value("SELECT held_because IS NOT NULL FROM shield.payout WHERE id = %(id)s", id=pending)
    paid = {"claim_id": claim.id, "amount": 100.00, "method": "check"}
    assert (await finance.post("/v1/admin/payouts", json=paid)).status_code == 409
    assert await given.value("SELECT count(*) FROM shield.deactivation WHERE ended_at IS NULL") == 1


async def test_a_backdated_deactivation_ends_cover_on_its_date_whatever_plan_came_since(
    given: Given, admin_of: AdminOf
) -> None:
    now = datetime.now(UTC)
    member = await given.member(plan_id="plan_premium")
    async with given.write() as tx:
        tx.record("changed", "plan")
        await tx.run(
            "UPDATE shield.subscription SET ended_at = %(at)s WHERE member_id = %(id)s",
            at=now - timedelta(days=10),
            id=member.id,
        )
    await given.subscription(member.id, "plan_basic", enrolled_at=now - timedelta(days=10))
    client = await admin_of("super_admin")
    body = {"reason": "non_payment", "effective_date": (now - timedelta(days=20)).isoformat()}

    await client.post(f"{USERS}/{member.id}/deactivate", json=body)

    covered = []
    for days in (25, 15, 5):
        claim = await given.claim(member, termination_date=now - timedelta(days=days))
        shown = (await client.get(f"/v1/admin/claims/{claim.id}")).json()["data"]
        covered.append(shown["waiting_period"]["satisfied"])
    assert covered == [True, False, False]
    assert await given.value("SELECT bool_and(ended_at >= enrolled_at) FROM shield.subscription")


@pytest.mark.parametrize(("days", "status"), [(364, 200), (366, 400)])
async def test_a_deactivation_is_dated_back_a_year_at_most(
    given: Given, admin_of: AdminOf, days: int, status: int
) -> None:
    member = await given.member()
    body = {"reason": "other", "effective_date": (datetime.now(UTC) - timedelta(days=days)).isoformat()}

    answer = await (await admin_of("support")).post(f"{USERS}/{member.id}/deactivate", json=body)

    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["message"] == "effective_date must not be more than 365 days ago"


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


async def test_a_subscription_that_was_left_open_ends_when_its_member_returns(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(status="deactivated")

    answer = await (await admin_of("support")).post(f"{USERS}/{member.id}/reactivate", json={"reason": "Paid"})

    assert (answer.status_code, answer.json()["data"]["plan"]["id"]) == (200, "plan_premium")
    began = "SELECT enrolled_at > now() - interval '1 minute' FROM shield.subscription WHERE member_id = %(id)s"
    assert await given.value(f"{began} AND ended_at IS NULL", id=member.id)
    assert await given.value(CURRENT, id=member.id) == 1


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
    await kept_sums.fold_kept_sums(run_of(given))
    after = [await total(), await total(status="active"), await total(status="deactivated")]

    assert before == after == [4, 3, 1]
