"""Delivering: signed, the same bytes each time, tried again for a day, at least once and counted once."""

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from standardwebhooks import WebhookVerificationError

from backoffice.kernel.webhooks import actions, jobs, rules
from tests.kernel.webhooks.hooks import DATA, NEWEST, PAID, Hooks
from tests.kernel.webhooks.receiver import Receiver, receiving

AN_HOUR_AGO = "UPDATE kernel.webhook_endpoint SET left_alone_until = now() - interval '1 hour'"
ALONE_UNTIL = "SELECT left_alone_until FROM kernel.webhook_endpoint"
TIME_IS_UP = "UPDATE kernel.webhook_delivery SET give_up_at = now()"


async def test_an_event_arrives_signed_as_the_contract_shows_it(hooks: Hooks, receiver: Receiver) -> None:
    _, secret = await hooks.endpoint(receiver.url)
    began = datetime.now(UTC).replace(microsecond=0)
    await hooks.publish()

    assert await hooks.deliver() == "delivered"
    [got] = receiver.got
    body = orjson.loads(got.body)
    assert list(body) == ["event", "timestamp", "data"]
    assert (body["event"], body["data"]) == (PAID, DATA)
    assert body["timestamp"].endswith("Z")
    assert began <= datetime.fromisoformat(body["timestamp"]) <= datetime.now(UTC)
    assert got.verified_with(secret) == body
    assert (got.path, got.headers["host"]) == ("/hooks", f"127.0.0.1:{receiver.port}")
    assert got.headers["content-type"] == "application/json"
    assert await hooks.attempts() == [(204, None)]


async def test_the_signature_covers_every_byte(hooks: Hooks, receiver: Receiver) -> None:
    _, secret = await hooks.endpoint(receiver.url)
    await hooks.publish()
    await hooks.deliver()

    [got] = receiver.got
    got.headers["webhook-id"] += "0"
    with pytest.raises(WebhookVerificationError):
        got.verified_with(secret)


async def test_a_failed_attempt_is_repeated_with_the_same_id_and_bytes(hooks: Hooks, receiver: Receiver) -> None:
    _, secret = await hooks.endpoint(receiver.url)
    receiver.answer(500, 200)
    delivery_id = await hooks.publish()

    assert await hooks.deliver() == "pending"
    assert timedelta(0) < await hooks.wait() <= timedelta(seconds=5)
    assert (await hooks.queued())[-1] == {"delivery_id": delivery_id, "tries": 1}
    assert await hooks.deliver() == "delivered"
    first, second = receiver.got
    assert (first.id, first.body) == (second.id, second.body)
    assert second.verified_with(secret)
    assert await hooks.attempts() == [(500, None), (200, None)]


async def test_each_attempt_is_signed_with_its_own_time(hooks: Hooks, receiver: Receiver) -> None:
    _, secret = await hooks.endpoint(receiver.url)
    await hooks.publish()
    await hooks.change("UPDATE kernel.webhook_event SET happened_at = now() - interval '20 hours'")
    await hooks.deliver()

    assert receiver.got[0].verified_with(secret), "the library refuses what is older than five minutes"


async def test_an_endpoint_that_asks_for_patience_gets_it(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.endpoint(receiver.url)
    await hooks.publish()
    receiver.answer(429, retry_after="600")

    assert await hooks.deliver() == "pending"
    assert timedelta(seconds=590) < await hooks.wait() <= timedelta(seconds=600)


async def test_patience_may_be_asked_for_by_date_and_has_an_end(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.endpoint(receiver.url)
    await hooks.publish()
    receiver.answer(503, retry_after="Fri, 31 Dec 2999 23:59:59 GMT")
    await hooks.deliver()

    assert timedelta(hours=5) < await hooks.wait() <= timedelta(hours=6)


@pytest.mark.parametrize("nonsense", ["soon", "-5", "", "9" * 400, "Fri, 99 Foo 2999"])
async def test_nonsense_asked_for_is_no_patience(hooks: Hooks, receiver: Receiver, nonsense: str) -> None:
    await hooks.endpoint(receiver.url)
    await hooks.publish()
    receiver.answer(429, retry_after=nonsense)
    await hooks.deliver()

    assert await hooks.wait() <= timedelta(seconds=5)


async def test_after_a_day_a_delivery_is_given_up(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.endpoint(receiver.url)
    await hooks.publish()
    receiver.answer(500)
    assert await hooks.deliver() == "pending"
    await hooks.change(TIME_IS_UP)
    jobs_before = await hooks.queued()

    assert await hooks.deliver() == "failed"
    assert await hooks.queued() == jobs_before
    assert len(receiver.got) == 2


async def test_an_endpoint_that_is_gone_is_disabled(hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, _ = await hooks.endpoint(receiver.url)
    first, second = await hooks.publish(), await hooks.publish()
    receiver.answer(410)

    assert await hooks.deliver(first) == "failed"
    assert await hooks.deliver(second) == "failed"
    assert len(receiver.got) == 1
    assert await hooks.attempts() == [(None, rules.DISABLED)]
    assert await hooks.publish() == second, "nothing more is published to it"
    act = "SELECT product || ' ' || subject FROM kernel.audit_entry WHERE action = 'webhook.endpoint_disabled'"
    assert await hooks.value(act) == f"shield webhook:{endpoint_id}"

    async with hooks.write() as tx:
        await actions.enable_endpoint(tx, endpoint_id)
    receiver.answer(200)
    await hooks.publish()
    assert await hooks.deliver() == "delivered"


async def test_a_redirect_is_not_followed(hooks: Hooks, receiver: Receiver) -> None:
    async with receiving() as elsewhere:
        await hooks.endpoint(receiver.url)
        await hooks.publish()
        receiver.answer(307, location=elsewhere.url)

        assert await hooks.deliver() == "pending"
        assert elsewhere.got == []
    assert await hooks.attempts() == [(307, "redirects are not followed")]


async def test_while_nobody_is_there_one_delivery_at_a_time_looks(hooks: Hooks, receiver: Receiver) -> None:
    async with receiving() as going:
        await hooks.endpoint(going.url)
    first, second = await hooks.publish(), await hooks.publish()

    assert await hooks.deliver(first) == "pending"
    until = await hooks.value(ALONE_UNTIL)
    assert await hooks.deliver(second) == "pending"
    assert await hooks.attempts() == [(None, rules.LEFT_ALONE)]
    assert await hooks.value(ALONE_UNTIL) == until, "who did not look does not put off who will"
    await hooks.change(AN_HOUR_AGO)
    await asyncio.gather(hooks.deliver(first), hooks.deliver(second))
    errors = "SELECT count(*) FROM kernel.webhook_attempt WHERE error LIKE 'ConnectError%%'"
    assert await hooks.value(errors) == 2, "one at first, and one of the two that came later"

    await hooks.change("UPDATE kernel.webhook_endpoint SET url = %(url)s", url=receiver.url)
    await hooks.change(AN_HOUR_AGO)
    assert await hooks.deliver(first) == "delivered"
    assert await hooks.deliver(second) == "delivered"
    assert await hooks.value("SELECT failing_since FROM kernel.webhook_endpoint") is None


async def test_a_worker_that_dies_after_the_call_calls_again_under_the_same_id(
    hooks: Hooks, receiver: Receiver
) -> None:
    await hooks.endpoint(receiver.url)
    delivery_id = await hooks.publish()
    assert delivery_id is not None
    receiver.answers = [None, b"HTTP/1.1 200 OK\r\n\r\n"]
    dying = asyncio.create_task(jobs.deliver_webhook(hooks.run, delivery_id=delivery_id, tries=0))
    await receiver.arrived.wait()
    dying.cancel()
    await asyncio.wait([dying])
    assert await hooks.status(delivery_id) == "pending"

    assert await hooks.deliver() == "delivered"
    assert len({got.id for got in receiver.got}) == 1
    assert len(receiver.got) == 2


async def test_a_try_that_is_written_down_is_not_made_again(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.endpoint(receiver.url)
    delivery_id = await hooks.publish()
    assert delivery_id is not None
    receiver.answer(500)
    for _ in range(2):
        await jobs.deliver_webhook(hooks.run, delivery_id=delivery_id, tries=0)

    assert len(receiver.got) == 1


async def test_of_two_runs_of_one_try_one_counts(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.endpoint(receiver.url)
    await hooks.publish()
    receiver.answer(500)
    await hooks.deliver_at_once(4)

    assert await hooks.value("SELECT tries FROM kernel.webhook_delivery") == 1
    assert [one["tries"] for one in await hooks.queued()] == [0, 1]


async def test_a_replay_sends_the_same_bytes_under_the_same_id(hooks: Hooks, receiver: Receiver) -> None:
    _, secret = await hooks.endpoint(receiver.url)
    delivery_id = await hooks.publish()
    assert delivery_id is not None
    await hooks.deliver()
    await hooks.change(TIME_IS_UP)
    async with hooks.write() as tx:
        await actions.replay(tx, delivery_id)
    with pytest.raises(rules.StillPending):
        async with hooks.write() as tx:
            await actions.replay(tx, delivery_id)

    receiver.answer(500, 200)
    assert await hooks.deliver() == "pending", "it has another day"
    assert await hooks.deliver() == "delivered"
    assert len({(got.id, got.body) for got in receiver.got}) == 1
    assert receiver.got[-1].verified_with(secret)


async def test_what_was_given_up_since_then_is_replayed_together(hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, _ = await hooks.endpoint(receiver.url)
    old, new, arrived = [await hooks.publish() for _ in range(3)]
    await hooks.deliver(arrived)
    receiver.answer(500)
    await hooks.change(TIME_IS_UP)
    for one in (old, new):
        assert await hooks.deliver(one) == "failed"
    await hooks.change(
        "UPDATE kernel.webhook_event SET happened_at = now() - interval '2 days'"
        " WHERE id = (SELECT event_id FROM kernel.webhook_delivery WHERE id = %(id)s)",
        id=old,
    )

    async def replayed(endpoint_id: str | None) -> int:
        async with hooks.write() as tx:
            since = datetime.now(UTC) - timedelta(days=1)
            return await actions.replay_failed(tx, since=since, endpoint_id=endpoint_id)

    assert await replayed("endpoint_of_nobody") == 0
    assert await replayed(endpoint_id) == 1
    assert await replayed(None) == 0, "it is on its way already"
    assert [await hooks.status(one or 0) for one in (old, new, arrived)] == ["failed", "pending", "delivered"]


async def test_a_disabled_endpoint_is_neither_tested_nor_replayed_to(hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, _ = await hooks.endpoint(receiver.url)
    delivery_id = await hooks.publish()
    assert delivery_id is not None
    receiver.answer(410)
    await hooks.deliver()

    with pytest.raises(rules.EndpointDisabled):
        async with hooks.write() as tx:
            await actions.replay(tx, delivery_id)
    with pytest.raises(rules.EndpointDisabled):
        async with hooks.write() as tx:
            await actions.send_ping(tx, endpoint_id)
    async with hooks.write() as tx:
        assert await actions.replay_failed(tx, since=datetime(2000, 1, 1, tzinfo=UTC), endpoint_id=None) == 0


async def test_a_test_goes_to_its_endpoint_alone_whatever_that_subscribed_to(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.endpoint("https://other.example/")
    endpoint_id, secret = await hooks.endpoint(receiver.url)
    async with hooks.write() as tx:
        delivery_id = await actions.send_ping(tx, endpoint_id)

    assert await hooks.value("SELECT count(*) FROM kernel.webhook_delivery") == 1
    assert await hooks.deliver(delivery_id) == "delivered"
    assert receiver.got[0].event == rules.PING
    assert receiver.got[0].verified_with(secret)


async def test_events_are_forgotten_after_thirty_days_unless_they_are_on_their_way(
    hooks: Hooks, receiver: Receiver
) -> None:
    await hooks.endpoint(receiver.url)
    await hooks.publish()
    await hooks.deliver()
    await hooks.publish()
    await hooks.change("UPDATE kernel.webhook_event SET happened_at = now() - interval '31 days'")
    recent = await hooks.publish()
    await jobs.forget_webhooks(hooks.run)

    assert await hooks.value("SELECT count(*) FROM kernel.webhook_event") == 2
    assert await hooks.value("SELECT count(*) FROM kernel.webhook_attempt") == 0
    assert await hooks.value(NEWEST) == recent
