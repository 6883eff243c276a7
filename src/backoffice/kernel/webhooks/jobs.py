"""Webhooks by job: one attempt at a delivery, and forgetting what is old."""

from datetime import UTC, datetime

from backoffice.kernel.actor import system
from backoffice.kernel.database import together
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, job, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.webhooks import actions, deliveries, endpoints, rules
from backoffice.kernel.webhooks.deliveries import DueRow
from backoffice.kernel.webhooks.rules import Outcome
from backoffice.kernel.webhooks.sending import Message, Sender


@job(rules.DELIVER, attempts=300, outward=True)
async def deliver_webhook(run: JobRun, *, delivery_id: int, tries: int) -> None:
    """One attempt. It is written down after the call: a worker that dies in between makes it once more."""
    async with run.write() as tx:
        tx.record("webhook attempt", delivery_id)
        due = await deliveries.begin_attempt(tx, delivery_id, tries=tries)
    if due is None:
        return
    outcome = await _attempt(run, due)
    async with run.house.database.write(system(due.product, rules.DELIVER), run.context) as tx:
        await actions.settle(tx, due, outcome)


async def _attempt(run: JobRun, due: DueRow) -> Outcome:
    if not due.may_call:
        return Outcome(None, 0, rules.DISABLED if due.is_disabled else rules.LEFT_ALONE)
    sender = Sender(allow_loopback=run.house.settings.webhooks_allow_loopback)
    return await sender.send(due.url, Message(due.event_id, due.body, _secrets(run.house.keys, due)))


def _secrets(keys: KeyRing, due: DueRow) -> tuple[str, ...]:
    """The secret, and the one before it as long as both sign."""
    current = keys.decrypt(due.key_id, due.sealed, bound_to=due.endpoint_id).decode()
    if due.old_key_id is None or due.old_sealed is None:
        return (current,)
    return current, keys.decrypt(due.old_key_id, due.old_sealed, bound_to=due.endpoint_id).decode()


@periodic("kernel.forget_webhooks", every_seconds=HOUR, at_second=41 * MINUTE, lane=Lane.BULK)
async def forget_webhooks(run: JobRun) -> None:
    """Events are kept 30 days, secrets until their overlap is over."""
    async with run.write() as tx:
        tx.record("old webhooks forgotten", "kernel")
        await together(
            endpoints.forget_old_secrets(tx),
            deliveries.forget_events(tx, before=datetime.now(UTC) - rules.KEPT),
        )
