"""Publishing and delivering by hand, as the product and its worker would, in a house that may call loopback."""

import asyncio
import dataclasses
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.webhooks import actions, deliveries, jobs, rules
from backoffice.kernel.write import Tx

PAID = "order.paid"
DATA = {"order_id": "order_7", "amount": 12}
NEWEST = "SELECT max(id) FROM kernel.webhook_delivery"


class Hooks:
    def __init__(self, house: House) -> None:
        self.house = house
        allowed = dataclasses.replace(
            house, settings=house.settings.model_copy(update={"webhooks_allow_loopback": True})
        )
        self.run = JobRun(allowed, system("kernel", rules.DELIVER), Context(), 0)

    def write(self, product: str = "shield") -> AbstractAsyncContextManager[Tx]:
        return self.house.database.write(system(product, "tests"))

    async def endpoint(self, url: str, *events: str, product: str = "shield") -> tuple[str, str]:
        """Its id and its secret."""
        async with self.write(product) as tx:
            return await actions.add_endpoint(tx, self.house.keys, url, events=events or (PAID,))

    async def publish(self, name: str = PAID, *, product: str = "shield") -> int | None:
        """The newest delivery."""
        async with self.write(product) as tx:
            tx.record("order paid", 7)
            await actions.publish(tx, name, DATA, beside=tx.run("SELECT 1"))
        return await self.value(NEWEST)  # type: ignore[no-any-return]

    async def deliver(self, delivery_id: int | None = None) -> str:
        """Run the job that was queued last for this delivery; what became of it."""
        wanted = delivery_id or await self.value(NEWEST)
        *_, newest = [one for one in await self.queued() if one["delivery_id"] == wanted]
        await jobs.deliver_webhook(self.run, **newest)
        return await self.status(wanted)

    async def status(self, delivery_id: int) -> str:
        return str(await self.value("SELECT status FROM kernel.webhook_delivery WHERE id = %(id)s", id=delivery_id))

    async def value(self, sql: Any, **params: Any) -> Any:
        async with self.house.database.read() as db:
            return await db.find_value(object, sql, **params)

    async def change(self, sql: Any, **params: Any) -> None:
        """What only time would do."""
        async with self.write() as tx:
            tx.record("time passes", "tests")
            await tx.run(sql, **params)

    async def attempts(self) -> list[tuple[int | None, str | None]]:
        """(answer, error) of each attempt so far at the newest delivery."""
        async with self.house.database.read() as db:
            found = await deliveries.list_attempts(db, "shield", delivery_id=await self.value(NEWEST))
        return [(one.answer, one.error) for one in found]

    async def queued(self) -> list[dict[str, int]]:
        """The arguments of the jobs that wait."""
        async with self.house.database.read() as db:
            rows = await db.connection.execute(
                "SELECT args - 'asked_by' FROM procrastinate.procrastinate_jobs ORDER BY id"
            )
            return [args for (args,) in await rows.fetchall()]

    async def wait(self) -> timedelta:
        """How long until the newest delivery is tried again."""
        due: datetime = await self.value("SELECT next_attempt_at FROM kernel.webhook_delivery ORDER BY id DESC LIMIT 1")
        return due - datetime.now(UTC)

    async def deliver_at_once(self, times: int) -> None:
        """The same try by so many workers at the same time."""
        newest = await self.value(NEWEST)
        await asyncio.gather(*(jobs.deliver_webhook(self.run, delivery_id=newest, tries=0) for _ in range(times)))
