"""The staff doors of bulk acts: on what a list shows, with a preview; what became of each row; taking it back."""

from typing import Any

from backoffice.kernel.bulk import BulkStart, foresee
from backoffice.kernel.bulk.listing import ROWS
from backoffice.kernel.bulk.rules import (
    BulkNotFound,
    CannotUndo,
    MayNotDo,
    NothingSelected,
    SelectionChanged,
    TooManySelected,
)
from backoffice.kernel.bulk.store import count_outcomes
from backoffice.kernel.database import Db
from backoffice.kernel.task import Status, get_task
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.bulk import actions, rules
from backoffice.marketplace.bulk.acting import ACTS
from backoffice.marketplace.bulk.answers import acts_out, counts_out, preview_out, row_out
from backoffice.marketplace.bulk.choosing import (
    Chooser,
    Find,
    choose,
    find_bookings,
    find_disputes,
    find_reviews,
    find_users,
)
from backoffice.marketplace.bulk.schemas import (
    ActOut,
    BookingsBulkIn,
    DisputesBulkIn,
    PreviewOut,
    ReviewsBulkIn,
    RowsPage,
    RowsQuery,
    StartedOut,
    UndoOut,
    UsersBulkIn,
)
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, meta, success
from backoffice.marketplace.task import rules as task_rules
from backoffice.marketplace.task.schemas import JobId

door = Doors(MARKETPLACE, tag="Bulk acts", prefix="/api/v1/admin/bulk")
user_door = Doors(MARKETPLACE, tag="Bulk acts", prefix="/api/v1/admin/users/bulk")
dispute_door = Doors(MARKETPLACE, tag="Bulk acts", prefix="/api/v1/admin/disputes/bulk")
review_door = Doors(MARKETPLACE, tag="Bulk acts", prefix="/api/v1/admin/reviews/bulk")
booking_door = Doors(MARKETPLACE, tag="Bulk acts", prefix="/api/v1/admin/bookings/bulk")
CHOOSING = (MayNotDo, NothingSelected, TooManySelected, rules.SelectionUnclear)
STARTING = (*CHOOSING, SelectionChanged, rules.ExpectedCountMissing)


async def _preview(db: Db, body: Any, *, call: Call, find: Find) -> Success[PreviewOut]:
    act, params = actions.read_act(body.do)
    if not call.caller.can(act.permission):
        raise MayNotDo(required_permission=act.permission)
    selection = await choose(db, body, find=find, by=Chooser(call.caller, call.house.settings))
    foreseen = await foresee(db, selection.subjects, params, act=act, acts=ACTS)
    return success(preview_out(foreseen, act.name))


async def _start(tx: Tx, body: Any, *, call: Call, find: Find, opens: Market) -> Success[StartedOut]:
    selection = await choose(tx, body, find=find, by=Chooser(call.caller, call.house.settings))
    job_id = await actions.start(tx, selection, body.do, form=body.file_format, opens=opens)
    return success({"job_id": job_id, "status": Status.PENDING, "total": len(dict.fromkeys(selection.subjects))})


@door.get("", permission=Market.SELF)
async def list_bulk_acts(db: Db, call: Call) -> Success[list[ActOut]]:
    """What can be done to many rows at once, and which of it the caller may do."""
    return success(acts_out(call.caller))


@user_door.post("/preview", permission=Market.USERS_LIST, errors=CHOOSING)
async def preview_users_bulk(body: UsersBulkIn, db: Db, call: Call) -> Success[PreviewOut]:
    """How many customers a bulk act would change as they are now, how many it would not, and why not."""
    return await _preview(db, body, call=call, find=find_users)


@user_door.post(
    "", permission=Market.USERS_LIST, key=KeyRule.REQUIRED, status=202, audit=[BulkStart.STARTED], errors=STARTING
)
async def start_users_bulk(body: UsersBulkIn, tx: Tx, call: Call) -> Success[StartedOut]:
    """Suspend, ban, reactivate, log out or write to many customers: a background job, customer by customer."""
    return await _start(tx, body, call=call, find=find_users, opens=Market.USERS_LIST)


@dispute_door.post("/preview", permission=Market.DISPUTES_VIEW, errors=CHOOSING)
async def preview_disputes_bulk(body: DisputesBulkIn, db: Db, call: Call) -> Success[PreviewOut]:
    """How many disputes a bulk act would change as they are now, how many it would not, and why not."""
    return await _preview(db, body, call=call, find=find_disputes)


@dispute_door.post(
    "", permission=Market.DISPUTES_VIEW, key=KeyRule.REQUIRED, status=202, audit=[BulkStart.STARTED], errors=STARTING
)
async def start_disputes_bulk(body: DisputesBulkIn, tx: Tx, call: Call) -> Success[StartedOut]:
    """Assign many disputes, close them, say how urgent they are: a background job, dispute by dispute."""
    return await _start(tx, body, call=call, find=find_disputes, opens=Market.DISPUTES_VIEW)


@review_door.post("/preview", permission=Market.REVIEWS_LIST, errors=CHOOSING)
async def preview_reviews_bulk(body: ReviewsBulkIn, db: Db, call: Call) -> Success[PreviewOut]:
    """How many reviews a bulk act would change as they are now, how many it would not, and why not."""
    return await _preview(db, body, call=call, find=find_reviews)


@review_door.post(
    "", permission=Market.REVIEWS_LIST, key=KeyRule.REQUIRED, status=202, audit=[BulkStart.STARTED], errors=STARTING
)
async def start_reviews_bulk(body: ReviewsBulkIn, tx: Tx, call: Call) -> Success[StartedOut]:
    """Hide or restore many reviews: a background job, review by review."""
    return await _start(tx, body, call=call, find=find_reviews, opens=Market.REVIEWS_LIST)


@booking_door.post("/preview", permission=Market.BOOKINGS_LIST, errors=CHOOSING)
async def preview_bookings_bulk(body: BookingsBulkIn, db: Db, call: Call) -> Success[PreviewOut]:
    """How many bookings a bulk act would change as they are now, how many it would not, and why not."""
    return await _preview(db, body, call=call, find=find_bookings)


@booking_door.post(
    "", permission=Market.BOOKINGS_LIST, key=KeyRule.REQUIRED, status=202, audit=[BulkStart.STARTED], errors=STARTING
)
async def start_bookings_bulk(body: BookingsBulkIn, tx: Tx, call: Call) -> Success[StartedOut]:
    """Cancel many bookings by the policy, or note something on each: a background job, booking by booking."""
    return await _start(tx, body, call=call, find=find_bookings, opens=Market.BOOKINGS_LIST)


@door.get("/{job_id}/rows", permission=Market.SELF, errors=[task_rules.JobNotFound, task_rules.NotYourJob])
async def list_bulk_rows(job_id: JobId, query: RowsQuery, db: Db, call: Call) -> RowsPage:
    """What became of each row so far, in the order in which they are done; also of a job that was cancelled."""
    row = await get_task(db, job_id, product=MARKETPLACE.name, missing=task_rules.not_found(job_id))
    task_rules.check_may(call.caller, row.creator_id, permission=Market.JOBS_VIEW_ALL)
    counting = count_outcomes(db, job_id)
    rows, counts, total = await ROWS.page(db, query, call, beside=counting, task_id=job_id)
    return {
        "success": True,
        "data": [row_out(one) for one in rows],
        "meta": {**meta(query.number, query.size, total=total), "summary": counts_out(counts)},
    }


@door.post(
    "/{job_id}/undo",
    permission=Market.SELF,
    key=KeyRule.REQUIRED,
    status=202,
    audit=[BulkStart.UNDO_STARTED],
    errors=[task_rules.JobNotFound, task_rules.NotYourJob, BulkNotFound, MayNotDo, CannotUndo],
)
async def undo_bulk(job_id: JobId, tx: Tx) -> Success[UndoOut]:
    """Take back what a bulk act did, where that has an opposite and the row is still as it was left: once."""
    return success({"job_id": await actions.undo(tx, job_id), "status": Status.PENDING, "undo_of": job_id})
