"""Publishing: with its write, to whoever subscribed, and nothing where nobody did."""

import pytest
from psycopg.errors import CheckViolation

from backoffice.kernel.errors import Conflict
from backoffice.kernel.webhooks import actions, rules
from tests.kernel.webhooks.hooks import DATA, PAID, Hooks
from tests.kernel.webhooks.receiver import Receiver

EVENTS = "SELECT count(*) FROM kernel.webhook_event"


async def test_an_event_gets_one_delivery_and_one_job_for_each_subscriber(hooks: Hooks) -> None:
    for number in range(2):
        await hooks.endpoint(f"https://one.example/{number}")
    await hooks.publish()

    assert await hooks.value(EVENTS) == 1
    queued = await hooks.queued()
    assert [one["tries"] for one in queued] == [0, 0]
    ids = "SELECT array_agg(id ORDER BY id) FROM kernel.webhook_delivery"
    assert sorted(one["delivery_id"] for one in queued) == await hooks.value(ids)


async def test_where_nobody_subscribed_nothing_is_kept(hooks: Hooks) -> None:
    await hooks.endpoint("https://other.example/", "order.lost")
    await hooks.endpoint("https://desk.example/", PAID, product="helpdesk")
    disabled, _ = await hooks.endpoint("https://gone.example/")
    await hooks.change("UPDATE kernel.webhook_endpoint SET disabled_at = now() WHERE id = %(id)s", id=disabled)
    await hooks.publish()

    assert await hooks.value(EVENTS) == 0
    assert await hooks.queued() == []


async def test_a_write_that_is_undone_told_nobody(hooks: Hooks) -> None:
    await hooks.endpoint("https://one.example/")
    with pytest.raises(Conflict):
        async with hooks.write() as tx:
            await actions.publish(tx, PAID, DATA, beside=tx.run("SELECT 1"))
            raise Conflict

    assert await hooks.value(EVENTS) == 0
    assert await hooks.queued() == []


async def test_what_travels_beside_an_event_still_fails_its_write(hooks: Hooks) -> None:
    await hooks.endpoint("https://one.example/")
    with pytest.raises(CheckViolation):
        async with hooks.write() as tx:
            await actions.publish(tx, PAID, DATA, beside=tx.run("UPDATE kernel.webhook_endpoint SET events = '{}'"))

    assert await hooks.value(EVENTS) == 0


async def test_a_removed_endpoint_gets_nothing_more(hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, _ = await hooks.endpoint(receiver.url)
    delivery_id = await hooks.publish()
    async with hooks.write() as tx:
        await actions.remove_endpoint(tx, endpoint_id)
    await hooks.publish()
    assert delivery_id is not None
    await hooks.deliver(delivery_id)

    assert receiver.got == []
    assert await hooks.value("SELECT count(*) FROM kernel.webhook_delivery") == 0


async def test_one_address_is_one_endpoint(hooks: Hooks) -> None:
    await hooks.endpoint("https://one.example/")

    with pytest.raises(rules.EndpointKnown):
        await hooks.endpoint("https://one.example/")


async def test_an_endpoint_of_another_product_is_not_found(hooks: Hooks) -> None:
    endpoint_id, _ = await hooks.endpoint("https://desk.example/", product="helpdesk")

    with pytest.raises(rules.EndpointNotFound):
        async with hooks.write("shield") as tx:
            await actions.remove_endpoint(tx, endpoint_id)
