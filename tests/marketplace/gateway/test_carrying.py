"""What gateways tell is done once, in whatever order it comes, and only where it fits what we have."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from backoffice.kernel.gateways.payments import Refunded, Refused
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.gateway import rules
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund import left_store
from backoffice.marketplace.refund.jobs import send_refund
from backoffice.marketplace.refund.left_store import LeftRow
from backoffice.marketplace.refund.rules import GatewayGaveMore, Origin
from tests.marketplace.gateway.conftest import Refunds, Telling
from tests.marketplace.making import Given, Path

PROBLEM = "SELECT problem FROM marketplace.gateway_event ORDER BY received_at DESC LIMIT 1"
DIFFERS = """
    SELECT string_agg(concat_ws(' ', kind, status, our_minor, said_minor, said_currency), ',')
      FROM marketplace.refund_difference
"""
STANDS = "SELECT status || ' ' || captured_minor || ' ' || refunded_minor FROM marketplace.payment"


async def paid(path: Path, status: str = "success") -> dict[str, Any]:
    """A payment that the sandbox knows as gw_1."""
    customer = await path.customer()
    booking = await path.booking(customer["id"], (await path.service())["id"])
    return await path.payment(booking, status=status, gateway_payment_id="gw_1")


def told(refund_id: UUID | str | None = None, **facts: Any) -> dict[str, Any]:
    key = {"key": str(refund_id)} if refund_id else {}
    return {"id": "rfnd_1", "payment": "gw_1", "amount": 20_000, **key, **facts}


async def test_a_captured_payment_is_captured_once(path: Path, gateway: Telling, given: Given) -> None:
    payment = await paid(path, "pending")

    first = await gateway.tell("payment.captured", event="evt_a", id="gw_1", amount=50_000)
    again = await gateway.tell("payment.captured", event="evt_a", id="gw_1", amount=50_000)
    other = await gateway.tell("payment.captured", event="evt_b", id="gw_1", amount=50_000)

    assert (first, again, other) == ("done", "done", "done")
    assert await given.value("SELECT count(*) FROM marketplace.gateway_event") == 2
    assert await given.value(STANDS) == "success 50000 0"
    assert await given.value("SELECT about FROM marketplace.gateway_event LIMIT 1") == payment["id"]
    captures = "SELECT count(*) FROM kernel.audit_entry WHERE action = 'payment.recorded' AND before IS NOT NULL"
    assert await given.value(captures) == 1


async def test_a_word_of_failure_after_the_capture_changes_nothing(path: Path, gateway: Telling, given: Given) -> None:
    await paid(path)

    assert await gateway.tell("payment.failed", amount=50_000, reason="too late", id="gw_1") == "done"
    assert await given.value(STANDS) == "success 50000 0"


async def test_a_failed_payment_says_why(path: Path, gateway: Telling, given: Given) -> None:
    await paid(path, "pending")

    assert await gateway.tell("payment.failed", amount=50_000, reason="The bank said no", id="gw_1") == "done"
    assert await given.value("SELECT status || ': ' || failure_reason FROM marketplace.payment") == (
        "failed: The bank said no"
    )


async def test_more_than_the_payment_is_kept_for_people(path: Path, gateway: Telling, given: Given) -> None:
    await paid(path, "pending")

    assert await gateway.tell("payment.captured", amount=50_001, id="gw_1") == "set_aside"
    assert await gateway.tell("payment.captured", amount=50_000, currency="USD", id="gw_1") == "set_aside"
    assert await given.value(STANDS) == "pending 0 0"


async def test_a_refund_that_is_told_before_its_answer_is_done_once(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    refund_id = await refund.approved(await paid(path))

    assert await gateway.tell("refund.processed", **told(refund_id, id=f"rfnd_{refund_id}")) == "done"
    await send_refund(gateway.run, refund_id=str(refund_id))
    assert await gateway.tell("refund.processed", **told(refund_id, id=f"rfnd_{refund_id}")) == "done"

    assert await refund.status(refund_id) == "processed"
    assert await given.value(STANDS) == "partially_refunded 50000 20000"
    assert await given.value("SELECT count(*) FROM kernel.audit_entry WHERE action = 'refund.processed'") == 1


async def test_a_refund_that_failed_gives_its_balance_back(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    refund_id = await refund.approved(await paid(path))

    assert await gateway.tell("refund.failed", **told(refund_id, reason="account closed")) == "done"
    assert await refund.status(refund_id) == "failed"
    assert await given.value("SELECT reserved_minor FROM marketplace.payment") == 0


async def test_a_late_word_about_an_earlier_try_is_no_news(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    refund_id = await refund.approved(await paid(path))
    await gateway.tell("refund.failed", **told(refund_id))
    await refund.approve(refund_id)

    assert await gateway.tell("refund.failed", **told(refund_id)) == "done"
    assert await refund.status(refund_id) == "approved", "the second try is on its way"
    async with given.write() as tx:
        tx.record("the second try left", refund_id)
        await tx.run("UPDATE marketplace.refund SET sends = 1, first_sent_at = now(), last_sent_at = now()")
    assert await gateway.tell("refund.processed", **told(refund_id)) == "set_aside"
    assert await given.value(PROBLEM) == rules.CAME_TOO


@pytest.mark.parametrize("facts", [{"amount": 19_999}, {"currency": "USD"}])
async def test_a_refund_of_another_amount_moves_nothing(
    path: Path, gateway: Telling, refund: Refunds, facts: dict[str, Any]
) -> None:
    refund_id = await refund.approved(await paid(path))

    assert await gateway.tell("refund.processed", **told(refund_id, **facts)) == "set_aside"
    assert await refund.status(refund_id) == "approved"


async def test_a_refund_of_another_amount_is_listed_once_and_gives_nothing_more_back(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    payment = await paid(path)
    refund_id = await refund.approved(payment)

    assert await gateway.tell("refund.processed", **told(refund_id, amount=25_000)) == "set_aside"
    assert await gateway.tell("refund.processed", **told(refund_id, amount=25_000)) == "set_aside"
    with pytest.raises(GatewayGaveMore):
        await refund.requested(payment, 1)

    assert str(await given.value(PROBLEM)).endswith("see refund-differences")
    assert await given.value("SELECT about FROM marketplace.gateway_event LIMIT 1") == str(refund_id)
    assert await given.value(DIFFERS) == "amount_differs open 20000 25000 INR"


async def test_money_that_nobody_here_gave_back_is_kept_for_people(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    pending = await refund.requested(await paid(path))

    assert await gateway.tell("refund.processed", **told(None)) == "set_aside"
    assert await gateway.tell("refund.processed", **told("somebody else's")) == "set_aside"
    assert await gateway.tell("refund.processed", **told("0199f3c0-0000-7000-8000-000000000009")) == "set_aside"
    assert await given.value(PROBLEM) == rules.NOT_ASKED_FOR
    assert await gateway.tell("refund.processed", **told(pending)) == "set_aside"
    assert await given.value(PROBLEM) == rules.NOT_DECIDED
    assert await refund.status(pending) == "pending"


async def test_money_that_nobody_here_gave_back_is_listed_once_and_gone_if_it_failed(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    payment = await paid(path)
    by_hand = told(None, amount=15_000)

    assert await gateway.tell("refund.processed", **by_hand) == "set_aside"
    assert await gateway.tell("refund.processed", **by_hand) == "set_aside"
    with pytest.raises(GatewayGaveMore):
        await refund.requested(payment, 1)
    assert await given.value(DIFFERS) == "unknown_here open 15000 INR"
    assert await given.value("SELECT DISTINCT about FROM marketplace.gateway_event") == payment["id"]
    assert await gateway.tell("refund.failed", **by_hand) == "done"
    assert await given.value(DIFFERS) == "unknown_here gone 15000 INR"


async def test_what_left_before_a_restore_and_is_lost_is_not_listed_as_a_strangers(
    path: Path, gateway: Telling, given: Given
) -> None:
    payment, lost = await paid(path), uuid4()
    left = LeftRow(
        refund_id=lost,
        payment_id=payment["id"],
        gateway=Gateway.SANDBOX,
        gateway_payment_id="gw_1",
        tries=1,
        amount_minor=20_000,
        requested_minor=20_000,
        left_at=datetime.now(UTC),
        number=None,
        origin=Origin.REQUEST,
        external_id=None,
        dispute_id=None,
    )
    async with given.write() as tx:
        tx.record("lost", lost)
        await left_store.insert_lost(tx, left)

    assert await gateway.tell("refund.processed", **told(lost)) == "set_aside"
    assert await given.value(PROBLEM) == rules.LOST
    assert await given.value(DIFFERS) is None


async def test_money_that_went_otherwise_than_we_have_it_is_kept_for_people(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    refund_id = await refund.approved(await paid(path))
    async with given.write() as tx:
        await refunds.settle(tx, refund_id, Refunded("rfnd_1"))

    assert await gateway.tell("refund.failed", **told(refund_id)) == "set_aside"
    assert await given.value(PROBLEM) == rules.UNDONE
    assert await gateway.tell("refund.processed", **told(refund_id, id="rfnd_2")) == "set_aside"
    assert await given.value(PROBLEM) == rules.TWICE
    assert await gateway.tell("refund.processed", **told(None, id="rfnd_1")) == "done"
    assert await refund.status(refund_id) == "processed"


async def test_a_refund_that_had_failed_and_was_done_after_all_is_done_if_its_balance_is_still_there(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    payment = await paid(path)
    first, second = await refund.approved(payment, 20_000), await refund.approved(payment, 30_000)
    async with given.write() as tx:
        await refunds.settle(tx, first, Refused("failed", "no"))
        await refunds.settle(tx, second, Refused("failed", "no"))
    await refund.approved(payment, 30_000)

    assert await gateway.tell("refund.processed", **told(first, id="rfnd_a")) == "done"
    assert await gateway.tell("refund.processed", **told(second, id="rfnd_b", amount=30_000)) == "set_aside"
    assert await given.value(PROBLEM) == rules.NO_ROOM
    assert await given.value(STANDS) == "partially_refunded 50000 20000"


async def test_a_chargeback_freezes_the_payment_until_it_ends(path: Path, gateway: Telling, given: Given) -> None:
    await paid(path)
    chargeback = {"id": "disp_1", "payment": "gw_1", "amount": 50_000, "reason": "fraud"}

    assert await gateway.tell("chargeback.opened", **chargeback) == "done"
    assert await given.value("SELECT frozen_at IS NOT NULL FROM marketplace.payment")
    assert await gateway.tell("chargeback.lost", **chargeback) == "done"
    assert await gateway.tell("chargeback.opened", **chargeback) == "done", "out of order"
    assert await gateway.tell("chargeback.won", **chargeback) == "set_aside", "it was lost"
    assert await given.value("SELECT charged_back_minor FROM marketplace.payment") == 50_000
    assert await given.value("SELECT count(*) FROM marketplace.dispute WHERE source = 'gateway'") == 1


async def test_no_act_of_an_event_that_fails_stays(path: Path, run: JobRun, gateway: Telling, given: Given) -> None:
    await paid(path)
    lost = {"id": "disp_1", "payment": "gw_1", "amount": 0}

    assert await gateway.tell("chargeback.lost", **lost) == "stuck", "the database refuses a chargeback of nothing"
    assert await given.value("SELECT count(*) FROM marketplace.dispute") == 0
