"""The platform's doors of takedowns: what vendors ask for, and what they may know of it."""

import hashlib
from dataclasses import replace

from backoffice.kernel.database import Db, together
from backoffice.kernel.errors import Refusal
from backoffice.kernel.files.content import label_of
from backoffice.kernel.files.storage import Storage
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.files import signer
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer.rules import UserDeleted
from backoffice.marketplace.dispute.outside import FILES
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.review.rules import ReviewNotFound
from backoffice.marketplace.takedown import actions, rules, told
from backoffice.marketplace.takedown.evidence import NewEvidence, list_evidence
from backoffice.marketplace.takedown.outside import ShownOut, ToldOut, WholeOut, shown_out, told_out
from backoffice.marketplace.takedown.rules import Evidence, TakedownAct
from backoffice.marketplace.takedown.schemas import AppealIn, EvidenceForm, NewRequestIn, RequestId, TextIn
from backoffice.marketplace.takedown.uploads import EvidenceFile

door = Doors(MARKETPLACE, tag="Platform: takedown requests", prefix="/api/v1/platform/takedown-requests")

SHOWING: list[type[Refusal]] = [
    rules.RequestNotFound,
    UserDeleted,
    rules.RequestDecided,
    rules.TooMuchEvidence,
]


@door.post(
    "",
    scope=Scope.REVIEWS_WRITE,
    status=201,
    audit=[TakedownAct.REQUESTED],
    errors=[
        ReviewNotFound,
        UserDeleted,
        rules.NotPublished,
        rules.RequestOpen,
        rules.DecidedAlready,
        rules.RequestExists,
    ],
)
async def request_takedown(body: NewRequestIn, tx: Tx) -> Success[ToldOut]:
    """A vendor asks to take a review of theirs down; sent again it is the same request."""
    request = await actions.file_request(tx, body.model_dump())
    return success(told_out(await told.get_told(tx, request.id)))


@door.get("/{request_id}", scope=Scope.REVIEWS_WRITE, errors=[rules.RequestNotFound])
async def get_told_request(request_id: RequestId, db: Db, call: Call) -> Success[WholeOut]:
    """A request as its vendor and the reviewer may know it: nothing that staff note among themselves."""
    row, shown = await together(told.get_told(db, request_id), list_evidence(db, request_id))
    sign = signer(call, FILES)
    return success({**told_out(row), "evidence": [shown_out(one, sign) for one in shown]})


@door.post(
    "/{request_id}/evidence",
    scope=Scope.REVIEWS_WRITE,
    status=201,
    audit=[TakedownAct.EVIDENCE_ADDED],
    errors=[*SHOWING, rules.UnknownContent],
)
async def upload_takedown_evidence(
    request_id: RequestId, upload: EvidenceFile, form: EvidenceForm, call: Call
) -> Success[ShownOut]:
    """A PDF, JPEG or PNG of at most 10 MB. Of a picture what we draw anew is kept. Sent again, it is the same piece."""
    async with call.house.database.read() as db:
        row, there = await together(told.get_told(db, request_id), list_evidence(db, request_id))
    if upload.content_type is None:
        raise rules.UnknownContent
    sha256 = hashlib.sha256(upload.content).digest()
    evidence = next((one for one in there if one.sha256 == sha256), None)
    if evidence is None:
        rules.check_open_to_proof(row.status, len(there))
        new = await _kept(
            call.house.files, NewEvidence(request_id, Evidence.DOCUMENT, form.description, sha256), upload
        )
        async with call.house.files.offered(new.file_id, new.thumbnail_id) as left:
            async with call.house.database.write(call.caller, call.context) as tx:
                evidence = await actions.add_evidence(tx, new)
            left.difference_update((evidence.file_id or "", evidence.thumbnail_id or ""))
    return success(shown_out(evidence, signer(call, FILES)))


async def _kept(files: Storage, new: NewEvidence, upload: EvidenceFile) -> NewEvidence:
    """The evidence with its file where files lie."""
    assert upload.content_type is not None, "asked for what has a type"
    drawn = upload.drawn
    kept = upload.content if drawn is None else drawn.content
    return replace(
        new,
        type=Evidence.DOCUMENT if drawn is None else Evidence.IMAGE,
        filename=label_of(upload.filename),
        content_type=upload.content_type,
        size_bytes=len(kept),
        file_id=await files.keep(kept, upload.content_type),
        thumbnail_id=await files.keep(drawn.thumbnail, drawn.content_type) if drawn else None,
    )


@door.post(
    "/{request_id}/evidence/text",
    scope=Scope.REVIEWS_WRITE,
    status=201,
    audit=[TakedownAct.EVIDENCE_ADDED],
    errors=SHOWING,
)
async def write_takedown_evidence(request_id: RequestId, body: TextIn, tx: Tx, call: Call) -> Success[ShownOut]:
    """Evidence in words. Sent again, it is the same piece."""
    sha256 = hashlib.sha256(body.content.encode()).digest()
    new = NewEvidence(request_id, Evidence.TEXT, body.description, sha256, body.content)
    return success(shown_out(await actions.add_evidence(tx, new), signer(call, FILES)))


@door.post(
    "/{request_id}/appeal",
    scope=Scope.REVIEWS_WRITE,
    audit=[TakedownAct.APPEALED],
    errors=[
        rules.RequestNotFound,
        UserDeleted,
        rules.NotResolved,
        rules.NotTheirsToAppeal,
        rules.AppealedAlready,
        rules.AppealTooLate,
    ],
)
async def appeal_takedown(request_id: RequestId, body: AppealIn, tx: Tx) -> Success[ToldOut]:
    """Whom the decision went against asks for another one, once: somebody else decides then."""
    await actions.appeal_request(tx, request_id, body.by, reason=body.reason)
    return success(told_out(await told.get_told(tx, request_id)))
