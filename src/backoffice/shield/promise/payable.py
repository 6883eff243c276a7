"""What stands between a claim and its payment: asked when a payout is promised, when it leaves, when it is completed.

Callers hold the member, the claim and the payout.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from backoffice.kernel.database import together
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account import store as accounts
from backoffice.shield.bank_account import versions
from backoffice.shield.bank_account.rules import Unconfirmed
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.claim import cover
from backoffice.shield.claim.rules import Status as ClaimStatus
from backoffice.shield.claim.store import ClaimRow
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.payout.rules import ACCOUNT_CHANGED, Method
from backoffice.shield.payout.store import PayoutRow
from backoffice.shield.promise import rules
from backoffice.shield.promise import store as promises

Thresholds = Mapping[str, int]
"""Above which amount, in minor units, two people are needed, by currency."""


@dataclass(frozen=True, slots=True)
class WantedPayout:
    claim_id: str
    amount_minor: int
    method: Method
    notes: str | None


async def check_promise(tx: Tx, claim: ClaimRow, wanted: WantedPayout, *, thresholds: Thresholds) -> AccountRow | None:
    """Everything that stands between a claim and a payment by whoever acts. The account to pay to; none for a check."""
    if claim.status is not ClaimStatus.APPROVED:
        raise rules.ClaimNotPayable(claim_id=claim.id, status=claim.status)
    await _check_bank_is_answered(tx, claim)
    if await promises.has_lost_payout(tx, claim.id):
        raise rules.LeftBeforeRestore
    live, own, left = await together(
        cover.sum_live_payouts(tx, claim.id),
        promises.sum_of_person(tx, claim, tx.actor.id, since=rules.since_own_change(datetime.now(UTC))),
        members.find_why_left(tx, claim.member_id),
    )
    amount = wanted.amount_minor
    rules.check_sum(claim.id, approved=claim.amount_approved_minor, live=live, amount=amount)
    threshold = rules.threshold_of(thresholds, rules.CURRENCY)
    rules.check_two_people(
        payer=tx.actor.id, approver=claim.approved_by, together_minor=own + amount, threshold_minor=threshold
    )
    if left in member_rules.HOLDS_PAYOUTS:
        raise rules.MemberBarred(reason=left)
    if wanted.method is Method.CHECK:
        return None
    await _check_not_own(tx, claim.member_id)
    account = await _lock_account(tx, claim.member_id)
    if not await versions.is_destination(tx, claim.id, promised=None):
        raise Unconfirmed
    return account


async def check_leaving(tx: Tx, payout: PayoutRow, claim: ClaimRow) -> AccountRow:
    """What must hold once more when the money of a pending payout leaves. The account it goes to, held."""
    if claim.status is not ClaimStatus.APPROVED:
        raise rules.ClaimNotPayable(claim_id=claim.id, status=claim.status)
    rules.check_not_held(payout.held_because, payout.held_until, now=datetime.now(UTC))
    if await promises.has_open_exception(tx, claim.id):
        raise rules.ExceptionOpen
    return await _lock_account(tx, payout.member_id)


async def check_left_by_hand(tx: Tx, payout: PayoutRow, claim: ClaimRow) -> AccountRow | None:
    """A payment that was made outside every rail had to go where one by rail may go. No account for a check."""
    if payout.method is Method.CHECK:
        if await promises.has_open_exception(tx, claim.id):
            raise rules.ExceptionOpen
        rules.check_not_held(payout.held_because, payout.held_until, now=datetime.now(UTC))
        return None
    account = await check_leaving(tx, payout, claim)
    await _check_not_own(tx, payout.member_id)
    if await promiser_changed_account(tx, payout):
        raise rules.PayoutHeld(because=rules.PROMISER_CHANGED_ACCOUNT)
    if not await is_promised(tx, payout):
        raise rules.PayoutHeld(because=ACCOUNT_CHANGED)
    return account


async def is_promised(tx: Tx, payout: PayoutRow) -> bool:
    """Whether the account is still the one that was approved and promised, or was confirmed since."""
    return await versions.is_destination(tx, payout.claim_id, promised=payout.account_version)


async def _check_bank_is_answered(tx: Tx, claim: ClaimRow) -> None:
    """What the bank sent about the claim's payouts is decided, and not by whoever pays once more because of it."""
    is_open, is_own = await together(
        promises.has_open_exception(tx, claim.id), promises.has_decided_exception(tx, claim.id, staff_id=tx.actor.id)
    )
    if is_open:
        raise rules.ExceptionOpen
    if is_own:
        raise rules.OwnReturn


async def promiser_changed_account(tx: Tx, payout: PayoutRow) -> bool:
    """Whether somebody who promised the payout changed the account it goes to, before or afterwards."""
    promisers = await promises.list_promisers(tx, payout.id)
    since = rules.since_own_change(datetime.now(UTC))
    return await promises.has_changed_account(tx, payout.member_id, staff_ids=promisers, since=since)


async def _check_not_own(tx: Tx, member_id: str) -> None:
    since = rules.since_own_change(datetime.now(UTC))
    if await promises.has_changed_account(tx, member_id, staff_ids=[tx.actor.id], since=since):
        raise rules.OwnAccountChange


async def _lock_account(tx: Tx, member_id: str) -> AccountRow:
    account = await accounts.lock_account_of(tx, member_id)
    if account is None:
        raise rules.NoBankAccount
    rules.check_account(
        verified_at=account.verified_at,
        hold_until=account.hold_until,
        correction=account.correction_pending,
        now=datetime.now(UTC),
    )
    return account
