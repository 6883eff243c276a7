"""Friends bring friends, book, get money back and spend at random and at once: rewards and wallets always agree."""

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import pytest

from backoffice.kernel.house import House
from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path, StaffClient
from tests.marketplace.money import post, refund, send
from tests.marketplace.referral.conftest import MINIMUM, REFERRALS, Judge, Pair, bring, let_pass

STEPS, AT_ONCE = 24, 5
WRONG = {
    "wallet entries of referrals are not what was paid less what was taken back": """
        SELECT r.referrer_id FROM marketplace.referral r GROUP BY r.referrer_id
        HAVING sum(r.paid_minor - r.taken_minor) <> (
               SELECT coalesce(sum(amount), 0) FROM marketplace.wallet_entry w
                WHERE w.customer_id = r.referrer_id AND w.cause = 'referral')
    """,
    "a wallet is not the sum of its entries, or below zero": """
        SELECT c.id FROM marketplace.customer c
         WHERE c.wallet_minor < 0 OR c.wallet_minor <> (SELECT coalesce(sum(amount), 0)
               FROM marketplace.wallet_entry w WHERE w.customer_id = c.id AND w.ledger = 'wallet')
    """,
    "a code miscounts": """
        SELECT k.customer_id FROM marketplace.referral_code k LEFT JOIN marketplace.referral r ON r.code = k.code
         GROUP BY k.code
        HAVING (k.referrals, k.earned_minor) <> (count(r.id), coalesce(sum(r.paid_minor - r.taken_minor), 0))
    """,
    "paid, though not in the wallet": """
        SELECT referrer_id FROM marketplace.referral r
         WHERE (paid_minor > 0) <> EXISTS (SELECT FROM marketplace.wallet_entry WHERE about = 'referral:' || r.id)
            OR status = 'paid' AND (is_held OR paid_minor = 0)
    """,
    "totals that are not the rows'": """
        SELECT 1 FROM (SELECT status, sum(referrals) AS n, sum(reward_minor) AS m FROM marketplace.referral_tally
                        GROUP BY 1 HAVING sum(referrals) <> 0) t
          FULL JOIN (SELECT status, count(*) AS n, sum(reward_minor) AS m FROM marketplace.referral GROUP BY 1) r
         USING (status) WHERE (t.n, t.m) IS DISTINCT FROM (r.n, r.m)
    """,
}
SETTLED = {
    "something still due": "SELECT 1 FROM marketplace.referral WHERE is_due",
    "paid for a booking that was given back": """
        SELECT referrer_id FROM marketplace.referral r JOIN marketplace.booking b ON b.id = ANY (r.counted)
         WHERE r.status IN ('completed', 'paid') AND b.payment_status = 'refunded'
    """,
    "earned, and not paid": """
        SELECT referrer_id FROM marketplace.referral WHERE status = 'completed' AND NOT is_held
    """,
}
SPEND = """
    WITH held AS (SELECT id, wallet_minor FROM marketplace.customer WHERE id = %(id)s FOR UPDATE)
    INSERT INTO marketplace.wallet_entry (customer_id, ledger, amount, cause, about)
    SELECT id, 'wallet', -(wallet_minor + 1) / 2, 'spend', %(about)s FROM held WHERE wallet_minor > 1
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"database_pool_size": 12})


class Crowd:
    """Those who act, what they may do, and the payments that there are."""

    def __init__(self, given: Given, staff: StaffClient, judge: Judge, pairs: list[Pair]) -> None:
        self.given, self.staff, self.judge, self.pairs = given, staff, judge, pairs
        self.chance = random.Random(11)
        self.payments: list[dict[str, Any]] = []
        self.count = 0

    def step(self) -> Awaitable[object]:
        ways = [self.book, self.book, self.give_back, self.give_back, self.spend, self.judge, self.stop, self.decide]
        return self.chance.choice(ways)()

    async def book(self) -> None:
        """Of those whom nobody suspends."""
        one, amount = self.chance.choice(self.pairs[1:]), self.chance.choice([MINIMUM, MINIMUM // 2])
        self.payments.append(await one.book(amount))

    async def give_back(self) -> None:
        if not self.payments:
            return
        answer = await refund(self.staff, self.chance.choice(self.payments))
        if answer.status_code == 200:
            await send(self.given.house, answer.json()["data"]["id"])

    async def spend(self) -> None:
        self.count += 1
        async with self.given.write() as tx:
            tx.record("spent", "tests")
            await tx.run(SPEND, id=self.chance.choice(self.pairs).referrer, about=f"voucher {self.count}")

    async def stop(self) -> None:
        who = self.chance.choice(self.pairs).referrer
        await post(self.staff, f"/api/v1/admin/users/{who}/suspend", reason="Looked into", notify_user=False)
        await post(self.staff, f"/api/v1/admin/users/{who}/reactivate", notify_user=False)

    async def decide(self) -> None:
        held = (await self.staff.get(REFERRALS, params={"held": "true"})).json()["data"]
        if held:
            act = self.chance.choice(["release", "reject"])
            await post(self.staff, f"{REFERRALS}/{self.chance.choice(held)['id']}/{act}", reason="Looked at")


async def test_rewards_and_wallets_agree_whatever_happens_in_which_order(
    path: Path, staff_of: StaffOf, given: Given, judge: Judge, house: House
) -> None:
    hub = await bring(path)
    pairs = [
        hub,
        *[await bring(path, hub.referred) for _ in range(5)],
        *[await bring(path, hub.referrer) for _ in "ab"],
    ]
    pairs.append(await bring(path, hub.referred, email="asha2+again@example.com"))
    crowd = Crowd(given, await staff_of(), judge, pairs)
    crowd.payments.append(await hub.book())

    for number in range(STEPS):
        await asyncio.gather(*(crowd.step() for _ in range(AT_ONCE)))
        if number == STEPS * 2 // 3:
            await let_pass(given, 31)
        assert await found(given, WRONG) == {}
    await judge()
    await judge()

    assert await found(given, WRONG | SETTLED) == {}
    stands = {one for (one,) in await rows(given, "SELECT DISTINCT status FROM marketplace.referral")}
    assert stands >= {"paid", "expired"}, "the walk went somewhere"
    assert await given.value("SELECT count(*) FROM marketplace.wallet_entry WHERE about LIKE '%taken_back'") > 0


async def found(given: Given, wrong: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    return {what: there for what, sql in wrong.items() if (there := await rows(given, sql))}


async def rows(given: Given, sql: Any) -> list[tuple[Any, ...]]:
    async with given.read() as db:
        return await (await db.connection.execute(sql)).fetchall()
