"""The clock of disputes: each is reminded of its deadline and, past it, escalated, in a write of its own.

Two jobs, so that a reminder that always fails holds up no escalation.
"""

from functools import partial

from backoffice.kernel.jobs.queue import MINUTE, JobRun, periodic
from backoffice.marketplace.dispute import deadlines, rules, store

AT_ONCE = 500
HOURS = int(rules.REMINDED_BEFORE.total_seconds() // 3600)


@periodic("marketplace.remind_of_deadlines", every_seconds=MINUTE, at_second=20)
async def remind_of_deadlines(run: JobRun) -> None:
    """Those whose time runs out within 12 hours; what a turn that ended early left, the next one finds."""
    await run.each(partial(store.list_to_remind, hours=HOURS, limit=AT_ONCE), deadlines.remind)


@periodic("marketplace.escalate_disputes", every_seconds=MINUTE, at_second=50)
async def escalate_disputes(run: JobRun) -> None:
    """Those whose time is over."""
    await run.each(partial(store.list_to_escalate, limit=AT_ONCE), deadlines.escalate)
