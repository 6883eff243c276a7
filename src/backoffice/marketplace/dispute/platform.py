"""The platform's doors of disputes: what customers and vendors say and show, and what they may know of it."""

import hashlib

from backoffice.kernel.database import Db, together
from backoffice.kernel.errors import TooLarge
from backoffice.kernel.files.content import find_type, label_of
from backoffice.kernel.web import Call, Doors, Upload
from backoffice.kernel.web.files import signer
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import BookingAct, BookingNotFound
from backoffice.marketplace.customer.rules import UserDeleted, UserNotFound
from backoffice.marketplace.dispute import actions, rules, talking, told
from backoffice.marketplace.dispute.outside import FILES, SaidOut, ShownOut, WholeOut, said_out, shown_out, told_out
from backoffice.marketplace.dispute.rules import DisputeAct, EvidenceType, Sender, Source
from backoffice.marketplace.dispute.schemas import EvidenceForm, NewDisputeIn, PlatformMessageIn, ResponseIn
from backoffice.marketplace.dispute.shapes import CreatedOut, RespondedOut
from backoffice.marketplace.dispute.told import NewEvidence, NewMessage
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: disputes", prefix="/api/v1/platform/disputes")


@door.post(
    "",
    scope=Scope.DISPUTES_WRITE,
    status=201,
    audit=[DisputeAct.CREATED, BookingAct.MOVED],
    errors=[UserNotFound, UserDeleted, BookingNotFound, rules.DisputeExists],
)
async def open_dispute(body: NewDisputeIn, tx: Tx) -> Success[CreatedOut]:
    """A customer's complaint; sent again it is the same one."""
    sent = body.model_dump()
    dispute = await actions.open_dispute(tx, {**sent, "customer_id": sent.pop("user_id")}, source=Source.CUSTOMER)
    return success(
        {
            "id": dispute.id,
            "external_id": dispute.external_id,
            "dispute_reference": dispute.reference,
            "status": dispute.status,
            "resolution_deadline": dispute.resolution_deadline,
        }
    )


@door.get("/{dispute_id}", scope=Scope.DISPUTES_WRITE, errors=[rules.DisputeNotFound])
async def get_told_dispute(dispute_id: Id, db: Db, call: Call) -> Success[WholeOut]:
    """A dispute as its customer and its vendor may know it: nothing that staff note among themselves."""
    row, messages, evidence = await together(
        told.get_told(db, dispute_id), told.list_messages(db, dispute_id), told.list_evidence(db, dispute_id)
    )
    sign = signer(call, FILES)
    shown = [shown_out(one, sign) for one in evidence]
    return success({**told_out(row), "messages": [said_out(one) for one in messages], "evidence": shown})


@door.post(
    "/{dispute_id}/messages",
    scope=Scope.DISPUTES_WRITE,
    status=201,
    audit=[DisputeAct.MESSAGE_ADDED],
    errors=[rules.DisputeNotFound, UserDeleted, rules.DisputeClosed, rules.NoVendor, rules.MessageExists],
)
async def add_message(dispute_id: Id, body: PlatformMessageIn, tx: Tx) -> Success[SaidOut]:
    """What the customer or the vendor says; sent again it is said once."""
    sender = Sender(body.sender)
    new = NewMessage(dispute_id, sender, None, body.message, body.attachments, external_id=body.external_id)
    return success(said_out(await talking.add_message(tx, new)))


@door.post(
    "/{dispute_id}/vendor-response",
    scope=Scope.DISPUTES_WRITE,
    audit=[DisputeAct.VENDOR_RESPONDED],
    errors=[rules.DisputeNotFound, UserDeleted, rules.DisputeClosed, rules.NoVendor],
)
async def respond(dispute_id: Id, body: ResponseIn, tx: Tx) -> Success[RespondedOut]:
    """The vendor's side of it, until it is decided; another answer takes the place of the first."""
    await talking.respond(tx, dispute_id, body.response)
    row = await told.get_told(tx, dispute_id)
    return success(
        {"id": row.id, "vendor_response": row.vendor_response, "vendor_responded_at": row.vendor_responded_at}
    )


@door.post(
    "/{dispute_id}/evidence",
    scope=Scope.DISPUTES_WRITE,
    status=201,
    audit=[DisputeAct.EVIDENCE_ADDED],
    errors=[rules.DisputeNotFound, UserDeleted, rules.DisputeClosed, rules.NoVendor, rules.UnknownContent],
)
async def upload_evidence(dispute_id: Id, upload: Upload, form: EvidenceForm, call: Call) -> Success[ShownOut]:
    """A PDF, JPEG or PNG of at most 10 MB; the form's `sender` says whose. Sent again, it is the same evidence."""
    async with call.house.database.read() as db:
        row, there = await together(told.get_told(db, dispute_id), told.list_evidence(db, dispute_id))
    if len(upload.content) > rules.MOST_BYTES:
        raise TooLarge(limit_bytes=rules.MOST_BYTES)
    content_type = find_type(upload.content)
    if content_type is None:
        raise rules.UnknownContent
    sha256 = hashlib.sha256(upload.content).digest()
    evidence = next((one for one in there if one.sha256 == sha256), None)
    if evidence is None:
        rules.check_open_to_proof(row.status)
        new = NewEvidence(
            dispute_id=dispute_id,
            sender=form.sender,
            type=EvidenceType.IMAGE if content_type.startswith("image/") else EvidenceType.DOCUMENT,
            description=form.description,
            filename=label_of(upload.filename),
            content_type=content_type,
            size_bytes=len(upload.content),
            sha256=sha256,
            file_id=await call.house.files.keep(upload.content, content_type),
        )
        async with call.house.files.offered(new.file_id) as left:
            async with call.house.database.write(call.caller, call.context) as tx:
                evidence = await talking.add_evidence(tx, new)
            left.discard(evidence.file_id)
    return success(shown_out(evidence, signer(call, FILES)))
