"""The webhook takes what is signed and nothing else, once; staff see what nobody could carry out."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from backoffice.kernel.gateways.news import signature
from backoffice.marketplace.gateway import rules
from backoffice.marketplace.gateway.jobs import forget_events, queue_events, take_event
from backoffice.marketplace.gateway.rules import MOST_TRIES, wait_after
from tests.marketplace.conftest import StaffOf
from tests.marketplace.gateway.conftest import SECRET, Telling
from tests.marketplace.gateway.test_carrying import paid
from tests.marketplace.making import Given, Path

EVENTS = "/api/v1/admin/gateway-events"
COUNT = "SELECT count(*) FROM marketplace.gateway_event"
CANARY = "canary.nobody@example.com"


async def post(gateway: Telling, name: str, raw: bytes, **headers: str) -> httpx.Response:
    return await gateway.client.post(f"/api/v1/gateways/{name}/webhook", content=raw, headers=headers)


def by_stripe(raw: bytes, at: datetime) -> str:
    time = str(int(at.timestamp()))
    return f"t={time},v1={signature(SECRET, time.encode() + b'.' + raw)}"


async def test_what_is_not_signed_is_refused_and_kept_nowhere(gateway: Telling, given: Given) -> None:
    raw = json.dumps({"id": "evt_1", "type": "payment.captured"}).encode()
    old = by_stripe(raw, datetime.now(UTC) - timedelta(minutes=6))
    answers = [
        await post(gateway, "razorpay", raw),
        await post(gateway, "razorpay", raw, **{"x-razorpay-signature": signature("other", raw)}),
        await post(gateway, "razorpay", raw + b" ", **{"x-razorpay-signature": signature(SECRET, raw)}),
        await post(gateway, "stripe", raw, **{"stripe-signature": old}),
        await post(gateway, "stripe", raw, **{"stripe-signature": "t=1e9,v1="}),
        await post(gateway, "sandbox", raw, **{"x-sandbox-signature": signature(SECRET, raw)}),
    ]

    assert [one.status_code for one in answers] == [401] * 6
    assert answers[0].json()["error"]["code"] == "WRONG_SIGNATURE"
    assert (await post(gateway, "paypal", raw)).status_code == 401
    assert await given.value(COUNT) == 0


async def test_every_gateway_is_heard_in_its_own_words(path: Path, gateway: Telling, given: Given) -> None:
    customer = await path.customer()
    booking = await path.booking(customer["id"], (await path.service())["id"])
    ids = {"razorpay": "pay_29QQoUBi66xm2f", "stripe": "pi_1"}
    for name, known in ids.items():
        await path.payment(booking, status="pending", gateway=name, gateway_payment_id=known)
    entity = {"id": ids["razorpay"], "amount": 50_000, "currency": "INR", "email": CANARY}
    by_one = json.dumps({"event": "payment.captured", "payload": {"payment": {"entity": entity}}}).encode()
    intent = {"id": "pi_1", "amount": 50_000, "amount_received": 50_000, "currency": "inr", "receipt_email": CANARY}
    by_other = json.dumps({"id": "evt_9", "type": "payment_intent.succeeded", "data": {"object": intent}}).encode()

    answers = [
        await post(gateway, "razorpay", by_one, **{"x-razorpay-signature": signature(SECRET, by_one)}),
        await post(gateway, "stripe", by_other, **{"stripe-signature": by_stripe(by_other, datetime.now(UTC))}),
    ]
    for event_id in await given.value("SELECT array_agg(id) FROM marketplace.gateway_event"):
        await take_event(gateway.run, event_id=event_id)

    assert [(one.status_code, one.json()) for one in answers] == [(200, {"success": True})] * 2
    captured = "SELECT array_agg(gateway ORDER BY gateway) FROM marketplace.payment WHERE status = 'success'"
    assert await given.value(captured) == ["razorpay", "stripe"]
    kept = "SELECT string_agg(e::text, '') FROM marketplace.gateway_event e"
    assert CANARY not in await given.value(kept)
    assert CANARY.encode().hex() not in await given.value(kept), "bodies are sealed"


@pytest.mark.parametrize("raw", [b"", b"not json", b"[]", b'{"id": 7}', b'{"id": "evt", "type": "a.b", "moon": {}}'])
async def test_whatever_is_signed_is_kept_and_answered_with_200(gateway: Telling, given: Given, raw: bytes) -> None:
    answer = await post(gateway, "stripe", raw, **{"stripe-signature": by_stripe(raw, datetime.now(UTC))})

    assert answer.status_code == 200
    assert await given.value(COUNT) == 1


async def test_one_poison_holds_up_no_other(path: Path, gateway: Telling, given: Given) -> None:
    await paid(path, "pending")

    assert await gateway.tell("payment.captured", id="gw_1", amount="lots") == "stuck"
    assert await gateway.tell("payment.captured", id="gw_1", amount=50_000) == "done"
    why = "SELECT problem FROM marketplace.gateway_event WHERE status = 'stuck' AND next_try_at > now()"
    assert await given.value(why) == "amount is no amount"


async def test_an_event_that_comes_before_its_payment_is_carried_out_once_that_is_known(
    path: Path, gateway: Telling, given: Given
) -> None:
    assert await gateway.tell("payment.captured", id="gw_1", amount=50_000) == "stuck"
    await paid(path, "pending")
    async with given.write() as tx:
        await tx.run("UPDATE marketplace.gateway_event SET next_try_at = now() - interval '1 second'")
        tx.record("test", "time went by")

    await queue_events(gateway.run)

    event_id = await given.value("SELECT id FROM marketplace.gateway_event")
    queued = (
        "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE args->>'event_id' = %(id)s AND status = 'todo'"
    )
    assert await given.value(queued, id=event_id) >= 1
    await take_event(gateway.run, event_id=event_id)
    assert await gateway.status(event_id) == "done"
    assert await given.value("SELECT status FROM marketplace.payment") == "success"


def test_a_stuck_event_is_tried_ever_more_seldom_and_then_left() -> None:
    waits = [wait_after(tries) for tries in range(1, MOST_TRIES + 1)]

    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert max(wait for wait in waits if wait) == timedelta(hours=6)
    assert waits[-1] is None


async def test_staff_see_what_nobody_could_carry_out_and_take_it_up_again(
    path: Path, gateway: Telling, given: Given, staff_of: StaffOf
) -> None:
    await gateway.tell("moon.full")
    await gateway.tell("payment.captured", id="gw_1", amount=50_000)
    payment = await paid(path, "pending")
    staff = await staff_of("finance_admin")

    listed = (await staff.get(EVENTS, params={"status": "set_aside"})).json()
    [stuck] = (await staff.get(EVENTS, params={"status": "stuck"})).json()["data"]
    retried = await staff.post(f"{EVENTS}/{stuck['id']}/retry")
    await take_event(gateway.run, event_id=stuck["id"])
    seen = (await staff.get(f"{EVENTS}/{stuck['id']}")).json()["data"]
    again = await staff.post(f"{EVENTS}/{stuck['id']}/retry")

    assert [(one["kind"], one["problem"]) for one in listed["data"]] == [("moon.full", rules.UNKNOWN_KIND)]
    assert listed["meta"]["total"] == 1
    assert retried.json()["data"]["status"] == "received"
    assert (seen["status"], seen["about"], seen["problem"]) == ("done", payment["id"], None)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "EVENT_CARRIED_OUT")


async def test_whoever_reads_a_body_may_see_people_and_is_kept(
    gateway: Telling, given: Given, staff_of: StaffOf
) -> None:
    await gateway.tell("moon.full", email=CANARY)
    event_id = await given.value("SELECT id FROM marketplace.gateway_event")
    finance, root = await staff_of("finance_admin"), await staff_of("super_admin")

    refused = await finance.get(f"{EVENTS}/{event_id}/body")
    shown = await root.get(f"{EVENTS}/{event_id}/body")

    assert refused.status_code == 403
    assert json.loads(shown.json()["data"]["body"])["moon"] == {"email": CANARY}
    assert await given.value("SELECT subject FROM kernel.audit_entry WHERE action = 'gateway_event.viewed'") == (
        f"gateway_event:{event_id}"
    )


async def test_events_go_when_they_had_their_time(gateway: Telling, given: Given) -> None:
    await gateway.tell("moon.full")
    await gateway.tell("moon.new")
    async with given.write() as tx:
        await tx.run(
            "UPDATE marketplace.gateway_event SET received_at = now() - interval '91 days' WHERE kind = 'moon.full'"
        )
        tx.record("test", "time went by")

    await forget_events(gateway.run)

    assert await given.value("SELECT string_agg(kind, ' ') FROM marketplace.gateway_event") == "moon.new"
