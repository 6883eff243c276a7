"""The job of a restore: it hands it to `backoffice run`, and learns from its file how it went.

When it went well, this job is in the database that was replaced: only a failure is ever learned here.
"""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from backoffice.kernel.errors import Unavailable
from backoffice.kernel.jobs.queue import JobRun, job
from backoffice.kernel.restore import actions, rules
from backoffice.kernel.restore.record import Record, Records
from backoffice.kernel.restore.rules import Status
from backoffice.kernel.task import ATTEMPTS, Made, Working, carry_out

LOOK_EVERY_SECONDS = 0.1


@job(rules.CARRY_OUT, attempts=ATTEMPTS)
async def carry_out_restore(run: JobRun, *, task_id: str) -> None:
    await carry_out(run, UUID(task_id), work=hand_over)


async def hand_over(working: Working) -> Made | None:
    """Ask once; then follow the file until it has ended. RestoreFailed, NobodyRestores."""
    records = Records(working.run.house.settings.data_folder)
    record = records.find(working.task.id) or records.write(await _asked(working))
    while not record.has_ended:
        if record.status is not Status.ASKED:
            # The worker is about to be stopped; what waits for its jobs would wait for this one.
            raise Unavailable
        if datetime.now(UTC) - record.asked_at > rules.TAKEN_WITHIN:
            records.write(record.changed(status=Status.FAILED, why=rules.NobodyRestores().sentence))
            raise rules.NobodyRestores
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        record = records.find(record.id) or record
    if record.status is Status.FAILED:
        raise rules.RestoreFailed(why=record.why)
    return None


async def _asked(working: Working) -> Record:
    """Looked at again: what covered the moment when it was asked for may be gone.

    NobodyRestores where that was long ago: a restored database may hold the job of an earlier restore.
    """
    task, settings = working.task, working.run.house.settings
    if datetime.now(UTC) - datetime.fromisoformat(task.metadata["asked_at"]) > rules.HANDED_OVER_WITHIN:
        raise rules.NobodyRestores
    goal = await asyncio.to_thread(actions.goal_of, settings, actions.wish_of(task.metadata))
    return Record(
        id=task.id,
        wish=goal.wish,
        moment=goal.moment,
        asked_at=datetime.now(UTC),
        product=task.product,
        staff_id=task.creator_id,
    )
