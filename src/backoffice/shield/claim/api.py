"""The staff doors of claims (contract, 2), and the door that shows a document to whoever holds its link."""

from itertools import groupby

from starlette.responses import Response

from backoffice.kernel.database import Db, together
from backoffice.kernel.files.content import SIGNATURES
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.money import dollars_or_none
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.files import FileId, FileQuery, LinkNotGenuine, opened, signer
from backoffice.kernel.write import Tx
from backoffice.shield.access.store import get_admin
from backoffice.shield.claim import actions, documents, listing, rules
from backoffice.shield.claim.actions import ClaimUpdate
from backoffice.shield.claim.answers import FILES, detail_out, listed_out, note_out, verified_document_out
from backoffice.shield.claim.rules import ClaimAct
from backoffice.shield.claim.schemas import (
    ClaimsPage,
    ClaimsQuery,
    DetailOut,
    NoteIn,
    NoteOut,
    UpdatedOut,
    UpdateIn,
    VerifiedOut,
    VerifyIn,
)
from backoffice.shield.member.answers import audited_out
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, pagination, success

door = Doors(SHIELD, tag="Claims", prefix="/v1/admin/claims")
files_door = Doors(SHIELD, tag="Claims", prefix=FILES.path)


@door.get("", permission=Shield.CLAIMS_READ)
async def list_claims(query: ClaimsQuery, db: Db, call: Call) -> Success[ClaimsPage]:
    """Claims with their documents, newest first, with the total under the same filters."""
    rows, total = await listing.CLAIMS.page(db, query, call)
    found = await documents.list_of_claims(db, [row.id for row in rows])
    of_claim = {claim_id: list(rest) for claim_id, rest in groupby(found, lambda one: one.claim_id)}
    sign = signer(call, FILES)
    claims = [listed_out(row, of_claim.get(row.id, []), sign=sign) for row in rows]
    return success({"claims": claims, "pagination": pagination(query.number, query.size, total=total)})


@door.get("/{claim_id}", permission=Shield.CLAIMS_READ, errors=[rules.ClaimNotFound])
async def get_claim(claim_id: ShownId, db: Db, call: Call) -> Success[DetailOut]:
    """A claim with its history, documents and notes, and the facts that decide it."""
    row, moves, found, notes = await together(
        listing.get_detail(db, claim_id),
        listing.list_history(db, claim_id),
        documents.list_of_claims(db, [claim_id]),
        listing.list_notes(db, claim_id),
    )
    sign = signer(call, FILES)
    return success(detail_out(row, moves, documents=[verified_document_out(one, sign) for one in found], notes=notes))


@door.patch(
    "/{claim_id}",
    permission=Shield.CLAIMS_WRITE,
    audit=[ClaimAct.STATUS_UPDATE, ClaimAct.AMOUNT_UPDATE, ClaimAct.ASSIGNED, ClaimAct.NOTE_ADDED],
    errors=[
        rules.ClaimNotFound,
        rules.AdminNotFound,
        rules.MayNotApprove,
        rules.IllegalMove,
        rules.PaidByPayouts,
        rules.AmountMissing,
        rules.AmountOfUnapproved,
        rules.AboveRequested,
        rules.AboveCoverage,
        rules.BelowPayouts,
        rules.HasLivePayouts,
        rules.DoesNotHandleClaims,
    ],
)
async def update_claim(claim_id: ShownId, body: UpdateIn, tx: Tx) -> Success[UpdatedOut]:
    """Move a claim, set its approved amount, assign it, keep a note; what is not sent stays."""
    wanted = ClaimUpdate(
        status=body.status,
        amount_minor=body.amount_approved,
        notes=body.notes,
        reason=body.change_reason,
        assigns="assigned_to" in body.model_fields_set,
        assignee=body.assigned_to,
    )
    claim, entry = await actions.update_claim(tx, claim_id, wanted)
    return success(
        {
            "claim_id": claim_id,
            "status": claim.status,
            "amount_approved": dollars_or_none(claim.amount_approved_minor),
            "audit_entry": audited_out(entry, await get_admin(tx, tx.actor.id)) if entry else None,
        }
    )


@door.post(
    "/{claim_id}/notes",
    permission=Shield.CLAIMS_WRITE,
    audit=[ClaimAct.NOTE_ADDED],
    errors=[rules.ClaimNotFound],
    status=201,
)
async def add_claim_note(claim_id: ShownId, body: NoteIn, tx: Tx) -> Success[NoteOut]:
    """Keep a note with a claim; internal unless said otherwise."""
    noted = await actions.add_note(tx, claim_id, body.content, is_internal=body.internal)
    admin = await get_admin(tx, tx.actor.id)
    return success(note_out(noted, admin.public_id, author_name=admin.full_name))


@door.patch(
    "/{claim_id}/documents/{document_id}",
    permission=Shield.CLAIMS_WRITE,
    audit=[ClaimAct.DOCUMENT_VERIFIED],
    errors=[rules.ClaimNotFound, rules.DocumentNotFound],
)
async def verify_document(
    claim_id: ShownId, document_id: ShownId, body: VerifyIn, tx: Tx, call: Call
) -> Success[VerifiedOut]:
    """Mark a document as verified, or take that back."""
    row, entry = await actions.verify_document(tx, claim_id, document_id, verified=body.verified)
    audited = audited_out(entry, await get_admin(tx, tx.actor.id)) if entry else None
    document = verified_document_out(row, signer(call, FILES))
    return success({"claim_id": claim_id, "document": document, "audit_entry": audited})


@files_door.get(
    "/{file_id}",
    public="the signature in the link is the proof, so that a browser can show the document",
    errors=[LinkNotGenuine, FileNotThere],
)
async def get_document_file(file_id: FileId, query: FileQuery, call: Call) -> Response:
    """A document of a claim, to whoever holds its link; links live an hour."""
    return await opened(call, FILES, file_id=file_id, query=query, shown=SIGNATURES)
