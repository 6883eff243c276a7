"""The platform's doors of claims: it submits them and uploads what members send with them."""

import hashlib
from datetime import UTC, datetime

from backoffice.kernel.database import together
from backoffice.kernel.errors import TooLarge
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.money import dollars
from backoffice.kernel.web import Call, Doors, Upload
from backoffice.kernel.web.files import signer
from backoffice.kernel.write import Tx
from backoffice.shield.claim import actions, documents, rules, store
from backoffice.shield.claim.answers import FILES, document_out
from backoffice.shield.claim.documents import NewDocument
from backoffice.shield.claim.rules import ClaimAct, Status
from backoffice.shield.claim.schemas import DocumentForm, SubmitIn, SubmittedOut, UploadedOut
from backoffice.shield.claim.store import ClaimRow
from backoffice.shield.member.rules import MemberNotFound
from backoffice.shield.permissions import Scope
from backoffice.shield.product import SHIELD, Success, success

door = Doors(SHIELD, tag="Platform: claims", prefix="/v1/platform/claims")


@door.post(
    "",
    scope=Scope.CLAIMS_SUBMIT,
    status=201,
    audit=[ClaimAct.SUBMITTED],
    errors=[MemberNotFound, rules.NeverInsured, rules.ClaimKnown],
)
async def submit_claim(body: SubmitIn, tx: Tx) -> Success[SubmittedOut]:
    """A member's claim; it waits for staff. Sent again, it answers as it is now."""
    new = ClaimRow(
        id="",
        external_id=body.external_id,
        member_id=body.user_id,
        plan_id="",
        status=Status.PENDING,
        type=body.type,
        reason=body.reason,
        termination_date=body.termination_date,
        submitted_at=datetime.now(UTC),
        amount_requested_minor=body.amount_requested,
        amount_approved_minor=None,
        amount_paid_minor=0,
        approved_by=None,
        assigned_to=None,
    )
    claim = await actions.submit_claim(tx, new)
    return success(
        {
            "id": claim.id,
            "external_id": body.external_id,
            "user_id": claim.member_id,
            "status": claim.status,
            "submitted_date": claim.submitted_at,
            "amount_requested": dollars(claim.amount_requested_minor),
        }
    )


@door.post(
    "/{claim_id}/documents",
    scope=Scope.CLAIMS_SUBMIT,
    status=201,
    audit=[ClaimAct.DOCUMENT_ADDED],
    errors=[rules.ClaimNotFound, rules.UnknownContent],
)
async def upload_document(claim_id: ShownId, upload: Upload, form: DocumentForm, call: Call) -> Success[UploadedOut]:
    """A PDF, JPEG or PNG of at most 10 MB; the form's `type` says what it is. Sent again, it is the same document."""
    async with call.house.database.read() as db:
        owner, there = await together(store.find_claimant(db, claim_id), documents.list_of_claims(db, [claim_id]))
    if owner is None:
        raise rules.ClaimNotFound(claim_id=claim_id)
    if len(upload.content) > rules.MOST_BYTES:
        raise TooLarge(limit_bytes=rules.MOST_BYTES)
    content_type = rules.recognised(upload.content)
    sha256 = hashlib.sha256(upload.content).digest()
    document = next((one for one in there if one.sha256 == sha256), None)
    if document is None:
        new = NewDocument(
            type=form.type,
            filename=rules.shown_name(upload.filename),
            content_type=content_type,
            size_bytes=len(upload.content),
            sha256=sha256,
            file_id=await call.house.files.keep(upload.content, content_type),
        )
        async with call.house.files.offered(new.file_id) as left:
            async with call.house.database.write(call.caller, call.context) as tx:
                document = await actions.add_document(tx, claim_id, new)
            left.discard(document.file_id)
    return success(
        {
            **document_out(document, signer(call, FILES)),
            "claim_id": claim_id,
            "content_type": document.content_type,
            "size_bytes": document.size_bytes,
            "sha256": document.sha256.hex(),
        }
    )
