"""Events of gateways, each by a job of its own: one that always fails holds up no other."""

from datetime import UTC, datetime

import psycopg

from backoffice.kernel.jobs.queue import DAY, JobRun, defer_missing, job, periodic
from backoffice.marketplace.gateway import actions, rules, store


@job(rules.TAKE, attempts=20)
async def take_event(run: JobRun, *, event_id: str) -> None:
    """Carry an event out. Whatever it fails by stays with it, and it is tried again by the clock."""
    try:
        async with run.write() as tx:
            await actions.carry_out_event(tx, run.house, event_id)
    except psycopg.OperationalError:
        raise
    except Exception as failure:
        async with run.write() as tx:
            await actions.note_failure(tx, event_id, failure)


@periodic("marketplace.queue_gateway_events", every_seconds=30)
async def queue_events(run: JobRun) -> None:
    """Queue each event whose job got lost, and each stuck one whose time has come."""
    async with run.write() as tx:
        waiting = await store.list_waiting(tx)
        await defer_missing(tx, rules.TAKE, {f"gateway-event:{one}": {"event_id": one} for one in waiting})


@periodic("marketplace.forget_gateway_events", every_seconds=DAY, at_second=4 * 3_600 + 420)
async def forget_events(run: JobRun) -> None:
    """Let go of events that have had their time, bodies and all."""
    async with run.write() as tx:
        gone = await store.delete_old(tx, before=datetime.now(UTC) - rules.KEPT)
        if gone:
            tx.record("gateway events forgotten", gone)
