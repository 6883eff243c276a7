"""Customers, staff, vendors, gateways and banks, and what each of them may do to one customer's payments."""

import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

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
from tests.marketplace.deciding.witness import ALONE, BROKEN, GIVEN_BACK, ILLEGAL, WALLET
from tests.marketplace.making import Given, Path, StaffClient
from tests.marketplace.money import LARGE, approve, post, refund, reject, send

Thing = dict[str, Any]
NAMES = itertools.count(1)
THERE = """
    SELECT jsonb_build_object(
        'payments', (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', gateway_payment_id) ORDER BY id)
                       FROM marketplace.payment WHERE customer_id = %(id)s),
        'bookings', (SELECT jsonb_agg(jsonb_build_object('id', id, 'service_id', service_id) ORDER BY id)
                       FROM marketplace.booking WHERE customer_id = %(id)s),
        'credits', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status) ORDER BY id), '[]'::jsonb)
                      FROM marketplace.goodwill WHERE customer_id = %(id)s),
        'refunds', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status) ORDER BY id), '[]'::jsonb)
                      FROM marketplace.refund WHERE customer_id = %(id)s),
        'disputes', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status) ORDER BY id), '[]'::jsonb)
                       FROM marketplace.dispute WHERE customer_id = %(id)s))
"""


MOVES = ("confirmed", "in_progress", "completed", "cancelled")
DECISIONS: tuple[Thing, ...] = (
    {"status": "resolved", "resolution_type": "partial_refund"},
    {"status": "resolved", "resolution_type": "partial_refund"},
    {"status": "resolved", "resolution_type": "full_refund"},
    {"status": "resolved", "resolution_type": "no_refund"},
    {"status": "rejected"},
)


@dataclass(frozen=True)
class Step:
    """What one of them does. `nth` chooses among what there is."""

    what: str
    who: int
    nth: int
    amount: int

    def __str__(self) -> str:
        return f"{self.what}({self.who} {self.nth} {self.amount})"


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

    def _booking(self, step: Step) -> Thing:
        return self.there["bookings"][step.nth % len(self.there["bookings"])]  # type: ignore[no-any-return]

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
        """The next thing that is to be done of a dispute: most are resolved, with money or without."""
        one = self._one(step, "disputes", "open", "in_progress")
        if one is None:
            return None
        wanted: Thing = {"status": "in_progress"}
        if one["status"] == "in_progress":
            wanted = {**DECISIONS[step.nth % len(DECISIONS)]}
        if wanted.get("resolution_type") == "partial_refund":
            wanted["refund_amount"] = step.amount
        return await self._change(step, one, wanted)

    async def end(self, step: Step) -> object:
        """What is decided is closed, or opened once more."""
        one = self._one(step, "disputes", "resolved", "rejected")
        to = "in_progress" if step.nth % 2 else "closed"
        return await self._change(step, one, {"status": to}) if one else None

    async def _change(self, step: Step, dispute: Thing, wanted: Thing) -> object:
        key = {"Idempotency-Key": f"walk {next(NAMES)}"}
        address = f"/api/v1/admin/disputes/{dispute['id']}"
        return await self.world.staff[step.who].patch(address, json=wanted, headers=key)

    async def complain(self, step: Step) -> object:
        about = {"user_id": self.customer, "booking_id": self._booking(step)["id"], "type": "other"}
        return await self._tell("disputes", **about, subject="Again", description="It is not over")

    async def book(self, step: Step) -> object:
        wanted = {"user_id": self.customer, "service_id": self._booking(step)["service_id"]}
        priced = {"scheduled_at": "2026-12-14T10:00:00+05:30", "pricing": {"base_amount_cents": LARGE}}
        return await self._tell("bookings", **wanted, **priced)

    async def move(self, step: Step) -> object:
        """By the customer or the vendor."""
        moved: Thing = {"status": MOVES[step.nth % len(MOVES)], "by": ("customer", "vendor", "vendor")[step.who]}
        if moved["status"] == "cancelled":
            moved["cancellation_reason"] = "Not needed"
        address = f"/api/v1/platform/bookings/{self._booking(step)['id']}/moves"
        return await self.world.path.platform.post(address, json=moved)

    async def pay(self, step: Step) -> object:
        """Once more, or late: money that comes is recorded as it is."""
        how = {"method": "upi", "gateway_payment_id": f"{next(NAMES)}_again", "amount_cents": LARGE}
        status = "pending" if step.nth % 2 else "success"
        return await self._tell("payments", booking_id=self._booking(step)["id"], status=status, **how)

    async def _tell(self, what: str, **new: Any) -> object:
        body = {"external_id": f"walk {next(NAMES)}", **new}
        return await self.world.path.platform.post(f"/api/v1/platform/{what}", json=body)

    async def thank(self, step: Step) -> object:
        to = f"/api/v1/admin/users/{self.customer}/goodwill"
        return await post(self.world.staff[step.who], to, amount_cents=step.amount, reason="Sorry")

    async def agree(self, step: Step) -> object:
        """Or not: to goodwill that waits."""
        one = self._one(step, "credits", "pending")
        decision = "reject" if step.nth % 4 == 0 else "approve"
        address = f"/api/v1/admin/goodwill/{one['id']}/{decision}" if one else ""
        return await post(self.world.staff[step.who], address) if one else None

    async def shut_out(self, step: Step) -> object:
        """Or let in again."""
        act, body = ("suspend", {"reason": "Asked to"}) if step.nth % 4 == 0 else ("reactivate", {})
        return await post(self.world.staff[step.who], f"/api/v1/admin/users/{self.customer}/{act}", **body)

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
        assert await given.value(ILLEGAL, **facts) is None, story
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
