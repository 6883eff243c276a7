"""Who calls while machines die: a pulse of keyed writes and reads, and people who pay and take money back.

A pulse is asked once, every few hundredths of a second, and tells how long nobody was served. The others repeat a call
under its key until it is answered, as every client should.
"""

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import httpx

from benchmarks.kills.line import Call, Line, Unanswered
from benchmarks.kills.marketplace.people import Cast
from benchmarks.kills.marketplace.rounds import ADMIN, PLATFORM, Books

PULSE_EVERY = 0.1
PATIENCE = 15.0
TILLS = 3
CAPTURED = 100_000
AMOUNTS = (10_000, 40_000, 40_000, 70_000)
"""What people want of a payment at once: more than was paid, so that somebody is refused."""
GATEWAYS = ("plain", "lose", "fail", "later")


@dataclass(frozen=True)
class Beat:
    """One call that nobody repeats: when it began and ended, in seconds of one clock, and whether it was served."""

    kind: str
    began: float
    ended: float
    status: int

    @property
    def is_served(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Pulse:
    """A read and a keyed write at each turn, whatever became of those before."""

    client: httpx.AsyncClient
    staff: dict[str, str]
    platform: dict[str, str]
    beats: list[Beat] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    """The customer that was answered, by our own name of it: nothing of these may be lost."""

    async def go_on(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in count():
                group.create_task(self._read())
                group.create_task(self._write(f"pulse-{number}"))
                await asyncio.sleep(PULSE_EVERY)

    async def _read(self) -> None:
        await self._beat("read", "GET", f"{ADMIN}/bookings?limit=5", self.staff)

    async def _write(self, name: str) -> None:
        body = {"external_id": name, "name": "Asha Pulse"}
        said = await self._beat(
            "write", "POST", f"{PLATFORM}/customers", {**self.platform, "Idempotency-Key": name}, body
        )
        if said is not None:
            self.told[name] = said["data"]["id"]

    async def _beat(
        self, kind: str, verb: str, path: str, headers: dict[str, str], body: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        began, status, said = time.monotonic(), 0, None
        try:
            answer = await self.client.request(verb, path, headers=headers, json=body)
            status = answer.status_code
            said = answer.json() if answer.is_success else None
        except (httpx.HTTPError, ValueError):
            pass
        self.beats.append(Beat(kind, began, time.monotonic(), status))
        return said


@dataclass
class Tills:
    """People at tills: a booking is paid, then several want the money back at the same time."""

    line: Line
    cast: Cast
    books: Books
    random: Random

    async def live(self, over: asyncio.Event) -> None:
        """Until it is over; what was begun is brought to its end."""
        try:
            staff = await self.cast.sign_in(self.line)
            async with asyncio.TaskGroup() as group:
                for till in range(TILLS):
                    group.create_task(self._stand(till, staff, over))
        except* Unanswered as why:
            self.books.stuck += map(str, why.exceptions)

    async def _stand(self, till: int, staff: list[dict[str, str]], over: asyncio.Event) -> None:
        customer = await self._tell("customers", external_id=f"till-{till}", name="Asha Till")
        vendor = await self._tell("vendors", external_id=f"till-{till}", name="ABC Studios")
        offered = {"vendor_id": vendor["id"], "name": "Photographs", "category": "photography"}
        service = await self._tell("services", external_id=f"till-{till}", **offered, base_price_cents=CAPTURED)
        self.books.customers.append(customer["id"])
        for number in count():
            if over.is_set():
                return
            wanted = {"user_id": customer["id"], "service_id": service["id"], "scheduled_at": "2030-12-14T10:00:00Z"}
            await self._serve(f"till-{till}-{number}", wanted, staff=staff)

    async def _serve(self, name: str, wanted: dict[str, Any], *, staff: list[dict[str, str]]) -> None:
        """Taken, paid, done; then all want it back."""
        booking = await self._tell("bookings", external_id=name, **wanted, pricing={"base_amount_cents": CAPTURED})
        gateway = self.random.choice(GATEWAYS)
        paid = {"booking_id": booking["id"], "amount_cents": CAPTURED, "method": "upi", "status": "success"}
        known = {"gateway_payment_id": f"storm_{name}_{gateway}", "gateway": "sandbox"}
        payment = await self._tell("payments", external_id=name, **paid, **known)
        self.books.payments.append(payment["id"])
        self.books.gateways[gateway] += 1
        for status in ("confirmed", "in_progress", "completed"):
            await self._tell(f"bookings/{booking['id']}/moves", status=status, by="vendor")
        async with asyncio.TaskGroup() as group:
            for amount, who in zip(AMOUNTS, staff, strict=True):
                group.create_task(self._refund(payment["id"], amount, who))

    async def _refund(self, payment: str, amount: int, who: dict[str, str]) -> None:
        call = Call("POST", f"{ADMIN}/payments/{payment}/refund", {"amount_cents": amount})
        call.body.update(reason=call.key)
        self.books.note(call, await self.line.ask(call, who))

    async def _tell(self, path: str, **body: Any) -> dict[str, Any]:
        return await self.line.done(Call("POST", f"{PLATFORM}/{path}", body), self.cast.platform)
