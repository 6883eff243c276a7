"""Two hundred who want the same money back at once, through every door: it goes back once, and the books agree."""

import asyncio
import itertools
import random
from pathlib import Path as Folder
from typing import Any

import httpx
import orjson
import pytest

from backoffice.kernel.house import House
from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import PAYMENTS, REFUNDS, approve, send

CALLS, CAPTURED = 200, 50_000
NUMBERS = itertools.count(1)
APPROVED = "SELECT array_agg(id::text) FROM marketplace.refund WHERE status = 'approved'"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"database_pool_size": 20})


async def by_payment(staff: httpx.AsyncClient, payment: dict[str, Any], amount: int) -> int:
    key = {"Idempotency-Key": f"payment {next(NUMBERS)}"}
    answer = await staff.post(f"{PAYMENTS}/{payment['id']}/refund", json={"amount_cents": amount}, headers=key)
    return answer.status_code


async def by_request(staff: httpx.AsyncClient, path: Path, payment: dict[str, Any], amount: int) -> int:
    new = {"external_id": f"at once {next(NUMBERS)}", "payment_id": payment["id"], "reason": "other"}
    asked = await path.platform.post("/api/v1/platform/refunds", json={**new, "amount_cents": amount})
    if asked.status_code != 201:
        return asked.status_code
    return (await approve(staff, asked.json()["data"]["id"])).status_code


async def by_dispute(staff: httpx.AsyncClient, dispute: dict[str, Any], amount: int) -> int:
    key = {"Idempotency-Key": f"dispute {next(NUMBERS)}"}
    wanted = {"status": "resolved", "resolution_type": "partial_refund", "refund_amount": amount}
    return (await staff.patch(f"/api/v1/admin/disputes/{dispute['id']}", json=wanted, headers=key)).status_code


async def test_whoever_asks_at_once_through_whatever_door_gets_no_more_than_was_captured(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    customer, booking, payment = await path.done(CAPTURED)
    disputes = [await path.dispute(customer, booking) for _ in range(4)]
    people = [await staff_of("super_admin") for _ in range(8)]
    for dispute in disputes:
        key = {"Idempotency-Key": f"begin {dispute['id']}"}
        await people[0].patch(f"/api/v1/admin/disputes/{dispute['id']}", json={"status": "in_progress"}, headers=key)
    chance = random.Random(7)

    def call(number: int) -> Any:
        staff, amount = people[number % len(people)], chance.choice([700, 1_900, 6_300])
        if number % 10 == 0:
            return by_dispute(staff, disputes[number // 10 % len(disputes)], amount)
        return by_payment(staff, payment, amount) if number % 2 else by_request(staff, path, payment, amount)

    statuses = await asyncio.gather(*(call(number) for number in range(CALLS)))
    sent = await given.value(APPROVED)
    await asyncio.gather(*(send(house, refund_id) for refund_id in sent for _ in range(2)))

    assert set(statuses) <= {200, 400, 409}
    assert statuses.count(200) >= CAPTURED // 6_300
    back, reserved = await sums(given)
    assert back + reserved <= CAPTURED
    assert CAPTURED - back - reserved < 700, "all that could go back went back"
    assert kept_by_gateway(house.settings.data_folder / "sandbox-gateway") == await recorded(given)
    assert len(sent) <= statuses.count(200)
    assert (await people[0].get(REFUNDS)).json()["meta"]["summary"]["processed"] == len(sent)
    profile = (await people[0].get(f"/api/v1/admin/users/{customer['id']}")).json()["data"]
    assert profile["activity_summary"]["total_spent"] == CAPTURED - back


async def sums(given: Given) -> tuple[int, int]:
    row = await given.value("SELECT array[refunded_minor, reserved_minor] FROM marketplace.payment")
    return row[0], row[1]


async def recorded(given: Given) -> dict[str, int]:
    sql = "SELECT jsonb_object_agg(id, amount_minor) FROM marketplace.refund WHERE status = 'processed'"
    return dict(await given.value(sql))


def kept_by_gateway(folder: Folder) -> dict[str, int]:
    files = [orjson.loads(file.read_bytes()) for file in folder.glob("*.json")]
    return {file["key"]: file["amount_minor"] for file in files}
