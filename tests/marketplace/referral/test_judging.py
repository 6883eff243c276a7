"""A reward comes with what the brought customer did, once, in time, and goes with the money that it hung on."""

import asyncio

import pytest

from backoffice.kernel.house import House
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import post, refund, send
from tests.marketplace.referral.conftest import (
    EARNED,
    MINIMUM,
    REFERRALS,
    REWARD,
    VERIFIED,
    Judge,
    Pair,
    bring,
    let_pass,
    stand,
    wallet,
)


async def give_back(staff_of: StaffOf, house: House, payment: dict[str, object], **amount: int) -> None:
    answer = await refund(await staff_of(), payment, **amount)
    await send(house, answer.json()["data"]["id"])


async def test_the_first_booking_that_is_done_and_paid_brings_the_reward_once(
    pair: Pair, given: Given, judge: Judge
) -> None:
    await judge()
    waiting = await stand(given, pair)
    await pair.book()
    for _ in range(3):
        await judge()
    await pair.book()
    await judge()

    assert (waiting, await stand(given, pair)) == (("pending", None), ("paid", None))
    assert await wallet(given, pair.referrer) == REWARD == await given.value(EARNED)
    assert [len(await given.audited(f"referral.{act}")) for act in ("recorded", "completed", "paid")] == [1, 1, 1]


async def test_each_condition_has_to_be_met(path: Path, given: Given, judge: Judge) -> None:
    unverified = await bring(path, email_verified_at=None)
    await unverified.book()
    stingy = await bring(path)
    await stingy.book(MINIMUM - 1)
    unpaid = await bring(path)
    booking = await path.booking(unpaid.referred, (await path.service())["id"], MINIMUM)
    await path.move(booking, "confirmed", "in_progress", "completed")
    ahead = await bring(path)
    await path.payment(await path.booking(ahead.referred, (await path.service())["id"], MINIMUM))
    await judge()
    before = [await stand(given, one) for one in (unverified, stingy, unpaid, ahead)]

    await path.platform.patch(
        f"/api/v1/platform/customers/{unverified.referred}",
        json={"external_id": "verified", "email_verified_at": VERIFIED},
    )
    await stingy.book(1)
    await path.payment(booking)
    await judge()

    assert before == [("pending", None)] * 4
    assert [await stand(given, one) for one in (unverified, stingy, unpaid, ahead)] == [
        ("paid", None),
        ("paid", None),
        ("paid", None),
        ("pending", None),
    ]


async def test_what_came_in_time_counts_even_where_it_is_looked_at_late(path: Path, given: Given, judge: Judge) -> None:
    late, punctual = await bring(path), await bring(path)
    await punctual.book()
    async with given.write() as tx:
        tx.record("time passes", "tests")
        await tx.run("UPDATE marketplace.booking SET completed_at = completed_at - interval '2 days'")
        await tx.run("UPDATE marketplace.payment SET completed_at = completed_at - interval '2 days'")
    await let_pass(given, 31)
    await late.book()
    await judge()

    assert await stand(given, punctual) == ("paid", None)
    assert await stand(given, late) == ("expired", "conditions_not_met")
    assert len(await given.audited("referral.expired")) == 1


async def test_a_booking_given_back_in_full_takes_the_reward_back_and_a_part_of_it_does_not(
    pair: Pair, staff_of: StaffOf, given: Given, judge: Judge, house: House
) -> None:
    payment = await pair.book()
    await judge()
    await give_back(staff_of, house, payment, amount_cents=1)
    await judge()
    in_part = (await stand(given, pair), await wallet(given, pair.referrer))
    await give_back(staff_of, house, payment)
    for _ in range(2):
        await judge()

    assert in_part == (("paid", None), REWARD)
    assert await stand(given, pair) == ("expired", "booking_refunded")
    assert await wallet(given, pair.referrer) == 0 == await given.value(EARNED)
    shown = (await (await staff_of()).get(REFERRALS)).json()["data"][0]
    assert (shown["payout_status"], shown["taken_back_cents"], shown["owed_cents"]) == ("taken_back", REWARD, 0)
    assert shown["referrer"]["total_earned_cents"] == 0


async def test_one_of_several_bookings_that_counted_takes_it_back_and_a_later_one_does_not(
    path: Path, staff_of: StaffOf, given: Given, judge: Judge, house: House
) -> None:
    first, later = await bring(path), await bring(path)
    small = await first.book(MINIMUM // 2)
    await first.book(MINIMUM // 2)
    await later.book()
    await judge()
    another = await later.book()

    await give_back(staff_of, house, small)
    await give_back(staff_of, house, another)
    await judge()

    assert await stand(given, first) == ("expired", "booking_refunded")
    assert await stand(given, later) == ("paid", None)


async def test_what_the_wallet_no_longer_has_is_owed_and_set_off_against_the_next_rewards(
    path: Path, staff_of: StaffOf, given: Given, judge: Judge, house: House
) -> None:
    first = await bring(path)
    payment = await first.book()
    await judge()
    async with given.write() as tx:
        tx.record("spent", "tests")
        await tx.run(
            """
            INSERT INTO marketplace.wallet_entry (customer_id, ledger, amount, cause, about)
                 VALUES (%(id)s, 'wallet', -30000, 'spend', 'voucher')
            """,
            id=first.referrer,
        )
    await give_back(staff_of, house, payment)
    await judge()
    staff = await staff_of()
    owed = (await staff.get(REFERRALS)).json()["data"][0]
    after_taking = await wallet(given, first.referrer)
    second = await bring(path, first.referrer)
    await second.book()
    await judge()

    assert (owed["taken_back_cents"], owed["owed_cents"], after_taking) == (20_000, 30_000, 0)
    assert await wallet(given, first.referrer) == REWARD - 30_000
    rows = (await staff.get(REFERRALS, params={"referrer_id": first.referrer})).json()["data"]
    assert [(row["status"], row["owed_cents"]) for row in rows] == [("paid", 0), ("expired", 0)]
    assert rows[0]["referrer"]["total_earned_cents"] == REWARD == await given.value(EARNED)
    assert len(await given.audited("referral.set_off")) == 1


async def test_a_chargeback_that_is_lost_takes_it_back_like_a_refund(pair: Pair, given: Given, judge: Judge) -> None:
    payment = await pair.book()
    await judge()
    async with given.write() as tx:
        tx.record("chargeback", "tests")
        await tx.run(
            """
            INSERT INTO marketplace.chargeback (id, gateway, gateway_chargeback_id, payment_id, customer_id, status,
                                                amount_minor, ended_at)
                 VALUES (gen_random_uuid(), 'sandbox', 'cb', %(payment)s, %(id)s, 'lost', %(amount)s, now())
            """,
            payment=payment["id"],
            id=pair.referred,
            amount=MINIMUM,
        )
        await tx.run("SELECT marketplace.recount(ARRAY[%(id)s::bigint])", id=pair.referred)
    await judge()

    assert await stand(given, pair) == ("expired", "booking_refunded")


async def test_customers_who_bring_each_others_friends_at_once_are_paid_once_each(
    path: Path, staff_of: StaffOf, given: Given, judge: Judge, house: House
) -> None:
    """Workers that judge the same ones, bookings that are done meanwhile, money that goes back meanwhile."""
    hub = (await path.customer())["id"]
    pairs = [await bring(path, hub) for _ in range(6)]
    pairs += [await bring(path, pairs[0].referred) for _ in range(2)]
    payments = [await one.book() for one in pairs[:4]]
    boss = await staff_of()

    async def back(payment: dict[str, object]) -> None:
        answer = await refund(boss, payment)
        await send(house, answer.json()["data"]["id"])

    await asyncio.gather(
        *(judge() for _ in range(6)), *(one.book() for one in pairs[4:]), *(back(one) for one in payments[:2])
    )
    await asyncio.gather(judge(), judge())

    stands = [(await stand(given, one))[0] for one in pairs]
    assert set(stands[:2]) <= {"pending", "expired"}, "judged before or after the money went back"
    assert stands[2:] == ["paid"] * 6
    assert await wallet(given, hub) == 4 * REWARD
    assert await wallet(given, pairs[0].referred) == 2 * REWARD
    assert await given.value(EARNED) == 6 * REWARD
    assert await given.value("SELECT count(*) FROM marketplace.referral WHERE is_due") == 0


@pytest.mark.parametrize("act", ["suspend", "ban"])
async def test_an_account_that_is_not_active_holds_the_reward_until_it_is(
    pair: Pair, staff_of: StaffOf, given: Given, judge: Judge, act: str
) -> None:
    staff = await staff_of()
    await post(staff, f"/api/v1/admin/users/{pair.referrer}/{act}", reason="Looked into", notify_user=False)
    await pair.book()
    await judge()
    held = (await staff.get(REFERRALS)).json()["data"][0]
    await post(staff, f"/api/v1/admin/users/{pair.referrer}/reactivate", notify_user=False)
    await judge()

    assert (held["status"], held["payout_status"], held["flags"]) == ("completed", "held", ["account_not_active"])
    assert await stand(given, pair) == ("paid", None)


async def test_whoever_was_erased_gets_nothing_any_more(
    pair: Pair, staff_of: StaffOf, given: Given, judge: Judge
) -> None:
    staff = await staff_of()
    await post(staff, f"/api/v1/admin/users/{pair.referrer}/anonymize")
    await judge()
    await pair.book()
    await judge()

    shown = (await staff.get(REFERRALS)).json()["data"][0]
    assert await stand(given, pair) == ("expired", "referrer_gone")
    assert (shown["referrer"]["name"], shown["referrer"]["email"]) == (None, None)
    assert shown["referral_code"] == f"erased-{pair.referrer}"
    assert await given.value(EARNED) == 0
