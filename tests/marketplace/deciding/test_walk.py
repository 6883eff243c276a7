"""Customers, staff, gateways and banks pull at the same payments at random: no rupee too much, sums as counted."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import given as generated
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backoffice.kernel.errors import Refusal
from backoffice.kernel.gateways.payments import GatewayUnavailable
from backoffice.kernel.house import House
from backoffice.marketplace.chargeback import actions as chargebacks
from backoffice.marketplace.chargeback import rules as chargeback_rules
from backoffice.marketplace.chargeback.store import Told
from backoffice.marketplace.customer.store import lock_customer, recount
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund import store as refund_store
from backoffice.marketplace.refund.port import gateway_of
from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.deciding.witness import ALONE, BROKEN, GIVEN_BACK, WALLET
from tests.marketplace.making import Given, Path, StaffClient
from tests.marketplace.money import LARGE, approve, refund, reject, send

LONG = hypothesis_settings.get_current_profile_name() == "long"
PATIENCE_SECONDS = 300
AMOUNTS = [1, 4_000_000, 9_000_000, LARGE]
PAID = ["gw_plain", "gw_fail", "gw_lose", "gw_wallet"]
Thing = dict[str, Any]
NAMES = itertools.count(1)
THERE = """
    SELECT jsonb_build_object(
        'payments', (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', gateway_payment_id) ORDER BY id)
                       FROM marketplace.payment WHERE customer_id = %(id)s),
        'refunds', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status) ORDER BY id), '[]'::jsonb)
                      FROM marketplace.refund WHERE customer_id = %(id)s),
        'disputes', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status) ORDER BY id), '[]'::jsonb)
                       FROM marketplace.dispute WHERE customer_id = %(id)s))
"""


@dataclass(frozen=True)
class Step:
    """What one of them does. `nth` chooses among what there is."""

    what: str
    who: int
    nth: int
    amount: int

    def __str__(self) -> str:
        return f"{self.what}({self.who} {self.nth} {self.amount})"


WAYS = ["ask", "give_back", "approve", "reject", "resolve", "send", "be_told", "capture", "fail"]
WAYS += ["charge_back", "win", "lose"]
STEPS = st.builds(
    Step,
    what=st.sampled_from([*WAYS, "approve", "approve", "send", "send", "be_told", "resolve"]),
    who=st.integers(0, 2),
    nth=st.integers(0, 7),
    amount=st.sampled_from(AMOUNTS),
)
SCHEDULES = st.lists(st.lists(STEPS, min_size=1, max_size=3), min_size=8, max_size=16)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"sandbox_gateway_behaviour": {"fail": "fail", "lose": "lose"}, "database_pool_size": 12}
    )


@dataclass
class World:
    """Those who act, the same in every walk, and which of their ways ever led anywhere."""

    given: Given
    path: Path
    staff: list[StaffClient]
    led_on: set[str] = field(default_factory=set)

    @property
    def house(self) -> House:
        return self.given.house


@dataclass
class Walk:
    """One customer's payments. What is there is looked up before each batch of steps."""

    world: World
    customer: int
    there: Thing = field(default_factory=dict)

    async def look(self) -> None:
        self.there = await self.world.given.value(THERE, id=self.customer)

    async def take(self, step: Step) -> None:
        """One step; a refusal is an answer, anything else fails the test."""
        way: Callable[[Step], Awaitable[object]] = getattr(self, step.what)
        with suppress(Refusal, GatewayUnavailable):
            answer = await way(step)
            if getattr(answer, "is_success", answer is not None):
                self.world.led_on.add(step.what)
            assert getattr(answer, "status_code", 200) < 500, getattr(answer, "text", "")

    def _one(self, step: Step, what: str, *statuses: str) -> Thing | None:
        fitting = [one for one in self.there[what] if not statuses or one["status"] in statuses]
        return fitting[step.nth % len(fitting)] if fitting else None

    def _payment(self, step: Step) -> Thing:
        return self.there["payments"][step.nth % len(self.there["payments"])]  # type: ignore[no-any-return]

    async def ask(self, step: Step) -> object:
        new = {"external_id": f"walk {next(NAMES)}", "payment_id": self._payment(step)["id"], "reason": "other"}
        return await self.world.path.platform.post(
            "/api/v1/platform/refunds", json={**new, "amount_cents": step.amount}
        )

    async def give_back(self, step: Step) -> object:
        return await refund(self.world.staff[step.who], self._payment(step), amount_cents=step.amount)

    async def approve(self, step: Step) -> object:
        one = self._one(step, "refunds", "pending", "failed")
        body = {"approved_amount_cents": step.amount} if step.nth == 7 else {}
        return await approve(self.world.staff[step.who], one["id"], **body) if one else None

    async def reject(self, step: Step) -> object:
        one = self._one(step, "refunds", "pending")
        return await reject(self.world.staff[step.who], one["id"]) if one else None

    async def send(self, step: Step) -> object:
        if one := self._one(step, "refunds", "approved"):
            await send(self.world.house, one["id"])
        return one

    async def be_told(self, step: Step) -> object:
        """The gateway's webhook, which may overtake the answer or come after it."""
        one = self._one(step, "refunds", "approved") if step.nth % 2 else None
        one = one or self._one(step, "refunds", "processed", "failed")
        if one is None:
            return None
        async with self.world.given.write() as tx:
            tx.record("told", one["id"])
            row = await refund_store.lock_refund(tx, UUID(one["id"]))
        order = refunds.order_of(row)
        outcome = await gateway_of(self.world.house.settings, row.gateway).find_refund(order)
        if outcome is None:
            return None
        async with self.world.given.write() as tx:
            tx.record("told", one["id"])
            return await refunds.settle(tx, row.id, outcome, key=order.key)

    async def resolve(self, step: Step) -> object:
        one = self._one(step, "disputes", "open", "in_progress")
        if one is None:
            return None
        wanted: Thing = {"status": "in_progress"}
        if one["status"] == "in_progress":
            wanted = {"status": "resolved", "resolution_type": "partial_refund", "refund_amount": step.amount}
        staff = self.world.staff[step.who]
        key = {"Idempotency-Key": f"walk {next(NAMES)}"}
        return await staff.patch(f"/api/v1/admin/disputes/{one['id']}", json=wanted, headers=key)

    async def capture(self, step: Step) -> object:
        async with self.world.given.write() as tx:
            tx.record("told", self.customer)
            return await payments.capture_told(tx, Gateway.SANDBOX, self._payment(step)["name"], amount_minor=LARGE)

    async def fail(self, step: Step) -> object:
        async with self.world.given.write() as tx:
            tx.record("told", self.customer)
            return await payments.failure_told(tx, Gateway.SANDBOX, self._payment(step)["name"], reason="declined")

    async def charge_back(self, step: Step) -> object:
        return await self._told(step, chargeback_rules.Status.OPEN)

    async def win(self, step: Step) -> object:
        return await self._told(step, chargeback_rules.Status.WON)

    async def lose(self, step: Step) -> object:
        return await self._told(step, chargeback_rules.Status.LOST)

    async def _told(self, step: Step, status: chargeback_rules.Status) -> object:
        name = self._payment(step)["name"]
        told = Told(Gateway.SANDBOX, f"cb_{name}", name, amount_minor=9_000_000, status=status)
        async with self.world.given.write() as tx:
            tx.record("told", self.customer)
            return await chargebacks.chargeback_told(tx, told)

    async def check(self, taken: list[str]) -> None:
        given, facts = self.world.given, {"id": self.customer}
        story = "after\n" + "\n".join(taken)
        assert await given.value(BROKEN, **facts) is None, story
        assert await given.value(ALONE, **facts) == 0, story
        assert await given.value(WALLET, **facts) == 0, story
        async with given.write() as tx:
            tx.record("counted", self.customer)
            await lock_customer(tx, self.customer)
            assert await recount(tx, self.customer) == 0, story

    async def come_to_an_end(self) -> None:
        """Chargebacks end, workers do what is left to do, and the gateway's books say what ours say."""
        await self.look()
        for number in range(len(self.there["payments"])):
            await self.take(Step("win", 0, number, 0))
        for _ in range(2):
            for number, _one in enumerate(self.there["refunds"]):
                await self.look()
                await self.take(Step("send", 0, number, 0))
        sql = "SELECT count(*) FROM marketplace.refund WHERE customer_id = %(id)s AND status = 'approved'"
        assert await self.world.given.value(sql, id=self.customer) == 0
        mine = {one["id"] for one in self.there["refunds"]}
        folder = self.world.house.settings.data_folder / "sandbox-gateway"
        files = [orjson.loads(file.read_bytes()) for file in folder.glob("*.json")]
        kept = {
            file["key"]: file["amount_minor"]
            for file in files
            if file["outcome"] == "refunded" and file["key"].partition(".")[0] in mine
        }
        assert kept == await self.world.given.value(GIVEN_BACK, id=self.customer)


async def walk(world: World, schedule: list[list[Step]]) -> None:
    path, number = world.path, next(NAMES)
    customer = await path.customer()
    service = (await path.service())["id"]
    for name in PAID:
        booking = await path.booking(customer["id"], service, LARGE)
        method = "wallet" if name == "gw_wallet" else "upi"
        status = "pending" if name == "gw_fail" else "success"
        await path.payment(booking, method=method, status=status, gateway_payment_id=f"{number}_{name}")
        await path.move(booking, "confirmed", "in_progress", "completed")
        await path.dispute(customer, booking)
    one, taken = Walk(world, customer["id"]), list[str]()
    for batch in schedule:
        taken.append(" + ".join(map(str, batch)))
        await one.look()
        await asyncio.gather(*(one.take(step) for step in batch))
        await one.check(taken)
    await one.come_to_an_end()
    await one.check(taken)


async def test_whatever_happens_at_once_no_rupee_goes_back_twice(given: Given, path: Path, staff_of: StaffOf) -> None:
    world = World(given, path, [await staff_of("super_admin") for _ in range(3)])
    loop = asyncio.get_running_loop()

    @hypothesis_settings(
        max_examples=1_000 if LONG else 20,
        derandomize=not LONG,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @generated(SCHEDULES)
    def never_too_much(schedule: list[list[Step]]) -> None:
        asyncio.run_coroutine_threadsafe(walk(world, schedule), loop).result(PATIENCE_SECONDS)

    await asyncio.to_thread(never_too_much)
    assert world.led_on == set(WAYS), "some ways never led on"
