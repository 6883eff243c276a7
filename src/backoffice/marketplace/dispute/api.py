"""The staff doors of disputes (users and disputes, 5 to 9 and 18), at both addresses at which clients ask."""

from starlette.responses import Response

from backoffice.kernel.approval import VOTE_ERRORS
from backoffice.kernel.approval.rules import ApprovalAct
from backoffice.kernel.database import Db
from backoffice.kernel.database.rows import values_of
from backoffice.kernel.files.content import SIGNATURES
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.files import FileId, FileQuery, LinkNotGenuine, opened
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingAct, BookingNotFound
from backoffice.marketplace.customer.rules import UserDeleted, UserNotFound
from backoffice.marketplace.dispute import actions, assigning, deciding, listing, rules, talking, whole
from backoffice.marketplace.dispute.answers import (
    detail_out,
    lister,
    message_out,
    note_out,
    summary_out,
    user_summary_out,
)
from backoffice.marketplace.dispute.deciding import DisputeUpdate
from backoffice.marketplace.dispute.outside import FILES
from backoffice.marketplace.dispute.rules import DisputeAct, Sender, Source
from backoffice.marketplace.dispute.schemas import (
    AssignIn,
    DisputesQuery,
    MessageIn,
    StaffDisputeIn,
    UpdateIn,
    UserDisputesQuery,
)
from backoffice.marketplace.dispute.shapes import DetailOut, DisputesPage, MessageOut, UpdatedOut, UserDisputesPage
from backoffice.marketplace.dispute.told import NewMessage
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, items, success
from backoffice.marketplace.refund.rules import ASKING_ERRORS, RefundAct

door = Doors(MARKETPLACE, tag="Disputes", prefix="/api/v1/admin/disputes")
user_door = Doors(MARKETPLACE, tag="Disputes of a user", prefix="/api/v1/admin/users")
files_door = Doors(MARKETPLACE, tag="Evidence", prefix=FILES.path)


@door.get("", permission=Market.DISPUTES_VIEW)
async def list_disputes(query: DisputesQuery, db: Db, call: Call) -> Success[DisputesPage]:
    """Disputes of all customers: what is not decided first, the most urgent before others, unless sorted otherwise."""
    own = call.caller.id if query.mine else None
    rows, sums, total = await listing.DISPUTES.page(db, query, call, beside=listing.count_all(db), own=own)
    mine_of = call.caller.id
    summary = summary_out(
        sums,
        unassigned=await call.lagging_total("disputes: unassigned", lambda: listing.count_unassigned(db)),
        overdue=await call.lagging_total("disputes: overdue", lambda: listing.count_overdue(db)),
        mine=await call.lagging_total(f"disputes: of {mine_of}", lambda: listing.count_of(db, mine_of)),
    )
    page = items([*map(lister(call), rows)], query.number, size=query.size, total=total)
    return success({**page, "summary": summary})


@door.post(
    "",
    permission=Market.DISPUTES_MANAGE,
    status=201,
    audit=[DisputeAct.CREATED, BookingAct.MOVED],
    errors=[UserNotFound, UserDeleted, BookingNotFound],
)
async def create_dispute(body: StaffDisputeIn, tx: Tx, call: Call) -> Success[DetailOut]:
    """Write a complaint down for a customer; customer and vendor are told unless said otherwise."""
    sent = body.model_dump()
    new = {**sent, "customer_id": sent.pop("user_id"), "external_id": None}
    dispute = await actions.open_dispute(tx, new, source=Source.STAFF)
    return success(detail_out(await whole.get_whole(tx, dispute.id), call))


@door.get("/{dispute_id}", permission=Market.DISPUTES_VIEW, errors=[rules.DisputeNotFound])
async def get_dispute(dispute_id: Id, db: Db, call: Call) -> Success[DetailOut]:
    """A dispute with its messages and notes, evidence, timeline, decisions, booking and payments."""
    return success(detail_out(await whole.get_whole(db, dispute_id), call))


@door.patch(
    "/{dispute_id}",
    permission=Market.DISPUTES_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[
        DisputeAct.UPDATED,
        RefundAct.REQUESTED,
        RefundAct.APPROVED,
        RefundAct.REJECTED,
        RefundAct.PROCESSED,
        BookingAct.MOVED,
        ApprovalAct.AGREED,
        ApprovalAct.VOIDED,
    ],
    errors=[
        rules.DisputeNotFound,
        rules.DisputeClosed,
        rules.InvalidStatusTransition,
        rules.ResolutionMissing,
        rules.RefundAmountMismatch,
        rules.NothingToRefund,
        rules.MayNotRefund,
        UserDeleted,
        *ASKING_ERRORS,
        *VOTE_ERRORS,
    ],
)
async def update_dispute(dispute_id: Id, body: UpdateIn, tx: Tx, call: Call) -> Success[UpdatedOut]:
    """Move a dispute, decide it with or without a refund, say how urgent it is, note something; the rest stays."""
    if body.priority is not None:
        await assigning.set_priority(tx, dispute_id, body.priority)
    wanted = DisputeUpdate(
        status=body.status,
        resolution=body.resolution_type,
        refund_minor=body.refund_amount,
        notes=body.admin_notes,
        details=body.resolution_details,
        notify_user=body.notify_user,
        notify_vendor=body.notify_vendor,
    )
    thresholds = call.house.settings.dual_approval_minor
    standing = await deciding.update_dispute(tx, dispute_id, wanted, thresholds=thresholds)
    return success(
        UpdatedOut(
            **values_of(detail_out(await whole.get_whole(tx, dispute_id), call)),
            approvals_required=standing.required if standing else None,
            approvals_received=standing.received if standing else None,
        )
    )


@door.post(
    "/{dispute_id}/messages",
    permission=Market.DISPUTES_MANAGE,
    status=201,
    key=KeyRule.REQUIRED,
    audit=[DisputeAct.MESSAGE_ADDED, DisputeAct.NOTE_ADDED],
    errors=[rules.DisputeNotFound, rules.DisputeClosed, UserDeleted],
)
async def add_dispute_message(dispute_id: Id, body: MessageIn, tx: Tx) -> Success[MessageOut]:
    """Note something for staff, or with `is_internal: false` write to the customer, who is told by e-mail."""
    if body.is_internal:
        note = await assigning.add_note(tx, dispute_id, body.message, attachments=body.attachments)
        return success(note_out(note))
    new = NewMessage(dispute_id, Sender.ADMIN, tx.actor.id, body.message, body.attachments)
    return success(message_out(await talking.add_message(tx, new)))


@door.post(
    "/{dispute_id}/assign",
    permission=Market.DISPUTES_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[DisputeAct.ASSIGNED, DisputeAct.NOTE_ADDED, BookingAct.MOVED],
    errors=[rules.DisputeNotFound, rules.NotAssignable, rules.DisputeClosed, UserDeleted],
)
async def assign_dispute(dispute_id: Id, body: AssignIn, tx: Tx, call: Call) -> Success[DetailOut]:
    """Give a dispute to active staff who may manage disputes; one that is open is in progress from then on."""
    await assigning.assign_dispute(tx, dispute_id, body.admin_user_id, note=body.notes)
    return success(detail_out(await whole.get_whole(tx, dispute_id), call))


@user_door.get("/{user_id}/disputes", permission=Market.DISPUTES_VIEW, errors=[UserNotFound])
async def list_user_disputes(user_id: Id, query: UserDisputesQuery, db: Db, call: Call) -> Success[UserDisputesPage]:
    """A customer's disputes, newest first, with what became of all of them."""
    beside = listing.sum_of_user(db, user_id)
    rows, sums, total = await listing.OF_USER.page(db, query, call, beside=beside, customer_id=user_id)
    page = items([*map(lister(call), rows)], query.number, size=query.size, total=total)
    return success({**page, "summary": user_summary_out(sums)})


@files_door.get(
    "/{file_id}",
    public="the signature in the link is the proof, so that a browser can show the evidence",
    errors=[LinkNotGenuine, FileNotThere],
)
async def get_evidence_file(file_id: FileId, query: FileQuery, call: Call) -> Response:
    """A piece of evidence, to whoever holds its link; links live an hour."""
    return await opened(call, FILES, file_id=file_id, query=query, shown=SIGNATURES)


twin_door = door.also_at("/api/v1/admin/users/disputes", tag="Disputes, where the admin app asks")
