"""What members' dates bring about, forgetting their former addresses, and folding their kept sums."""

from datetime import UTC, datetime

from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, periodic
from backoffice.kernel.lanes import Lane
from backoffice.shield.member import actions, former_emails, rules, store


@periodic("shield.put_deactivations_in_effect", every_seconds=MINUTE, at_second=15)
async def put_deactivations_in_effect(run: JobRun) -> None:
    """Deactivate whose day has come, each in a write of their own."""
    await run.each(store.list_due, actions.put_due_deactivation_in_effect)


@periodic("shield.forget_former_emails", every_seconds=HOUR, at_second=23 * MINUTE, lane=Lane.BULK)
async def forget_former_emails(run: JobRun) -> None:
    async with run.write() as tx:
        tx.record("former addresses forgotten", "shield")
        await former_emails.forget_former_emails(tx, before=datetime.now(UTC) - rules.FORMER_EMAIL_KEPT)
