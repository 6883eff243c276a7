"""What shield tells other systems, as its contract shows it: each event once, with the write that it tells of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from backoffice.kernel.webhooks import actions
from backoffice.shield.events import Event
from backoffice.shield.leaving.jobs import put_deactivations_in_effect
from backoffice.shield.payout import attempts
from backoffice.shield.product import SHIELD
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import jobs
from tests.kernel.webhooks.hooks import Hooks
from tests.kernel.webhooks.receiver import receiving
from tests.shield.conftest import AdminOf
from tests.shield.leaving.test_leaving import make_due, run_of
from tests.shield.making import Given
from tests.shield.paying import run_in

BODIES = "SELECT coalesce(jsonb_agg(body ORDER BY happened_at, id), '[]'::jsonb) FROM kernel.webhook_event"
Told = list[tuple[str, dict[str, Any]]]


@pytest.fixture
async def listening(given: Given) -> None:
    """Somebody subscribed to everything."""
    async with given.write() as tx:
        await actions.add_endpoint(tx, given.house.keys, "https://app.example/hooks", events=SHIELD.events)


async def told(given: Given) -> Told:
    """(event, data) of everything told so far."""
    bodies = [orjson.loads(body) for body in await given.value(BODIES)]
    assert all(set(body) == {"event", "timestamp", "data"} for body in bodies)
    return [(body["event"], body["data"]) for body in bodies]


@pytest.mark.usefixtures("listening")
async def test_a_deactivation_is_told_when_it_takes_effect(given: Given, admin_of: AdminOf) -> None:
    now, later = await given.member(), await given.member()
    client = await admin_of("support")
    await client.post(f"/v1/admin/users/{now.id}/deactivate", json={"reason": "non_payment"})
    scheduled = {"reason": "fraud", "effective_date": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    assert (await client.post(f"/v1/admin/users/{later.id}/deactivate", json=scheduled)).status_code == 200
    expected = [("user.deactivated", {"user_id": now.id, "reason": "non_payment"})]
    assert await told(given) == expected

    await make_due(given, later)
    await put_deactivations_in_effect(run_of(given))
    assert await told(given) == [*expected, ("user.deactivated", {"user_id": later.id, "reason": "fraud"})]


@pytest.mark.usefixtures("listening")
async def test_every_move_of_a_claim_is_told_and_what_moves_nothing_is_not(given: Given, admin_of: AdminOf) -> None:
    claim = await given.claim()
    handler = await admin_of("claims_handler")
    for body in (
        {"status": "under_review"},
        {"status": "under_review"},
        {"notes": "Asked the employer"},
        {"status": "paid"},
        {"status": "approved", "amount_approved": 100},
    ):
        await handler.patch(f"/v1/admin/claims/{claim.id}", json=body)

    facts = {"claim_id": claim.id, "user_id": claim.member.id}
    assert await told(given) == [
        ("claim.status_changed", {**facts, "old_status": "pending", "new_status": "under_review"}),
        ("claim.status_changed", {**facts, "old_status": "under_review", "new_status": "approved"}),
    ]


@pytest.mark.usefixtures("listening")
async def test_a_completed_payout_is_told_and_that_its_claim_is_paid(given: Given, admin_of: AdminOf) -> None:
    claim = await given.claim(status="approved", requested_minor=250_000)
    payout_id = await given.payout(claim, 250_000, method="check")
    finance = await admin_of("finance")
    body = {"action": "mark_completed", "reason": "Seen on the statement"}
    answer = await finance.patch(f"/v1/admin/payouts/{payout_id}", json=body)

    assert answer.status_code == 200
    payout, claim_moved = await told(given)
    assert payout == ("payout.completed", {"payout_id": payout_id, "user_id": claim.member.id, "amount": 2500.00})
    moved = {"claim_id": claim.id, "user_id": claim.member.id, "old_status": "approved", "new_status": "paid"}
    assert claim_moved == ("claim.status_changed", moved)
    text = await given.value("SELECT body FROM kernel.webhook_event WHERE name = 'payout.completed'")
    assert '"amount":2500.00}' in text, "dollars and cents, as everywhere else on the wire"


@pytest.mark.usefixtures("listening")
async def test_a_payout_completed_by_the_rail_and_then_returned_moves_its_claim_twice(given: Given) -> None:
    claim = await given.claim(status="approved", requested_minor=50_000)
    await given.account(claim.member)
    payout_id = await given.payout(claim, 50_000)
    run = run_in(given.house, payout_grace_minutes=0, sandbox_rail_settles_after=0)
    await jobs.send_payout(run, payout_id=payout_id)
    attempt_id = await given.value("SELECT id FROM shield.payout_attempt")
    await jobs.settle_payout(run, attempt_id=attempt_id)
    async with run.write() as tx:
        attempt = await attempts.find_attempt(tx, attempt_id)
        assert attempt is not None
        await sending.take_return(tx, run.house, attempt, code="R02")

    moves = [(data["old_status"], data["new_status"]) for event, data in await told(given) if "old_status" in data]
    assert moves == [("approved", "paid"), ("paid", "approved")]


async def test_where_nobody_listens_nothing_is_kept(given: Given, admin_of: AdminOf) -> None:
    claim = await given.claim()
    handler = await admin_of("claims_handler")
    await handler.patch(f"/v1/admin/claims/{claim.id}", json={"status": "under_review"})

    assert await told(given) == []


async def test_it_arrives_signed(given: Given, admin_of: AdminOf) -> None:
    hooks, member, client = Hooks(given.house), await given.member(), await admin_of("support")
    async with receiving() as receiver:
        _, secret = await hooks.endpoint(receiver.url, Event.USER_DEACTIVATED)
        began = datetime.now(UTC).replace(microsecond=0)
        await client.post(f"/v1/admin/users/{member.id}/deactivate", json={"reason": "user_requested"})

        assert await hooks.deliver() == "delivered"
        body: Any = receiver.got[0].verified_with(secret)
    assert (body["event"], body["data"]) == ("user.deactivated", {"user_id": member.id, "reason": "user_requested"})
    assert began <= datetime.fromisoformat(body["timestamp"]) <= datetime.now(UTC)
