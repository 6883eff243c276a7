"""Rounds of calls: a booking is paid and complained about, then 200 people want its money back at the same time."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.kills.line import Answer, Call, Line, Unanswered
from benchmarks.kills.marketplace.people import Cast

CALLS = 200
CAPTURED = 9_000_000
"""In minor units: no more of it needs two people, and the calls of a round want about twice as much."""
AMOUNTS = (1, 2_500, 90_000, 400_000)
GOODWILL = 1_000
COMPLAINTS = 8
GATEWAYS = ("plain", "lose", "fail", "later")
"""How each payment's gateway behaves, in turn from a random one on: BEHAVIOUR says what the last three mean."""
CANCELLED_EVERY = 3
"""In the last of so many rounds staff cancel the booking, in the others they resolve its disputes."""
BEHAVIOUR = '{"lose": "lose", "fail": "fail", "later": "later"}'
ADMIN, PLATFORM = "/api/v1/admin", "/api/v1/platform"


@dataclass
class Books:
    """What those who called were told. Each who asks for money writes the key of the call as the reason."""

    customers: list[int] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)
    gateways: Counter[str] = field(default_factory=Counter)
    refunds: dict[str, str] = field(default_factory=dict)
    """The refund that was answered, by the key of its call."""
    credits: dict[str, str] = field(default_factory=dict)
    resolved: set[int] = field(default_factory=set)
    cancelled: list[str] = field(default_factory=list)
    """Bookings, once for each who was told that they cancelled it."""
    answered: int = 0
    refused: int = 0
    tries: int = 0
    stuck: list[str] = field(default_factory=list)

    def note(self, call: Call, answer: Answer) -> None:
        self.answered += 1
        self.tries += answer.tries
        self.refused += not answer.is_success
        if answer.is_success and call.key in call.body.values():
            told = self.credits if call.path.endswith("/goodwill") else self.refunds
            told[call.key] = answer.data["id"]
        if answer.is_success and call.body.get("status") == "resolved":
            self.resolved.add(answer.data["id"])
        if answer.is_success and call.body.get("status") == "cancelled":
            self.cancelled.append(answer.data["id"])


@dataclass(frozen=True)
class Stage:
    """One payment and all who may want something of it."""

    customer: int
    booking: str
    is_off: bool
    payment: str
    gateway: str
    disputes: list[int]
    staff: list[dict[str, str]]


@dataclass(frozen=True)
class Round:
    """One payment, from its customer's first day until 200 calls for it are answered."""

    line: Line
    cast: Cast
    books: Books
    random: Random
    first: int = 0
    """The number of the first round, which says how its gateway behaves and what staff do."""

    async def play(self) -> None:
        try:
            stage = await self._prepared()
        except Unanswered as why:
            self.books.stuck.append(str(why))
            return
        self.books.customers.append(stage.customer)
        self.books.payments.append(stage.payment)
        self.books.gateways[stage.gateway] += 1
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLS):
                group.create_task(self._call(stage))

    async def _call(self, stage: Stage) -> None:
        """One of the 200; who decides on a refund takes one that somebody was told of by then."""
        wish, who = self.random.random(), self.random.choice(stage.staff)
        await asyncio.sleep(self.random.random() * 2)
        known = list(self.books.refunds.values())[-CALLS:]
        amount = {"amount_cents": self.random.choice(AMOUNTS)}
        if wish < 0.3:
            call = Call("POST", f"{ADMIN}/payments/{stage.payment}/refund", amount)
            call.body.update(reason=call.key)
        elif wish < 0.5 or not known:
            call, who = Call("POST", f"{PLATFORM}/refunds", {"payment_id": stage.payment, **amount}), self.cast.platform
            call.body.update(external_id=call.key, reason="other")
        elif wish < 0.8:
            decision = self.random.choice(("approve", "approve", "approve", "reject"))
            call = Call("POST", f"{ADMIN}/refunds/{self.random.choice(known)}/{decision}", {"reason": "In the storm"})
        elif wish < 0.95:
            call = await self._settling(stage, amount["amount_cents"])
        else:
            call = Call("POST", f"{ADMIN}/users/{stage.customer}/goodwill", {"amount_cents": GOODWILL})
            call.body.update(reason=call.key)
        try:
            self.books.note(call, await self.line.ask(call, who))
        except Unanswered as why:
            self.books.stuck.append(str(why))

    async def _settling(self, stage: Stage, amount: int) -> Call:
        """Who cancels comes a little later than the others: what is left then goes back with it."""
        if stage.is_off:
            await asyncio.sleep(self.random.random() * 2)
            off = {"status": "cancelled", "cancellation_reason": "Nobody came", "force_refund": True}
            return Call("PATCH", f"{ADMIN}/bookings/{stage.booking}", off)
        body = {"status": "resolved", "resolution_type": "partial_refund", "refund_amount": amount}
        return Call("PATCH", f"{ADMIN}/disputes/{self.random.choice(stage.disputes)}", body)

    async def _prepared(self) -> Stage:
        """A new customer's booking, done and paid, and complaints about it that somebody looks into."""
        staff, number = await self.cast.sign_in(self.line), self.first + len(self.books.payments)
        customer = await self._platform("customers", external_id=f"storm-{number}", name="Asha Storm")
        vendor = await self._platform("vendors", external_id=f"storm-{number}", name="ABC Studios")
        offered = {"vendor_id": vendor["id"], "name": "Photographs", "category": "photography"}
        service = await self._platform("services", external_id=f"storm-{number}", **offered, base_price_cents=CAPTURED)
        wanted = {"user_id": customer["id"], "service_id": service["id"], "scheduled_at": "2026-12-14T10:00:00+05:30"}
        booking = await self._platform(
            "bookings", external_id=f"storm-{number}", **wanted, pricing={"base_amount_cents": CAPTURED}
        )
        gateway = GATEWAYS[number % len(GATEWAYS)]
        known = {"gateway_payment_id": f"storm_{number}_{gateway}", "gateway": "sandbox"}
        paid = {"booking_id": booking["id"], "amount_cents": CAPTURED, "method": "upi", "status": "success"}
        payment = await self._platform("payments", external_id=f"storm-{number}", **paid, **known)
        for status in ("confirmed", "in_progress", "completed"):
            await self._platform(f"bookings/{booking['id']}/moves", status=status, by="vendor")
        about = {"user_id": customer["id"], "booking_id": booking["id"], "type": "service_quality"}
        disputes = []
        for one in range(COMPLAINTS):
            said = {"subject": "Nobody came", "description": "We waited for two hours"}
            dispute = await self._platform("disputes", external_id=f"storm-{number}-{one}", **about, **said)
            taken = Call("PATCH", f"{ADMIN}/disputes/{dispute['id']}", {"status": "in_progress"})
            await self.line.done(taken, staff[0])
            disputes.append(dispute["id"])
        is_off = number % CANCELLED_EVERY == CANCELLED_EVERY - 1
        return Stage(customer["id"], booking["id"], is_off, payment["id"], gateway, disputes, staff)

    async def _platform(self, path: str, **body: Any) -> dict[str, Any]:
        return await self.line.done(Call("POST", f"{PLATFORM}/{path}", body), self.cast.platform)
