"""Agreeing to an act, and taking back what can't happen any more. The subject's own row is held by whoever calls."""

from uuid import UUID

from backoffice.kernel.approval import rules, store
from backoffice.kernel.approval.rules import ApprovalAct, Proposal, Standing, Status
from backoffice.kernel.database import together
from backoffice.kernel.errors import Refusal
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.identity.step_up import MfaRequired, StepUpRequired, require_proof
from backoffice.kernel.web.product import product_of
from backoffice.kernel.write import Tx

VOTE_ERRORS: tuple[type[Refusal], ...] = (rules.AgreedAlready, rules.NotIndependent, MfaRequired, StepUpRequired)
"""What a door where somebody may agree to something may answer."""


async def agree(tx: Tx, proposal: Proposal) -> Standing:
    """Whoever acts agrees to exactly this. Reached, the approval is used up and the act belongs into this write.

    What others agreed to before counts only if it was the same in everything, and they may still agree; what doesn't
    count is taken back. Whoever may not agree themselves only asks the others, and their write records what for.
    Whose vote completes it has proved their second factor just now. AgreedAlready, NotIndependent, MfaRequired,
    StepUpRequired.
    """
    approval_id = await _open(tx, proposal)
    if proposal.permission and not tx.actor.can(proposal.permission):
        return Standing(required=proposal.quorum, received=await store.count_votes(tx, approval_id))
    standing = await _vote(tx, approval_id, proposal)
    if standing.is_reached:
        await require_proof(tx, tx.actor)
        if await store.know_first_passwords(tx, approval_id):
            raise rules.NotIndependent(days=rules.STRANGERS_AFTER.days)
        await store.set_ended(tx, approval_id, Status.USED)
    return standing


async def _open(tx: Tx, proposal: Proposal) -> UUID:
    """The approval that is open for exactly this, or a new one; one for anything else of the same is void."""
    found = await store.lock_open(tx, proposal)
    if found is not None and (found.is_late or found.digest != store.digest_of(proposal)):
        ended = Status.EXPIRED if found.is_late else Status.VOID
        await store.set_ended(tx, found.id, ended)
        tx.audit(ApprovalAct.VOIDED, found.id, after={"act": proposal.act, "subject": proposal.subject, "why": ended})
        found = None
    approval_id = found.id if found else await store.insert_approval(tx, uuid7(), proposal)
    assert approval_id is not None, "the subject is held: nobody opens another meanwhile"
    return approval_id


async def _vote(tx: Tx, approval_id: UUID, proposal: Proposal) -> Standing:
    """How far it is with this vote, and without those of people who may not agree any more. AgreedAlready."""
    roles = product_of(tx.actor.product).roles_with(proposal.permission)
    _, _, lapsed, voted, received = await together(
        store.hold_voters(tx, approval_id),
        store.hold_roles(tx, approval_id),
        store.delete_lapsed(tx, approval_id, proposal, roles=roles),
        store.insert_vote(tx, approval_id),
        store.count_votes(tx, approval_id),
    )
    if voted is None:
        raise rules.AgreedAlready
    told = {"act": proposal.act, "subject": proposal.subject, "received": received, "required": proposal.quorum}
    tx.audit(ApprovalAct.AGREED, approval_id, after=told | ({"lapsed": lapsed} if lapsed else {}))
    return Standing(required=proposal.quorum, received=received)


async def withdraw(tx: Tx, act: str, subject: str) -> None:
    """The act can't happen any more: what was agreed to is void. Nothing where nobody agreed yet."""
    found = await store.lock_open(tx, Proposal(act, subject, {}))
    if found is not None:
        await store.set_ended(tx, found.id, Status.VOID)
        tx.audit(ApprovalAct.VOIDED, found.id, after={"act": act, "subject": subject, "why": Status.VOID})
