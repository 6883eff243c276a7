"""Carrying broadcasts on, little by little."""

from backoffice.helpdesk.broadcast import actions, store
from backoffice.kernel.jobs.queue import JobRun, periodic
from backoffice.kernel.lanes import Lane


@periodic("helpdesk.carry_on_broadcasts", every_seconds=2, lane=Lane.BULK, outward=True)
async def carry_on_broadcasts(run: JobRun) -> None:
    """One batch of every live broadcast; what a dead worker left unfinished is simply next."""
    async with run.read() as db:
        live = await store.list_live(db)
    for broadcast_id in live:
        async with run.write() as tx:
            await actions.carry_on(tx, broadcast_id, has_template=bool(run.house.settings.whatsapp_template))
