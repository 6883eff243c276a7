"""A model that hangs takes the places of its own lane alone: what others wait for goes through."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import procrastinate

import backoffice.kernel.proof.jobs  # noqa: F401 - declares the sealing
from backoffice.helpdesk.outbox.actions import queue_text
from backoffice.helpdesk.outbox.rules import OutboxAct
from backoffice.helpdesk.rehearsal.simulator import new_message_id, payload, text
from backoffice.kernel.jobs.worker import LaneWorker, queue_pool
from backoffice.kernel.lanes import Lane, places_of, queue
from backoffice.kernel.process import Watchdog
from tests.making import Make
from tests.talking import Model, Talk

MORE_THAN_PLACES = 4
PATIENCE_SECONDS = 120
WAITING = "+919876500000"


@asynccontextmanager
async def all_lanes(talk: Talk) -> AsyncIterator[None]:
    """A worker as the process has it, with a short end: the model's jobs will not have ended."""
    watchdog = Watchdog("tests", still_seconds=PATIENCE_SECONDS)
    with queue.replace_connector(procrastinate.PsycopgConnector()):
        async with queue_pool(talk.house.settings) as pool, queue.open_async(pool):
            lanes = [LaneWorker(lane, talk.house, watchdog=watchdog) for lane in Lane]
            for lane in lanes:
                lane.shutdown_graceful_timeout = 0.1
            running = [asyncio.create_task(lane.work()) for lane in lanes]
            try:
                yield
            finally:
                for lane in lanes:
                    lane.end()
                await asyncio.gather(*running, return_exceptions=True)


async def eventually(talk: Talk, holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():
            await talk.rows("SELECT pg_sleep(0.02)")


async def test_replies_and_seals_go_through_while_every_place_of_the_model_hangs(
    talk: Talk, model: Model, make: Make
) -> None:
    model.is_slow = True
    places = places_of(Lane.MODEL, talk.house.settings)
    for number in range(places + MORE_THAN_PLACES):
        phone = f"+9198765433{number:02}"
        body = payload(phone, text("My payment failed"), message_id=new_message_id(phone[1:]))
        assert (await talk.post(body)).status_code == 200
    customer = await make.customer(WAITING)

    async def hang() -> bool:
        return len(model.asked) == places

    async def has_arrived() -> bool:
        return await talk.read(WAITING) == ["The money is back tomorrow."]

    async def is_sealed() -> bool:
        return await talk.rows("SELECT FROM kernel.audit_unsealed") == []

    async with all_lanes(talk):
        await eventually(talk, hang)
        async with make.write() as tx:
            await queue_text(tx, customer.id, "The money is back tomorrow.", purpose="agent")
            tx.audit(OutboxAct.RESENT, 1)
        await eventually(talk, has_arrived)
        await eventually(talk, is_sealed)

        assert len(model.asked) == places
