"""Refunds on their way: each is handed to its gateway under its own key, as often as it takes to know the outcome."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from backoffice.kernel.gateways.payments import (
    GatewayNotSetUp,
    GatewayUnavailable,
    PaymentGateway,
    RefundOutcome,
    Underway,
)
from backoffice.kernel.jobs.queue import JobRun, defer_missing, job, periodic
from backoffice.kernel.journal import standing
from backoffice.kernel.write import Tx
from backoffice.marketplace.refund import actions, left_store, rules, store
from backoffice.marketplace.refund.left import is_lost_beside
from backoffice.marketplace.refund.port import gateway_of
from backoffice.marketplace.refund.rules import Status
from backoffice.marketplace.refund.store import RefundRow
from backoffice.marketplace.refund.telling import told_refund


@job(rules.SEND, attempts=20, outward=True)
async def send_refund(run: JobRun, *, refund_id: str) -> None:
    """The intent is committed, then the gateway is asked; without an answer it is asked again under the same key.

    Nothing leaves that has not left before while a chargeback of the payment is open, a refund of it is lost, or its
    gateway gave something of it back otherwise than our books say. A gateway that is not set up here is not asked, and
    no other one in its place. Why a refund waits stays with it.
    """
    async with run.write() as tx:
        refund = await actions.hold(tx, UUID(refund_id))
        if refund.status is not Status.APPROVED:
            return
        tx.record("refund about to be sent", refund.id)
        if refund.first_sent_at is None and (because := await _waits_because(tx, refund)):
            await store.set_waiting(tx, refund.id, because)
            return
        try:
            gateway = gateway_of(run.house.settings, refund.gateway)
        except GatewayNotSetUp as missing:
            await store.set_waiting(tx, refund.id, str(missing))
            return
        await store.set_sending(tx, refund)
        step = await standing.step(tx, run.house.journal)
    await run.house.journal.write(told_refund(refund), step)
    try:
        outcome = await _ask(gateway, refund)
    except GatewayUnavailable as unknown:
        async with run.write() as tx:
            await store.set_waiting(tx, refund.id, str(unknown))
            tx.record("refund unknown", refund.id)
        raise
    async with run.write() as tx:
        if isinstance(outcome, Underway):
            await store.set_waiting(tx, refund.id, rules.UNDERWAY)
            tx.record("refund underway", refund.id)
        else:
            await actions.settle(tx, refund.id, outcome, key=actions.order_of(refund).key)


async def _waits_because(tx: Tx, refund: RefundRow) -> str | None:
    """Why money of this payment must not leave now."""
    if refund.is_frozen:
        return rules.FROZEN
    if await is_lost_beside(tx, refund):
        return rules.LOST_BESIDE
    return rules.GIVEN_BEYOND if await left_store.list_given_beyond(tx, refund.payment_id) else None


async def _ask(gateway: PaymentGateway, refund: RefundRow) -> RefundOutcome:
    """What became of it. A key that the gateway may have forgotten is asked for before it is used again."""
    order, outcome = actions.order_of(refund), None
    if refund.first_sent_at is not None and datetime.now(UTC) - refund.first_sent_at > gateway.key_lifetime:
        outcome = await gateway.find_refund(order)
    return outcome or await gateway.refund(order)


@periodic("marketplace.queue_silent_refunds", every_seconds=30, outward=True)
async def queue_silent_refunds(run: JobRun) -> None:
    """Queue each approved refund of which nothing was heard for REFUND_SILENT_SECONDS."""
    silence = timedelta(seconds=run.house.settings.refund_silent_seconds)
    async with run.write() as tx:
        silent = await store.list_on_their_way(tx, before=datetime.now(UTC) - silence)
        await defer_missing(tx, rules.SEND, {f"refund:{one}": {"refund_id": str(one)} for one in silent})
