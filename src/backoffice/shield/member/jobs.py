"""Forgetting what was a member's e-mail address long ago."""

from datetime import UTC, datetime

from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, periodic
from backoffice.kernel.lanes import Lane
from backoffice.shield.member import former_emails, rules


@periodic("shield.forget_former_emails", every_seconds=HOUR, at_second=23 * MINUTE, lane=Lane.BULK)
async def forget_former_emails(run: JobRun) -> None:
    async with run.write() as tx:
        tx.record("former addresses forgotten", "shield")
        await former_emails.forget_former_emails(tx, before=datetime.now(UTC) - rules.FORMER_EMAIL_KEPT)
