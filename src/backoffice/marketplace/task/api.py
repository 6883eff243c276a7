"""The staff doors of background jobs (bookings, analytics and takedowns; remaining endpoints, 1) and their files."""

from starlette.responses import StreamingResponse

from backoffice.kernel.database import Db
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.task import CannotCancel, CannotDelete, CannotRetry, Status, TaskAct, get_task
from backoffice.kernel.task.listing import TASKS, list_sums
from backoffice.kernel.task.store import find_file_name
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.files import FileId, FileQuery, LinkNotGenuine, downloaded
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, meta, success
from backoffice.marketplace.task import actions, rules
from backoffice.marketplace.task.answers import FILES, job_out, listed_out, signer, summary_out
from backoffice.marketplace.task.schemas import (
    CancelIn,
    CancelledOut,
    JobId,
    JobOut,
    JobsPage,
    JobsQuery,
    RetriedOut,
)

door = Doors(MARKETPLACE, tag="Background jobs", prefix="/api/v1/admin/jobs")


@door.get("", permission=Market.JOBS_LIST)
async def list_jobs(query: JobsQuery, db: Db, call: Call) -> JobsPage:
    """One's own background jobs, newest first, or everybody's with `jobs:view_all`; and how many in each status."""
    seen_by = None if call.caller.can(Market.JOBS_VIEW_ALL) else call.caller.id
    sums = list_sums(db, product=MARKETPLACE.name, seen_by=seen_by)
    rows, counts, total = await TASKS.page(db, query, call, beside=sums, product=MARKETPLACE.name, seen_by=seen_by)
    return {
        "success": True,
        "data": [listed_out(row) for row in rows],
        "meta": {**meta(query.number, query.size, total=total), "summary": summary_out(counts)},
    }


@door.get("/{job_id}", permission=Market.SELF, errors=[rules.JobNotFound, rules.NotYourJob])
async def get_job(job_id: JobId, db: Db, call: Call) -> Success[JobOut]:
    """How far a background job is; once it has succeeded, a link to its file that holds for a day.

    A file opens only to who may read what is in it at that moment: `download_url` is null for others.
    """
    row = await get_task(db, job_id, product=MARKETPLACE.name, missing=rules.not_found(job_id))
    rules.check_may(call.caller, row.creator_id, permission=Market.JOBS_VIEW_ALL)
    opens = rules.may_open(call.caller, opens=row.opens)
    return success(job_out(row, signer(call) if opens else None))


@door.post(
    "/{job_id}/cancel",
    permission=Market.SELF,
    key=KeyRule.REQUIRED,
    audit=[TaskAct.CANCELLED],
    errors=[rules.JobNotFound, rules.NotYourJob, CannotCancel],
)
async def cancel_job(job_id: JobId, body: CancelIn, tx: Tx) -> Success[CancelledOut]:
    """End a job that waits or runs: one's own, or anybody's with `jobs:cancel`. Its worker stops within two seconds."""
    cancelled_at = await actions.cancel_job(tx, job_id, reason=body.reason)
    return success(
        {"id": job_id, "status": Status.CANCELLED, "cancelled_at": cancelled_at, "cancelled_by": tx.actor.id}
    )


@door.post(
    "/{job_id}/retry",
    permission=Market.SELF,
    key=KeyRule.REQUIRED,
    status=202,
    audit=[TaskAct.RETRIED],
    errors=[rules.JobNotFound, rules.NotYourJob, CannotRetry],
)
async def retry_job(job_id: JobId, tx: Tx) -> Success[RetriedOut]:
    """Ask again for what failed or was cancelled, once: a new job, which runs as whoever asks now."""
    again_as = await actions.retry_job(tx, job_id)
    return success({"job_id": again_as, "status": Status.PENDING, "retry_of": job_id})


@door.delete(
    "/{job_id}",
    permission=Market.SELF,
    key=KeyRule.REQUIRED,
    status=204,
    audit=[TaskAct.DELETED],
    errors=[rules.JobNotFound, rules.NotYourJob, CannotDelete],
)
async def delete_job(job_id: JobId, tx: Tx) -> None:
    """Take back a job that has ended, with its file: one's own, or anybody's with `jobs:delete`."""
    await actions.delete_job(tx, job_id)


@door.get(
    "/files/{file_id}",
    public="the signature in the link is the proof",
    errors=[LinkNotGenuine, FileNotThere],
)
async def get_job_file(file_id: FileId, query: FileQuery, call: Call) -> StreamingResponse:
    """What a background job made, for whoever holds its link."""
    async with call.house.database.read() as db:
        name = await find_file_name(db, file_id, product=MARKETPLACE.name)
    return await downloaded(call, FILES, file_id=file_id, query=query, name=name)
