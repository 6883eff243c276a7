"""Referrals go on by themselves: what happened to a customer is looked at within seconds, and time that is over too."""

from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.marketplace.referral import actions, store


@periodic("marketplace.judge_referrals", every_seconds=10)
async def judge_referrals(run: JobRun) -> None:
    """Each in a write of its own: whoever comes second finds it judged."""
    await run.each(store.list_due, actions.judge)
