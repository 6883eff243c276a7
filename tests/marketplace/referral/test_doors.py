"""Codes, who came by them, the list with its filters and totals, and deciding about those that are held."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import post, said
from tests.marketplace.referral.conftest import EARNED, REFERRALS, REWARD, Judge, Pair, bring, stand, wallet


async def signs_in(path: Path, customer_id: int, address: str, *, agent: str = "Firefox") -> None:
    path.count += 1
    await path.post(
        f"customers/{customer_id}/sign-ins",
        external_id=f"login {path.count}",
        session_id=f"session {path.count}",
        device_type="web",
        ip_address=address,
        user_agent=agent,
    )


async def recorded(path: Path, user_id: int, code: str) -> httpx.Response:
    return await path.platform.post("/api/v1/platform/referrals", json={"user_id": user_id, "referral_code": code})


async def test_a_code_is_the_customers_for_good_in_whatever_case_it_is_typed(path: Path) -> None:
    one, other = (await path.customer())["id"], (await path.customer())["id"]
    door = f"customers/{one}/referral-code"

    made = await path.post(door)
    again = await path.post(door, referral_code=made["referral_code"].lower())
    changed = await path.platform.post(f"/api/v1/platform/{door}", json={"referral_code": "JOHN2025"})
    chosen = await path.post(f"customers/{other}/referral-code", referral_code="john2025")
    third = await path.platform.post(
        f"/api/v1/platform/customers/{(await path.customer())['id']}/referral-code", json={"referral_code": "JOHN2025"}
    )

    assert made == again
    assert chosen["referral_code"] == "JOHN2025"
    assert said(changed) == said(third) == (409, "REFERRAL_CODE_TAKEN")


async def test_a_referral_is_recorded_once_with_the_sign_up_or_after_it(path: Path, given: Given) -> None:
    pair = await bring(path)
    late = await path.customer()

    same = await path.customer(external_id="u2", referral_code=pair.code)
    first = await recorded(path, late["id"], pair.code)
    again = await recorded(path, late["id"], pair.code)

    assert (same["id"], first.status_code, first.json()) == (pair.referred, 201, again.json())
    assert await given.value("SELECT count(*) FROM marketplace.referral") == 2
    assert len(await given.audited("referral.recorded")) == 2


async def test_what_is_no_referral_is_refused_and_brings_no_customer(path: Path, given: Given) -> None:
    pair = await bring(path)
    other = await bring(path)
    [known, *_] = await path.done()

    answers = [
        await recorded(path, pair.referred, other.code),
        await recorded(path, pair.referrer, pair.code),
        await recorded(path, known["id"], pair.code),
        await recorded(path, 999_999, pair.code),
        await recorded(path, known["id"], "NOBODYS"),
    ]
    lost = await path.platform.post(
        "/api/v1/platform/customers", json={"external_id": "lost", "referral_code": "NOBODYS"}
    )

    assert [said(one) for one in answers] == [
        (409, "REFERRAL_EXISTS"),
        (409, "SELF_REFERRAL"),
        (409, "USER_HAS_BOOKED"),
        (404, "USER_NOT_FOUND"),
        (404, "REFERRAL_CODE_NOT_FOUND"),
    ]
    assert said(lost) == (404, "REFERRAL_CODE_NOT_FOUND")
    assert await given.value("SELECT count(*) FROM marketplace.customer WHERE external_id = 'lost'") == 0


async def test_the_code_of_whoever_was_erased_brings_nobody(path: Path, staff_of: StaffOf) -> None:
    pair = await bring(path)
    await post(await staff_of(), f"/api/v1/admin/users/{pair.referrer}/anonymize")

    answer = await recorded(path, (await path.customer())["id"], pair.code)

    assert said(answer) == (404, "REFERRAL_CODE_NOT_FOUND")


async def test_one_customer_told_by_many_at_once_comes_by_one_code(path: Path, given: Given) -> None:
    pairs = [await bring(path) for _ in range(3)]
    late = (await path.customer())["id"]

    answers = await asyncio.gather(*(recorded(path, late, one.code) for one in pairs * 4))

    assert sorted({one.status_code for one in answers}) == [201, 409]
    assert await given.value("SELECT count(*) FROM marketplace.referral WHERE referred_id = %(id)s", id=late) == 1


async def test_two_who_bring_each_other_at_once_do_not_lock_each_other_out(path: Path, given: Given) -> None:
    people = [(await path.customer())["id"] for _ in range(6)]
    codes = {one: (await path.post(f"customers/{one}/referral-code"))["referral_code"] for one in people}

    answers = await asyncio.gather(
        *(recorded(path, one, codes[other]) for one in people for other in people if one != other)
    )

    assert {one.status_code for one in answers} == {201, 409}
    assert await given.value("SELECT count(*) FROM marketplace.referral") == 6


async def test_the_list_tells_what_the_contract_shows(pair: Pair, staff_of: StaffOf, judge: Judge) -> None:
    await pair.book()
    await judge()
    open_one = await bring(pair.path, pair.referrer)
    staff = await staff_of()

    listed = (await staff.get(REFERRALS)).json()

    waiting, paid = listed["data"]
    assert paid["referrer"] == {
        "id": pair.referrer,
        "name": "Asha Rao 1",
        "email": "asha1@example.com",
        "total_referrals": 2,
        "total_earned_cents": REWARD,
    }
    assert (paid["referred_user"]["id"], paid["referral_code"]) == (pair.referred, pair.code)
    assert (paid["status"], paid["payout_status"], paid["currency"]) == ("paid", "paid", "INR")
    assert paid["conditions_met"] == dict.fromkeys(("signup", "email_verified", "first_booking", "minimum_spend"), True)
    assert paid["credited_at"] and paid["referred_user"]["first_booking_date"]
    assert (waiting["referred_user"]["id"], waiting["status"]) == (open_one.referred, "pending")
    assert waiting["conditions_met"]["signup"] and not waiting["conditions_met"]["first_booking"]
    assert listed["meta"]["summary"] == {
        "pending": 1,
        "completed": 1,
        "expired": 0,
        "paid": 1,
        "held": 0,
        "total_rewards_cents": REWARD,
        "total_paid_cents": REWARD,
    }
    assert (listed["meta"]["page_size"], listed["meta"]["total_items"]) == (25, 2)
    assert (await staff.get(f"{REFERRALS}/{paid['id']}")).json()["data"] == paid


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "pending"}, 1),
        ({"status": "completed"}, 0),
        ({"min_amount": REWARD}, 1),
        ({"min_amount": REWARD + 1}, 0),
        ({"to_date": "2025-01-01"}, 0),
        ({"from_date": "2025-01-01"}, 1),
        ({"held": "true"}, 0),
        ({"held": "false"}, 1),
        ({"referrer_id": 999_999}, 0),
        ({"referred_id": 999_999}, 0),
    ],
)
async def test_the_list_has_its_filters(pair: Pair, staff_of: StaffOf, filters: dict[str, Any], found: int) -> None:
    listed = (await (await staff_of()).get(REFERRALS, params=filters)).json()

    assert len(listed["data"]) == listed["meta"]["total"] == found


async def test_who_may_look_and_who_may_decide(pair: Pair, staff_of: StaffOf) -> None:
    boss = await staff_of()
    one = (await boss.get(REFERRALS)).json()["data"][0]["id"]

    looked = await (await staff_of("support_agent")).get(REFERRALS)
    nowhere = await boss.get(f"{REFERRALS}/01890a5d-ac96-774b-bcce-b302099a8057")
    not_held = await post(boss, f"{REFERRALS}/{one}/release")

    assert said(looked) == (403, "PERMISSION_DENIED")
    assert said(nowhere) == (404, "REFERRAL_NOT_FOUND")
    assert said(not_held) == (409, "REFERRAL_NOT_HELD")


async def test_signs_of_one_person_hold_the_reward_until_somebody_decides(
    path: Path, staff_of: StaffOf, given: Given, judge: Judge
) -> None:
    plus = await bring(path, email="a.sha1+two@example.com")
    device = await bring(path)
    flat = await bring(path)
    for one in (device.referrer, device.referred):
        await signs_in(path, one, "192.0.2.7")
    for one, agent in ((flat.referrer, "Firefox"), (flat.referred, "Safari")):
        await signs_in(path, one, "192.0.2.8", agent=agent)
    for one in (plus, device, flat):
        await one.book()
    await judge()
    staff = await staff_of()

    listed = (await staff.get(REFERRALS, params={"held": "true"})).json()

    assert [row["flags"] for row in listed["data"]] == [
        ["same_address"],
        ["same_address", "same_device"],
        ["self_referral"],
    ]
    assert {(row["status"], row["payout_status"]) for row in listed["data"]} == {("completed", "held")}
    assert listed["meta"]["summary"]["held"] == 3
    assert await given.value(EARNED) == 0
    assert len(await given.audited("referral.held")) == 2, "one was held as it was recorded"

    released = await post(staff, f"{REFERRALS}/{listed['data'][0]['id']}/release", reason="Flatmates")
    rejected = await post(staff, f"{REFERRALS}/{listed['data'][2]['id']}/reject", reason="One person")
    await judge()

    assert (released.json()["data"]["status"], released.json()["data"]["decision"]) == ("paid", "released")
    assert (rejected.json()["data"]["status"], rejected.json()["data"]["payout_status"]) == ("expired", "none")
    assert await stand(given, plus) == ("expired", "rejected")
    assert await wallet(given, flat.referrer) == REWARD == await given.value(EARNED)
    assert "Flatmates" not in str(await given.audited("referral.released"))


async def test_of_two_who_decide_at_once_one_does_and_the_reward_comes_once(
    path: Path, staff_of: StaffOf, given: Given, judge: Judge
) -> None:
    pair = await bring(path, email="asha1+two@example.com")
    await pair.book()
    await judge()
    one, other = await staff_of(), await staff_of()
    door = f"{REFERRALS}/{(await one.get(REFERRALS)).json()['data'][0]['id']}"

    answers = await asyncio.gather(
        post(one, f"{door}/release"),
        post(other, f"{door}/reject", reason="One person"),
        post(other, f"{door}/release"),
        judge(),
    )

    assert sorted(one.status_code for one in answers[:3] if one) == [200, 409, 409]
    assert await given.value(EARNED) == (REWARD if (await stand(given, pair))[0] == "paid" else 0)


async def test_a_sign_that_was_seen_stays_whatever_is_changed_after(path: Path, given: Given, judge: Judge) -> None:
    pair = await bring(path, email="asha1+two@example.com")
    await path.platform.patch(
        f"/api/v1/platform/customers/{pair.referred}",
        json={"external_id": "changed", "email": "meera@example.com", "email_verified_at": "2026-01-15T10:30:00Z"},
    )
    await pair.book()
    await judge()

    assert await stand(given, pair) == ("completed", None)


async def test_whoever_may_not_see_personal_data_sees_no_address(pair: Pair, staff_of: StaffOf, given: Given) -> None:
    role = {"name": "Growth", "permissions": ["referrals:list"]}
    assert (await (await staff_of()).post("/api/v1/admin/roles", json=role)).status_code == 201
    growth = await staff_of(await given.staff("growth"))

    shown = (await growth.get(REFERRALS)).json()["data"][0]

    assert (shown["referrer"]["email"], shown["referred_user"]["email"]) == ("a***@example.com", "a***@example.com")
    assert said(await post(growth, f"{REFERRALS}/{shown['id']}/release")) == (403, "PERMISSION_DENIED")
