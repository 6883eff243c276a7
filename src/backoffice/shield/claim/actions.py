"""What the platform, staff and payouts do with claims. Each runs inside one write.

Whoever approves holds the member first, then the claim: two approvals for one member wait for each other.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from backoffice.kernel.audit.entry import Entry, personal
from backoffice.kernel.database import together
from backoffice.kernel.identifiers import new_id, shown, uuid_in
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.shield.claim import cover, documents, rules, store
from backoffice.shield.claim.documents import DocumentRow, NewDocument
from backoffice.shield.claim.rules import ClaimAct, Status
from backoffice.shield.claim.store import ClaimRow, Note
from backoffice.shield.events import Event
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members

SAME = ("member_id", "type", "reason", "termination_date", "amount_requested_minor")
"""What a claim that is submitted again must repeat."""


@dataclass(frozen=True, slots=True)
class ClaimUpdate:
    """What staff want of a claim; None leaves it as it is. `assigns` tells assigning to nobody from not assigning."""

    status: Status | None = None
    amount_minor: int | None = None
    notes: str | None = None
    reason: str | None = None
    assigns: bool = False
    assignee: str | None = None


@dataclass(slots=True)
class Changes:
    """Both sides of what changed, by the contract's names, and what the act is called."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    acts: list[ClaimAct] = field(default_factory=list)

    def note(self, act: ClaimAct, name: str, *, old: Any, new: Any) -> None:
        self.acts.append(act)
        self.before[name], self.after[name] = old, new


async def submit_claim(tx: Tx, new: ClaimRow) -> ClaimRow:
    """A claim as the platform sends it, under the plan of the day work was lost. Said again, it changes nothing.

    `new` has neither id nor plan yet. MemberNotFound, NeverInsured, ClaimKnown.
    """
    await members.lock_member(tx, new.member_id)
    plan_id = await cover.find_plan_id(tx, new.member_id, at=new.termination_date)
    if plan_id is None:
        raise rules.NeverInsured(user_id=new.member_id)
    new = replace(new, id=new_id("claim"), plan_id=plan_id)
    submitted_at = await store.insert_claim(tx, new)
    if submitted_at is None:
        known = await store.get_by_external_id(tx, new.external_id or "")
        if any(getattr(known, name) != getattr(new, name) for name in SAME):
            raise rules.ClaimKnown(external_id=new.external_id or "")
        return known
    tx.audit(
        ClaimAct.SUBMITTED,
        new.id,
        after={"status": Status.PENDING, "amount_requested": new.amount_requested_minor},
        person=member_rules.person(new.member_id),
    )
    return replace(new, submitted_at=submitted_at)


async def add_document(tx: Tx, claim_id: str, new: NewDocument) -> DocumentRow:
    """Keep what the member sent with their claim. The very same bytes are one document, however often they are sent."""
    claim = await store.lock_claim(tx, claim_id)
    document_id = new_id("doc")
    if await documents.insert_document(tx, claim_id, new, document_id=document_id) is not None:
        tx.audit(
            ClaimAct.DOCUMENT_ADDED,
            claim_id,
            after={"document_id": document_id, "type": new.type, "sha256": new.sha256.hex()},
            person=member_rules.person(claim.member_id),
        )
    return await documents.get_by_content(tx, claim_id, new.sha256)


async def update_claim(tx: Tx, claim_id: str, wanted: ClaimUpdate) -> tuple[ClaimRow, Entry | None]:
    """Move a claim, set its approved amount, assign it, keep a note: all that is wanted or nothing.

    What is so already changes nothing; where nothing changes, nothing is recorded: there is no entry.
    """
    _, claim = await together(store.lock_member_of(tx, claim_id), store.lock_claim(tx, claim_id))
    changes = Changes()
    await _decide(tx, claim, wanted, changes=changes)
    if wanted.assigns:
        await _assign(tx, claim, wanted.assignee, changes=changes)
    if wanted.notes is not None and ClaimAct.STATUS_UPDATE not in changes.acts:
        noted = await store.insert_note(tx, claim_id, wanted.notes, note_id=new_id("note"), is_internal=True)
        changes.note(ClaimAct.NOTE_ADDED, "notes", old=None, new=personal(noted.content))
    if not changes.acts:
        return claim, None
    if claim.status is Status.APPROVED:
        _, now = await _settle(tx, claim_id)
    else:
        now = await store.lock_claim(tx, claim_id)
    if now.status is not claim.status:
        changes.note(ClaimAct.STATUS_UPDATE, "status", old=claim.status, new=now.status)
    entry = tx.audit(
        min(changes.acts, key=list(ClaimAct).index),
        claim_id,
        before=changes.before,
        after=changes.after,
        reason=wanted.reason,
        person=member_rules.person(claim.member_id),
    )
    return now, entry


async def _decide(tx: Tx, claim: ClaimRow, wanted: ClaimUpdate, *, changes: Changes) -> None:
    """Its state and its approved amount."""
    to, amount = wanted.status or claim.status, wanted.amount_minor
    moves, is_new_amount = to is not claim.status, amount not in (None, claim.amount_approved_minor)
    if moves:
        rules.check_move_by_hand(claim.status, to)
    elif not is_new_amount:
        return
    if to is Status.APPROVED:
        amount = await _approved_amount(tx, claim, amount)
        approver: int | None = rules.approver(
            tx.actor.id, amount, known=claim.approved_by, now_approved=claim.amount_approved_minor
        )
    else:
        await _check_unapproved(tx, claim, to, amount)
        amount, approver = None, None
    await store.set_decision(tx, claim, to, amount_minor=amount, approved_by=approver)
    if moves:
        await _note_move(tx, claim, to, notes=wanted.notes)
        changes.note(ClaimAct.STATUS_UPDATE, "status", old=claim.status, new=to)
    if amount != claim.amount_approved_minor:
        changes.note(ClaimAct.AMOUNT_UPDATE, "amount_approved", old=claim.amount_approved_minor, new=amount)


async def _approved_amount(tx: Tx, claim: ClaimRow, amount: int | None) -> int:
    """The amount, if this person may approve it and coverage and payouts leave it."""
    rules.check_may_approve(tx.actor)
    if amount is None:
        raise rules.AmountMissing
    remaining, live = await together(cover.get_remaining_coverage(tx, claim.id), cover.sum_live_payouts(tx, claim.id))
    rules.check_amount(
        amount,
        now_approved=claim.amount_approved_minor or 0,
        requested=claim.amount_requested_minor,
        remaining=remaining,
        live=live,
    )
    return amount


async def _check_unapproved(tx: Tx, claim: ClaimRow, to: Status, amount: int | None) -> None:
    """Only an approved claim has an amount, and none is taken back from under a payout."""
    if amount is not None:
        raise rules.AmountOfUnapproved(status=to)
    live = await cover.sum_live_payouts(tx, claim.id)
    if live:
        raise rules.HasLivePayouts(live=rules.spoken(live))


async def _assign(tx: Tx, claim: ClaimRow, admin_id: str | None, *, changes: Changes) -> None:
    """To whoever handles claims, or to nobody."""
    staff_id = None
    if admin_id is not None:
        public_id = uuid_in("admin", admin_id)
        handler = await store.find_handler(tx, public_id) if public_id else None
        if handler is None:
            raise rules.AdminNotFound(admin_id=admin_id)
        rules.check_handles_claims(admin_id, handler.role, is_active=handler.is_active)
        staff_id = handler.id
    if staff_id == claim.assigned_to:
        return
    before = None if claim.assigned_to is None else shown("admin", await store.get_public_id(tx, claim.assigned_to))
    await store.set_assigned(tx, claim.id, staff_id)
    changes.note(ClaimAct.ASSIGNED, "assigned_to", old=before, new=admin_id)


async def add_note(tx: Tx, claim_id: str, content: str, *, is_internal: bool) -> Note:
    """Keep a note of staff with the claim."""
    claim = await store.lock_claim(tx, claim_id)
    noted = await store.insert_note(tx, claim_id, content, note_id=new_id("note"), is_internal=is_internal)
    tx.audit(
        ClaimAct.NOTE_ADDED,
        claim_id,
        after={"note_id": noted.id, "notes": personal(content), "internal": is_internal},
        person=member_rules.person(claim.member_id),
    )
    return noted


async def verify_document(
    tx: Tx, claim_id: str, document_id: str, *, verified: bool
) -> tuple[DocumentRow, Entry | None]:
    """Say that a document proves what it should, or that it does not after all. No entry where that is known."""
    claim = await store.lock_claim(tx, claim_id)
    document = await documents.lock_document(tx, claim_id, document_id)
    if verified is (document.verified_at is not None):
        return document, None
    await documents.set_verified(tx, document_id, tx.actor.id if verified else None)
    before, after = ({"document_id": document_id, "verified": one} for one in (not verified, verified))
    about = member_rules.person(claim.member_id)
    entry = tx.audit(ClaimAct.DOCUMENT_VERIFIED, claim_id, before=before, after=after, person=about)
    return await documents.lock_document(tx, claim_id, document_id), entry


async def follow_payouts(tx: Tx, claim_id: str) -> None:
    """A payout of the claim was completed, or came back: paid once completed payouts reach the approved amount.

    Called by payouts inside their write, which holds the member.
    """
    was, now = await _settle(tx, claim_id)
    if now.status is not was.status:
        tx.audit(
            ClaimAct.STATUS_UPDATE,
            claim_id,
            before={"status": was.status},
            after={"status": now.status},
            reason=rules.REACHED if now.status is Status.PAID else rules.CAME_BACK,
            person=member_rules.person(was.member_id),
        )


async def _settle(tx: Tx, claim_id: str) -> tuple[ClaimRow, ClaimRow]:
    """Make the claim say what its completed payouts come to. Returns it as it was and as it is then."""
    claim, completed = await together(store.lock_claim(tx, claim_id), cover.sum_completed_payouts(tx, claim_id))
    to = rules.settled(claim.status, approved=claim.amount_approved_minor, completed=completed)
    if to is claim.status and completed == claim.amount_paid_minor:
        return claim, claim
    await store.set_paid(tx, claim, to, paid_minor=completed)
    if to is not claim.status:
        await _note_move(tx, claim, to, notes=rules.REACHED if to is Status.PAID else rules.CAME_BACK)
    tx.record("claim settled", claim_id)
    return claim, replace(claim, status=to, amount_paid_minor=completed)


async def _note_move(tx: Tx, claim: ClaimRow, to: Status, *, notes: str | None) -> None:
    """The claim's history says who moved it; other systems hear of it."""
    await publish(
        tx,
        Event.CLAIM_STATUS_CHANGED,
        {"claim_id": claim.id, "user_id": claim.member_id, "old_status": claim.status, "new_status": to},
        beside=store.insert_history(tx, claim.id, to, notes=notes),
    )
