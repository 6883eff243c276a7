"""What nobody completed in time ends, so that no list shows it and no vote is added to it."""

from dataclasses import replace

from backoffice.kernel.approval import store
from backoffice.kernel.approval.rules import ApprovalAct, Status
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, periodic


@periodic("kernel.expire_approvals", every_seconds=HOUR, at_second=7 * MINUTE)
async def expire_approvals(run: JobRun) -> None:
    """Each in a write of its own, recorded in the log of its product."""
    async with run.read() as db:
        late = await store.list_late(db)
    for one in late:
        actor = replace(run.actor, product=one.product)
        async with run.house.database.write(actor, run.context) as tx:
            if await store.set_expired(tx, one.id):
                tx.audit(
                    ApprovalAct.VOIDED,
                    one.id,
                    after={"act": one.act, "subject": one.subject, "why": Status.EXPIRED},
                )
