"""How a broadcast goes on: batch by batch through the outbox, on the real database."""

from collections.abc import Callable
from typing import Any

import pytest

from backoffice.helpdesk.broadcast import actions, jobs, listing, rules
from backoffice.helpdesk.broadcast.rules import Status
from backoffice.helpdesk.broadcast.schemas import BroadcastOut
from backoffice.helpdesk.customer.numbers import Numbers
from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.outbox.rules import OPTED_OUT, Outcome
from backoffice.helpdesk.outbox.rules import Status as Delivery
from backoffice.kernel.actor import Context, system
from backoffice.kernel.database import Db
from backoffice.kernel.house import House
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.jobs.queue import JobRun
from tests.making import Make


class Desk:
    """A broadcast's surroundings: who starts it, the job that carries it on, and an outbox that sends."""

    def __init__(self, make: Make, house: House) -> None:
        self.make = make
        self.run = JobRun(house, system("helpdesk", "tests"), Context(), 0)

    async def start(
        self, *phones: str, message: str = "We are open on Sunday", unreadable: tuple[str, ...] = ()
    ) -> int:
        admin = await self.make.super_admin()
        async with self.make.write(admin.actor) as tx:
            return await actions.start_broadcast(tx, message, Numbers(list(phones), list(unreadable)))

    async def tick(self) -> None:
        await jobs.carry_on_broadcasts(self.run)

    async def cancel(self, broadcast_id: int) -> None:
        admin = await self.make.super_admin()
        async with self.make.write(admin.actor) as tx:
            await actions.cancel_broadcast(tx, broadcast_id)

    async def shown(self, broadcast_id: int) -> BroadcastOut:
        async with self.make.read() as db:
            return await listing.get_broadcast(db, broadcast_id)

    async def outbound(self) -> list[tuple[Any, ...]]:
        """(id, phone, kind, payload, status), in the order they were queued."""
        async with self.make.read() as db:
            return await rows(
                db,
                """
                SELECT o.id, u.phone, o.kind, o.payload, o.status
                  FROM helpdesk.outbound o JOIN helpdesk.whatsapp_user u ON u.id = o.whatsapp_user_id
                 WHERE o.purpose = 'broadcast' ORDER BY o.id
                """,
            )

    async def send_all(self, outcome: Callable[[str], Outcome] | None = None) -> None:
        """The outbox tries every queued message; `outcome` says how it goes for a number."""
        for outbound_id, phone, _, _, status in await self.outbound():
            if status == Delivery.QUEUED:
                async with self.make.write() as tx:
                    await outbox.claim(tx, outbound_id)
                async with self.make.write() as tx:
                    outbox.settle(tx, outbound_id, outcome(phone) if outcome else Outcome(Delivery.SENT))


async def rows(db: Db, sql: Any) -> list[tuple[Any, ...]]:
    return await (await db.connection.execute(sql)).fetchall()


@pytest.fixture
def desk(make: Make, house: House) -> Desk:
    return Desk(make, house)


def numbers(count: int) -> list[str]:
    return [f"+9198765{number:05d}" for number in range(count)]


async def test_a_broadcast_reaches_everybody_who_wrote_within_a_day_and_completes(make: Make, desk: Desk) -> None:
    asha, ravi = await make.customer(), await make.customer()
    started = await desk.start(asha.phone, ravi.phone)
    assert (await desk.shown(started)).status is Status.PENDING

    await desk.tick()
    going = await desk.shown(started)
    await desk.send_all()
    await desk.tick()
    over = await desk.shown(started)

    assert (going.status, going.sent_success, going.started_at is not None) == (Status.IN_PROGRESS, 0, True)
    assert [(phone, kind, payload) for _, phone, kind, payload, _ in await desk.outbound()] == [
        (asha.phone, "text", {"body": "We are open on Sunday"}),
        (ravi.phone, "text", {"body": "We are open on Sunday"}),
    ]
    assert (over.status, over.sent_success, over.sent_failed) == (Status.COMPLETED, 2, 0)
    assert over.completed_at is not None


async def test_numbers_outside_the_window_fail_with_the_reason_when_there_is_no_template(
    make: Make, desk: Desk
) -> None:
    asha = await make.customer()
    started = await desk.start(asha.phone, "+919876500099", unreadable=("nobody", "nobody"))

    await desk.tick()
    await desk.send_all()
    await desk.tick()

    over = await desk.shown(started)
    async with make.read() as db:
        failures = await listing.list_failures(db, started)
        known = await db.value(int, "SELECT count(*) FROM helpdesk.whatsapp_user WHERE phone = '+919876500099'")
    assert (over.status, over.total_recipients, over.sent_success, over.sent_failed) == (Status.COMPLETED, 3, 1, 2)
    assert [(one.phone_number, one.error) for one in failures] == [
        ("919876500099", rules.WINDOW_CLOSED),
        ("nobody", rules.NOT_A_NUMBER),
    ]
    assert known == 1


async def test_numbers_outside_the_window_get_the_template_with_the_text_as_its_variable(
    make: Make, house: House, settings: Any
) -> None:
    with_template = House.build(settings.model_copy(update={"whatsapp_template": "news"}))
    await with_template.open()
    desk = Desk(make, with_template)
    await desk.start("+919876500099", message="We are\nopen")

    await desk.tick()
    await with_template.close()

    assert [(kind, payload) for _, _, kind, payload, _ in await desk.outbound()] == [
        ("template", {"variable": "We are open"})
    ]


async def test_who_opted_out_gets_nothing_and_a_broadcast_that_reached_nobody_has_failed(
    make: Make, desk: Desk
) -> None:
    asha = await make.customer()
    async with make.write() as tx:
        tx.record("opted out", asha.id)
        await tx.run("UPDATE helpdesk.whatsapp_user SET opted_out_at = now()")
    started = await desk.start(asha.phone)

    await desk.tick()
    await desk.tick()

    over = await desk.shown(started)
    assert await desk.outbound() == []
    assert (over.status, over.sent_failed, over.error_log) == (Status.FAILED, 1, [f"{OPTED_OUT} (1)"])


async def test_counts_follow_delivery_even_when_a_sent_message_fails_later(make: Make, desk: Desk) -> None:
    asha, ravi = await make.customer(), await make.customer()
    started = await desk.start(asha.phone, ravi.phone)
    await desk.tick()
    await desk.send_all()
    await desk.tick()
    (first, *_), (second, *_) = await desk.outbound()

    async with make.write() as tx:
        outbox.settle(tx, first, Outcome(Delivery.DELIVERED))
        outbox.settle(tx, second, Outcome(Delivery.FAILED, error="Not on WhatsApp (131026)"))

    over = await desk.shown(started)
    assert (over.status, over.sent_success, over.sent_failed) == (Status.COMPLETED, 1, 1)
    assert over.error_log == ["Not on WhatsApp (131026) (1)"]
    await kept_sums.fold_kept_sums(desk.run)
    folded = await desk.shown(started)
    assert (folded.sent_success, folded.sent_failed) == (1, 1)


async def test_an_uncertain_message_keeps_the_broadcast_open_until_it_is_settled(make: Make, desk: Desk) -> None:
    asha = await make.customer()
    started = await desk.start(asha.phone)
    await desk.tick()

    await desk.send_all(lambda _: Outcome(Delivery.UNKNOWN))
    await desk.tick()
    uncertain = await desk.shown(started)
    ((outbound_id, *_),) = await desk.outbound()
    async with make.write() as tx:
        outbox.settle(tx, outbound_id, Outcome(Delivery.READ))
    await desk.tick()

    assert (uncertain.status, uncertain.sent_success, uncertain.sent_failed) == (Status.IN_PROGRESS, 0, 0)
    assert (await desk.shown(started)).status is Status.COMPLETED


async def test_only_a_hundred_messages_of_a_broadcast_wait_in_the_outbox_at_once(make: Make, desk: Desk) -> None:
    for phone in numbers(130):
        await make.customer(phone)
    started = await desk.start(*numbers(130))

    waiting = []
    for _ in range(3):
        await desk.tick()
        waiting.append(len(await desk.outbound()))
    await desk.send_all()
    await desk.tick()
    await desk.send_all()
    await desk.tick()

    assert waiting == [50, 100, 100]
    assert [phone for _, phone, *_ in await desk.outbound()] == numbers(130)
    over = await desk.shown(started)
    assert (over.status, over.sent_success) == (Status.COMPLETED, 130)


async def test_a_cancelled_broadcast_hands_over_nobody_else_and_still_counts_what_was_on_its_way(
    make: Make, desk: Desk
) -> None:
    for phone in numbers(60):
        await make.customer(phone)
    started = await desk.start(*numbers(60))
    await desk.tick()

    await desk.cancel(started)
    await desk.cancel(started)
    await desk.tick()
    await desk.send_all()
    await desk.tick()

    over = await desk.shown(started)
    assert len(await desk.outbound()) == 50
    assert (over.status, over.sent_success, over.sent_failed) == (Status.CANCELLED, 50, 0)
    assert len(await make.audited("broadcast.cancelled")) == 1


async def test_a_broadcast_cancelled_before_it_began_sends_nothing(make: Make, desk: Desk) -> None:
    started = await desk.start((await make.customer()).phone)

    await desk.cancel(started)
    await desk.tick()

    assert await desk.outbound() == []
    assert (await desk.shown(started)).status is Status.CANCELLED


async def test_a_worker_that_dies_before_its_commit_leaves_the_batch_for_the_next(make: Make, desk: Desk) -> None:
    asha = await make.customer()
    started = await desk.start(asha.phone)

    with pytest.raises(ConnectionResetError):
        async with make.write() as tx:
            await actions.carry_on(tx, started, has_template=False)
            raise ConnectionResetError
    await desk.tick()
    await desk.tick()

    assert [phone for _, phone, *_ in await desk.outbound()] == [asha.phone]


async def test_a_broadcast_of_unreadable_numbers_alone_is_refused(desk: Desk) -> None:
    with pytest.raises(rules.NobodyToSendTo):
        await desk.start(unreadable=("nobody",))
