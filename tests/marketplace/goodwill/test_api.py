"""Goodwill goes into the wallet at once, or once a second person agrees; parted it counts together."""

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import LARGE, post, said

GOODWILL = "/api/v1/admin/goodwill"
WALLET = "SELECT wallet_minor FROM marketplace.customer"


async def test_a_little_goodwill_is_in_the_wallet_at_once_and_in_the_ledger(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, staff = await path.customer(), await staff_of("finance_admin")

    answer = await post(staff, f"/api/v1/admin/users/{customer['id']}/goodwill", amount_cents=50_000, reason="Waited")

    assert (answer.status_code, answer.json()["data"]["status"]) == (201, "granted")
    assert await given.value(WALLET) == 50_000
    assert await given.value("SELECT cause || ' ' || staff_id FROM marketplace.wallet_entry") == (
        f"goodwill {staff.staff.id}"
    )
    assert (await staff.get(GOODWILL, params={"user_id": customer["id"]})).json()["meta"]["total"] == 1


async def test_much_goodwill_waits_for_a_second_person_super_admins_included(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer = await path.customer()
    first, second = await staff_of("super_admin"), await staff_of("finance_admin")
    asked = await post(first, f"/api/v1/admin/users/{customer['id']}/goodwill", amount_cents=LARGE, reason="Sorry")
    one = asked.json()["data"]
    waiting = (await second.get("/api/v1/admin/approvals", params={"waiting": "true"})).json()["data"]

    alone = await post(first, f"{GOODWILL}/{one['id']}/approve")
    before = await given.value(WALLET)
    both = await post(second, f"{GOODWILL}/{one['id']}/approve")

    assert (one["status"], one["approvals_required"], one["approvals_received"]) == ("pending", 2, 1)
    assert [(row["act"], row["subject"]) for row in waiting] == [("goodwill.granted", one["id"])]
    assert (said(alone), before) == ((409, "AGREED_ALREADY"), 0)
    assert (both.json()["data"]["status"], await given.value(WALLET)) == ("granted", LARGE)
    assert (await second.get("/api/v1/admin/approvals", params={"waiting": "true"})).json()["data"] == []


async def test_goodwill_in_parts_counts_together(path: Path, staff_of: StaffOf, given: Given) -> None:
    customer, staff = await path.customer(), await staff_of("super_admin")
    door = f"/api/v1/admin/users/{customer['id']}/goodwill"

    parts = [(await post(staff, door, amount_cents=6_000_000, reason="Sorry")).json()["data"] for _ in range(2)]

    assert [part["status"] for part in parts] == ["granted", "pending"]
    assert await given.value(WALLET) == 6_000_000


async def test_rejected_goodwill_moves_nothing_and_is_decided(path: Path, staff_of: StaffOf, given: Given) -> None:
    customer, staff = await path.customer(), await staff_of("super_admin")
    asked = await post(staff, f"/api/v1/admin/users/{customer['id']}/goodwill", amount_cents=LARGE, reason="Sorry")

    rejected = await post(staff, f"{GOODWILL}/{asked.json()['data']['id']}/reject")
    late = await post(await staff_of(), f"{GOODWILL}/{asked.json()['data']['id']}/approve")

    assert rejected.json()["data"]["status"] == "rejected"
    assert said(late) == (409, "GOODWILL_DECIDED")
    assert await given.value(WALLET) == 0


async def test_once_one_person_is_enough_nothing_is_left_for_a_second_to_agree_to(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    customer, staff = await path.customer(), await staff_of("super_admin")
    door = f"/api/v1/admin/users/{customer['id']}/goodwill"
    first, second = [(await post(staff, door, amount_cents=6_000_000, reason="Sorry")).json()["data"] for _ in range(2)]
    async with given.write() as tx:
        tx.record("time passes", "tests")
        await tx.run("UPDATE marketplace.goodwill SET decided_at = decided_at - interval '31 days'")

    alone = await post(staff, f"{GOODWILL}/{second['id']}/approve")

    assert (first["status"], second["status"], alone.json()["data"]["status"]) == ("granted", "pending", "granted")
    assert await given.value("SELECT status FROM kernel.approval") == "void"
