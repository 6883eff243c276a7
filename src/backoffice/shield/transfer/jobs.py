"""Payouts by the clock: what is due leaves by the sandbox rail, what is settled is completed."""

from datetime import UTC, datetime, timedelta

from backoffice.kernel.database import together
from backoffice.kernel.gateways import banking_days
from backoffice.kernel.jobs.queue import JobRun, defer_missing, job, periodic
from backoffice.kernel.journal import standing
from backoffice.shield.payout import attempts
from backoffice.shield.payout import store as payouts
from backoffice.shield.payout.rules import RailName
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import rules, store
from backoffice.shield.transfer.rails import sandbox_of
from backoffice.shield.transfer.telling import told_payout


@periodic("shield.queue_due_payouts", every_seconds=15, outward=True)
async def queue_due_payouts(run: JobRun) -> None:
    """Queue each payout that may leave by the sandbox rail, or began to and was interrupted.

    Payouts that leave in a file wait for the command that writes it.
    """
    if run.house.settings.payout_rail != "sandbox":
        return
    before = datetime.now(UTC) - timedelta(minutes=run.house.settings.payout_grace_minutes)
    async with run.write() as tx:
        due, interrupted = await together(
            store.list_due(tx, before=before), store.list_interrupted(tx, RailName.SANDBOX)
        )
        sends = {f"payout:{payout_id}": {"payout_id": payout_id} for payout_id in [*due, *interrupted]}
        await defer_missing(tx, rules.SEND, sends)


@job(rules.SEND, attempts=50, outward=True)
async def send_payout(run: JobRun, *, payout_id: str) -> None:
    """Hand one payout to the rail: the intent is committed first, and handed over again after a crash."""
    async with run.write() as tx:
        attempt = await sending.begin(tx, run.house, payout_id, leaving=sending.BY_SANDBOX)
        belongs = await payouts.get_belongings(tx, payout_id)
        step = await standing.step(tx, run.house.journal)
    if attempt is None or attempt.rail is not RailName.SANDBOX:
        return
    await run.house.journal.write(told_payout(attempt, belongs), step)
    accepted = await sandbox_of(run.house.settings).send(sending.transfer_of(run.house.keys, attempt))
    async with run.write() as tx:
        await store.set_sent(tx, attempt.id, reference=accepted.reference, settles_on=accepted.settles_on)
        tx.record("payout sent", payout_id)


@periodic("shield.queue_settling_payouts", every_seconds=15)
async def queue_settling_payouts(run: JobRun) -> None:
    """Queue each try whose day of settlement has come."""
    async with run.write() as tx:
        due = await store.list_settling(tx, banking_days.today())
        await defer_missing(
            tx, rules.SETTLE, {f"attempt:{attempt_id}": {"attempt_id": attempt_id} for attempt_id in due}
        )


@job(rules.SETTLE, attempts=50)
async def settle_payout(run: JobRun, *, attempt_id: str) -> None:
    """Complete what stands; fail what the rail says came back. In a file, what comes back comes in a return file."""
    async with run.read() as db:
        attempt = await attempts.find_attempt(db, attempt_id)
    today = banking_days.today()
    if (
        attempt is None
        or not attempt.reference
        or not rules.is_settled(attempt.status, attempt.settles_on, today=today)
    ):
        return
    code = None
    if attempt.rail is RailName.SANDBOX:
        code = await sandbox_of(run.house.settings).find_return(attempt.reference)
    async with run.write() as tx:
        if code is None:
            await sending.complete_by_rail(tx, attempt)
        else:
            await sending.take_return(tx, run.house, attempt, code=code)
