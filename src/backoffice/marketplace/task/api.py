"""The staff doors of background jobs, and the door that gives out what they made."""

from uuid import UUID

from starlette.responses import StreamingResponse

from backoffice.kernel.database import Db
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.task import get_task
from backoffice.kernel.task.store import find_file_name
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.files import FileId, FileQuery, LinkNotGenuine, downloaded
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.task import rules
from backoffice.marketplace.task.answers import FILES, job_out, signer
from backoffice.marketplace.task.schemas import JobOut

door = Doors(MARKETPLACE, tag="Background jobs", prefix="/api/v1/admin/jobs")


@door.get("/{job_id}", permission=Market.SELF, errors=[rules.JobNotFound, rules.NotYourJob])
async def get_job(job_id: UUID, db: Db, call: Call) -> Success[JobOut]:
    """How far a background job is; once it has succeeded, a link to its file that holds for a day."""
    row = await get_task(db, job_id, product=MARKETPLACE.name, missing=rules.not_found(job_id))
    rules.check_may_see(call.caller, row.creator_id)
    return success(job_out(row, signer(call)))


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
