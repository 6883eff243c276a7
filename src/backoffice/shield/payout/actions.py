"""The moves of a payout that several capabilities make: completed, failed, held, let go on; each inside one write.

Every action locks the member first, then the claim, then the payout, then the bank account.
"""

from datetime import datetime

from backoffice.kernel.database import together
from backoffice.kernel.money import dollars
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.shield.claim import actions as claim_actions
from backoffice.shield.claim import store as claims
from backoffice.shield.claim.store import ClaimRow
from backoffice.shield.events import Event
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.payout import attempts, rules, store
from backoffice.shield.payout.attempts import AttemptRow
from backoffice.shield.payout.rules import AttemptStatus, PayoutAct, Status
from backoffice.shield.payout.store import PayoutRow


async def lock(tx: Tx, payout_id: str) -> tuple[PayoutRow, ClaimRow]:
    """The payout and its claim, held with their member until this write ends."""
    belongs = await store.get_belongings(tx, payout_id)
    _, claim, payout = await together(
        members.lock_member(tx, belongs.member_id),
        claims.lock_claim(tx, belongs.claim_id),
        store.lock_payout(tx, payout_id),
    )
    return payout, claim


async def lock_of(tx: Tx, attempt: AttemptRow) -> tuple[PayoutRow, AttemptRow | None, bool]:
    """The payout of a try, held; the try as it is now; and whether another was made after it."""
    payout, _ = await lock(tx, attempt.payout_id)
    current, superseded = await together(attempts.find_attempt(tx, attempt.id), attempts.has_newer(tx, attempt))
    return payout, current, superseded


async def move(tx: Tx, payout: PayoutRow, act: PayoutAct, *, to: Status, reason: str | None) -> None:
    """To processing, failed or cancelled. The caller has checked that it may."""
    await store.set_status(tx, payout, to)
    audit(tx, act, payout, to=to, reason=reason)


async def complete(tx: Tx, payout: PayoutRow, *, reason: str | None) -> None:
    """The money has arrived: its claim follows, and the platform is told."""
    told = {"payout_id": payout.id, "user_id": payout.member_id, "amount": dollars(payout.amount_minor)}
    await publish(tx, Event.PAYOUT_COMPLETED, told, beside=store.set_completed(tx, payout))
    audit(tx, PayoutAct.COMPLETED, payout, to=Status.COMPLETED, reason=reason)
    await claim_actions.follow_payouts(tx, payout.claim_id)


async def fail_returned(tx: Tx, attempt: AttemptRow, *, code: str) -> PayoutRow | None:
    """The bank sent the money back, even after it counted as completed: the claim is open to pay again.

    Returns the payout as it was before; None when this try is known to have come back. What was paid another way
    since then stays paid.
    """
    return await _fail(tx, attempt, AttemptStatus.RETURNED, code=code, reason=code)


async def fail_rejected(tx: Tx, attempt: AttemptRow, *, because: str) -> PayoutRow | None:
    """The bank took nothing of the file that this try was in, even where that came to light after its settlement.

    Returns the payout as it was before; None when that is known, or the try came back by itself.
    """
    return await _fail(tx, attempt, AttemptStatus.REJECTED, reason=because)


async def _fail(
    tx: Tx, attempt: AttemptRow, to: AttemptStatus, *, reason: str, code: str | None = None
) -> PayoutRow | None:
    payout, current, superseded = await lock_of(tx, attempt)
    if current is None or to not in rules.ATTEMPT_TRANSITIONS[current.status]:
        return None
    await attempts.set_ended(tx, attempt.id, to, code=code)
    tx.record(f"payout {to}", payout.id)
    if not superseded and Status.FAILED in rules.TRANSITIONS[payout.status]:
        await _set_failed(tx, payout, reason=reason)
    return payout


async def fail_decided(tx: Tx, attempt: AttemptRow, *, code: str, reason: str) -> None:
    """Somebody who asked the bank says that the money of this try is back, although no rule knows it by its record."""
    payout, current, superseded = await lock_of(tx, attempt)
    if current is None or superseded or Status.FAILED not in rules.TRANSITIONS[payout.status]:
        raise rules.IllegalMove(status=payout.status, to=Status.FAILED)
    if AttemptStatus.RETURNED in rules.ATTEMPT_TRANSITIONS[current.status]:
        await attempts.set_ended(tx, attempt.id, AttemptStatus.RETURNED, code=code)
    await _set_failed(tx, payout, reason=reason)


async def _set_failed(tx: Tx, payout: PayoutRow, *, reason: str) -> None:
    await move(tx, payout, PayoutAct.FAILED, to=Status.FAILED, reason=reason)
    if payout.status is Status.COMPLETED:
        await claim_actions.follow_payouts(tx, payout.claim_id)


async def hold_pending(tx: Tx, member_id: str, because: str, *, until: datetime | None = None) -> int:
    """Let none of the member's pending payouts leave: until then, or, without an end, until each is cancelled.

    The caller holds the member. Returns how many are held now.
    """
    held = await store.set_all_held(tx, member_id, because, until=until)
    for payout_id in held:
        after = {"held_until": until}
        tx.audit(PayoutAct.HELD, payout_id, after=after, reason=because, person=member_rules.person(member_id))
    return len(held)


async def release(tx: Tx, member_id: str, payout_ids: list[str], *, account_id: str, version: int) -> None:
    """Let these pending payouts go to the account as it is now. The caller holds the member and has decided it."""
    await store.set_released(tx, payout_ids, account_id=account_id, version=version)
    for payout_id in payout_ids:
        after = {"bank_account_version": version}
        tx.audit(PayoutAct.RELEASED, payout_id, after=after, person=member_rules.person(member_id))


def audit(tx: Tx, act: PayoutAct, payout: PayoutRow, *, to: Status, reason: str | None) -> None:
    """The move that was just made, in the log of its member."""
    tx.audit(
        act,
        payout.id,
        before={"status": payout.status},
        after={"status": to},
        reason=reason,
        person=member_rules.person(payout.member_id),
    )
