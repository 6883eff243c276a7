"""Suspended and banned customers book nothing until it is over, which happens by itself, and once."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.webhooks.actions import add_endpoint
from backoffice.marketplace.account.jobs import end_suspensions
from backoffice.marketplace.events import Event
from tests.marketplace.account.conftest import Act
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path

CANARY = "Canarybird"
OVER = "UPDATE marketplace.customer SET suspended_until = now() - interval '1 second' WHERE id = %(id)s"


async def books(path: Path, customer: dict[str, Any], **facts: Any) -> httpx.Response:
    service_id = facts.pop("service_id", None) or (await path.service())["id"]
    path.count += 1
    new = {
        "external_id": f"b{path.count}",
        "user_id": customer["id"],
        "service_id": service_id,
        "scheduled_at": "2026-12-14T10:00:00+05:30",
        "pricing": {"base_amount_cents": 50_000},
    }
    return await path.platform.post("/api/v1/platform/bookings", json={**new, **facts})


async def set_over(given: Given, customer: dict[str, Any]) -> None:
    async with given.write() as tx:
        tx.record("time passed", 1)
        await tx.run(OVER, id=customer["id"])


async def test_a_suspension_answers_as_the_contract_shows_and_blocks_bookings(path: Path, act: Act) -> None:
    customer = await path.customer()
    last = (datetime.now(UTC) + timedelta(days=30)).date()

    suspended = await act(customer, "suspend", reason="Failed payments", duration_days=30, internal_notes="3 failed")
    refused = await books(path, customer)

    assert suspended.status_code == 200, suspended.text
    assert suspended.json()["data"] == {
        "user_id": customer["id"],
        "status": "suspended",
        "suspended_until": f"{last}T23:59:59Z",
        "can_reactivate_at": f"{last}T00:00:00Z",
    }
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "USER_SUSPENDED")


async def test_a_reactivated_customer_books_again_and_reactivating_twice_changes_nothing(
    path: Path, act: Act, given: Given
) -> None:
    customer = await path.customer()
    await act(customer, "suspend", reason="Failed payments")

    answers = [await act(customer, "reactivate", notes="Paid") for _ in range(2)]

    assert [one.json()["data"]["status"] for one in answers] == ["active", "active"]
    assert len(await given.audited("user.reactivated")) == 1
    assert (await books(path, customer)).status_code == 201


async def test_the_admin_app_suspends_with_a_reason_alone_and_takes_it_back(path: Path, act: Act) -> None:
    customer = await path.customer()

    suspended = await act(customer, "suspend", method="PATCH", reason="Abuse")
    back = await act(customer, "unsuspend", method="PATCH")

    assert (suspended.json()["data"]["status"], suspended.json()["data"]["suspended_until"]) == ("suspended", None)
    assert back.json()["data"] == {"user_id": customer["id"], "status": "active"}


async def test_a_banned_customer_books_nothing_is_not_suspended_but_taken_back(path: Path, act: Act) -> None:
    customer = await path.customer()

    banned = await act(customer, "ban", reason="Fraud")
    refused = await books(path, customer)
    suspended = await act(customer, "suspend", reason="Fraud", duration_days=1)
    back = await act(customer, "reactivate")

    assert banned.json()["data"] == {"user_id": customer["id"], "status": "banned"}
    assert refused.json()["error"]["account_status"] == "banned"
    assert (suspended.status_code, suspended.json()["error"]["code"]) == (400, "INVALID_STATUS_TRANSITION")
    assert back.json()["data"]["status"] == "active"


async def test_a_suspension_that_is_over_lets_them_book_before_anybody_noted_it(
    path: Path, act: Act, given: Given
) -> None:
    customer = await path.customer()
    await act(customer, "suspend", reason="Failed payments", duration_days=1)
    await set_over(given, customer)

    assert (await books(path, customer)).status_code == 201


async def test_suspensions_end_by_themselves_exactly_once_however_many_look(
    path: Path, act: Act, given: Given, run: JobRun
) -> None:
    over, lasting, endless = [await path.customer() for _ in range(3)]
    await act(over, "suspend", reason="Failed payments", duration_days=1)
    await act(lasting, "suspend", reason="Failed payments", duration_days=1)
    await act(endless, "suspend", reason="Failed payments")
    await set_over(given, over)

    await asyncio.gather(*(end_suspensions(run) for _ in range(5)))

    assert await given.value("SELECT array_agg(id) FROM marketplace.customer WHERE status = 'active'") == [over["id"]]
    assert [subject for _, subject, _ in await given.audited("user.suspension_ended")] == [f"user:{over['id']}"]


async def test_whoever_prolongs_a_suspension_that_just_ended_wins_over_the_job(
    path: Path, act: Act, given: Given, run: JobRun
) -> None:
    customer = await path.customer()
    await act(customer, "suspend", reason="Failed payments", duration_days=1)
    await set_over(given, customer)
    await act(customer, "suspend", reason="Again", duration_days=5)

    await end_suspensions(run)

    assert await given.value("SELECT status FROM marketplace.customer") == "suspended"


async def test_of_a_suspension_and_bookings_at_once_every_booking_came_before(
    path: Path, act: Act, given: Given
) -> None:
    customer = await path.customer()
    service = await path.service()

    bookings = [books(path, customer, external_id=f"race{number}", service_id=service["id"]) for number in range(6)]
    *answers, suspended = await asyncio.gather(*bookings, act(customer, "suspend", reason="Abuse"))

    assert suspended.status_code == 200
    assert {one.status_code for one in answers} <= {201, 403}
    late = await given.value(
        """
        SELECT count(*) FROM marketplace.booking b JOIN marketplace.customer c ON c.id = b.customer_id
         WHERE b.created_at > c.suspended_at
        """
    )
    made = sum(one.status_code == 201 for one in answers)
    assert (late, await given.value("SELECT count(*) FROM marketplace.booking")) == (0, made)


async def test_the_platform_hears_of_each_change_and_reads_nothing_that_staff_wrote(
    path: Path, act: Act, given: Given
) -> None:
    async with given.write() as tx:
        await add_endpoint(tx, given.house.keys, "https://platform.example/hooks", events=list(Event))
    customer = await path.customer()
    await act(customer, "suspend", reason=CANARY, internal_notes=CANARY)
    await act(customer, "ban", reason=CANARY, internal_notes=CANARY)
    await act(customer, "reactivate", notes=CANARY)

    bodies = json.loads(str(await given.value("SELECT json_agg(body ORDER BY id)::text FROM kernel.webhook_event")))
    told = [json.loads(one) for one in bodies]
    assert [one["event"] for one in told] == [
        "user.suspended",
        "user.sessions_ended",
        "user.banned",
        "user.sessions_ended",
        "user.reactivated",
    ]
    assert {one["data"]["external_id"] for one in told} == {customer["external_id"]}
    assert CANARY not in str(told)


async def test_what_staff_write_stands_sealed_in_the_audit_and_nowhere_in_the_clear(
    path: Path, act: Act, given: Given
) -> None:
    customer = await path.customer()
    await act(customer, "suspend", reason="Abuse", internal_notes=CANARY)
    await act(customer, "reactivate", notes=CANARY)

    entries = await given.value("SELECT json_agg(e)::text FROM kernel.audit_entry e")
    assert "internal_notes" in entries and CANARY not in entries
    assert CANARY not in await given.value("SELECT json_agg(c)::text FROM marketplace.customer c")


async def test_only_whoever_manages_users_does_any_of_it(path: Path, staff_of: StaffOf) -> None:
    customer, agent = await path.customer(), await staff_of("support_agent")

    answer = await agent.post(
        f"/api/v1/admin/users/{customer['id']}/suspend", json={"reason": "x"}, headers={"Idempotency-Key": "a"}
    )

    assert (answer.status_code, answer.json()["error"]["required_permission"]) == (403, "users:manage")
