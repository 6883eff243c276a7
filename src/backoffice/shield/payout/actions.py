"""Moving money: the one place where a payout is made, cancelled, tried again, completed or failed, inside one write.

Every action locks the member first, then the claim, then the payout, then the bank account.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from psycopg.errors import CheckViolation

from backoffice.kernel.database import Tx, together
from backoffice.shield.bank_account import store as accounts
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.claim import actions as claim_actions
from backoffice.shield.claim import store as claims
from backoffice.shield.claim.rules import Status as ClaimStatus
from backoffice.shield.claim.store import ClaimRow
from backoffice.shield.identifiers import new_id
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.payout import attempts, rules, store
from backoffice.shield.payout.attempts import AttemptRow, NewAttempt, Snapshot
from backoffice.shield.payout.rules import AttemptStatus, Method, PayoutAct, RailName, Status
from backoffice.shield.payout.store import NewPayout, PayoutRow
from backoffice.shield.permissions import Shield

Thresholds = Mapping[str, int]
"""Above which amount, in minor units, two people are needed, by currency."""


@dataclass(frozen=True, slots=True)
class Wanted:
    claim_id: str
    amount_minor: int
    method: Method
    notes: str | None


async def create_payout(tx: Tx, wanted: Wanted, *, thresholds: Thresholds) -> str:
    """Promise this much of an approved claim. Returns the payout's id; nothing has left yet."""
    rules.check_amount(wanted.method, wanted.amount_minor)
    member_id = await store.find_claimant(tx, wanted.claim_id)
    if member_id is not None:
        await members.lock_member(tx, member_id)
    claim = await claims.lock_claim(tx, wanted.claim_id)
    account = await _check_payable(tx, claim, wanted, thresholds=thresholds)
    payout_id = new_id("payout")
    with _sum_kept(claim):
        await store.insert_payout(
            tx,
            NewPayout(
                id=payout_id,
                claim_id=claim.id,
                member_id=claim.member_id,
                bank_account_id=account.id if account else None,
                amount_minor=wanted.amount_minor,
                method=wanted.method,
                notes=wanted.notes,
                estimated_arrival=_arrival(wanted.method),
            ),
        )
    facts = {"claim_id": claim.id, "amount": wanted.amount_minor, "method": wanted.method, "status": Status.PENDING}
    tx.audit(
        PayoutAct.CREATED, payout_id, after=facts, reason=wanted.notes, person=member_rules.person(claim.member_id)
    )
    return payout_id


async def cancel_payout(tx: Tx, payout_id: str, *, reason: str) -> None:
    """Take back the promise, as long as nothing has left."""
    payout, _ = await _lock(tx, payout_id)
    rules.check_move(payout.status, Status.CANCELLED)
    await store.set_status(tx, payout, Status.CANCELLED)
    _audit(tx, PayoutAct.CANCELLED, payout, to=Status.CANCELLED, reason=reason)


async def retry_payout(tx: Tx, payout_id: str, *, reason: str, thresholds: Thresholds) -> None:
    """Promise a failed payout anew, to the account the member has now. All that binds a new payout binds this one."""
    payout, claim = await _lock(tx, payout_id)
    rules.check_move(payout.status, Status.PENDING)
    wanted = Wanted(claim.id, payout.amount_minor, payout.method, notes=None)
    account = await _check_payable(tx, claim, wanted, thresholds=thresholds)
    account_id = account.id if account else None
    with _sum_kept(claim):
        await store.set_pending_again(tx, payout, bank_account_id=account_id, estimated_arrival=_arrival(payout.method))
    _audit(tx, PayoutAct.RETRIED, payout, to=Status.PENDING, reason=reason)


async def complete_by_hand(tx: Tx, payout_id: str, *, reason: str) -> None:
    """Say that the money has arrived: by somebody who did not create the payout."""
    if not tx.actor.can(Shield.PAYOUTS_COMPLETE):
        raise rules.MayNotComplete
    payout, _ = await _lock(tx, payout_id)
    rules.check_move(payout.status, Status.COMPLETED)
    if payout.created_by == tx.actor.id:
        raise rules.OwnPayout
    rules.check_not_held(payout.held_because, payout.held_until, now=datetime.now(UTC))
    await _complete(tx, payout, reason=reason)


async def complete_by_rail(tx: Tx, attempt: AttemptRow) -> None:
    """The day of settlement came and nothing came back. What staff completed before stays as it is."""
    payout, _ = await _lock(tx, attempt.payout_id)
    if payout.status is Status.PROCESSING:
        await _complete(tx, payout, reason=None)


async def _complete(tx: Tx, payout: PayoutRow, *, reason: str | None) -> None:
    settled = await attempts.set_open_settled(tx, payout.id)
    if settled is None:
        account = None if payout.method is Method.CHECK else await accounts.lock_account_of(tx, payout.member_id)
        await attempts.insert_attempt(tx, _by_hand(payout, account))
    await store.set_completed(tx, payout)
    _audit(tx, PayoutAct.COMPLETED, payout, to=Status.COMPLETED, reason=reason)
    await claim_actions.record_paid(tx, payout.claim_id)


def _by_hand(payout: PayoutRow, account: AccountRow | None) -> NewAttempt:
    """The record of a payment made outside every rail: where to, but no numbers, for nothing was sent from here."""
    return NewAttempt(
        id=new_id("attempt"),
        payout_id=payout.id,
        rail=RailName.BY_HAND,
        status=AttemptStatus.SETTLED,
        to=Snapshot(
            bank_name=account.bank_name,
            account_holder_name=account.account_holder_name,
            account_type=account.account_type,
            account_last_four=account.account_last_four,
            routing_last_four=account.routing_last_four,
        )
        if account
        else None,
        trace_number=None,
    )


async def fail_returned(tx: Tx, attempt: AttemptRow, *, code: str) -> PayoutRow | None:
    """The bank sent the money back, even after it counted as completed: the claim is open to pay again.

    Returns the payout as it was before; None when this try is known to have come back. What was paid another way
    since then stays paid.
    """
    payout, _ = await _lock(tx, attempt.payout_id)
    current, superseded = await together(attempts.find_attempt(tx, attempt.id), attempts.has_newer(tx, attempt))
    if current is None or current.status not in {AttemptStatus.SENT, AttemptStatus.SETTLED}:
        return None
    await attempts.set_returned(tx, attempt.id, code)
    tx.record("payout returned", payout.id)
    if not superseded and Status.FAILED in rules.TRANSITIONS[payout.status]:
        await store.set_status(tx, payout, Status.FAILED)
        _audit(tx, PayoutAct.FAILED, payout, to=Status.FAILED, reason=code)
        if payout.status is Status.COMPLETED:
            await claim_actions.record_unpaid(tx, payout.claim_id)
    return payout


async def begin_processing(tx: Tx, payout_id: str) -> tuple[PayoutRow, AccountRow] | None:
    """Hold a payout for leaving now, with the account it goes to; None when it may not leave (any more).

    Everything is checked again: an account changed by the payout's creator since then holds it for somebody to look.
    """
    payout, claim = await _lock(tx, payout_id)
    account = await accounts.lock_account_of(tx, payout.member_id)
    now = datetime.now(UTC)
    if account is None or payout.status is not Status.PENDING or claim.status is not ClaimStatus.APPROVED:
        return None
    try:
        rules.check_not_held(payout.held_because, payout.held_until, now=now)
        rules.check_account(
            verified_at=account.verified_at,
            hold_until=account.hold_until,
            correction=account.correction_pending,
            now=now,
        )
    except (rules.PayoutHeld, rules.AccountOnHold, rules.AccountUnverified, rules.CorrectionPending):
        return None
    if await _creator_changed_account(tx, payout, now):
        await store.set_held(tx, payout.id, rules.CREATOR_CHANGED_ACCOUNT)
        tx.record("payout held", payout.id)
        return None
    await store.set_status(tx, payout, Status.PROCESSING)
    tx.record("payout processing", payout.id)
    return payout, account


async def _creator_changed_account(tx: Tx, payout: PayoutRow, now: datetime) -> bool:
    if payout.created_by is None:
        return False
    since = rules.since_own_change(now)
    return await store.has_changed_account(tx, payout.member_id, staff_id=payout.created_by, since=since)


async def hold_pending(tx: Tx, member_id: str, because: str, *, until: datetime | None = None) -> int:
    """Let none of the member's pending payouts leave: until then, or, without an end, until each is cancelled.

    The caller holds the member and audits why. Returns how many are held now.
    """
    held = await store.set_all_held(tx, member_id, because, until=until)
    for payout_id in held:
        tx.record("payout held", payout_id)
    return len(held)


async def _lock(tx: Tx, payout_id: str) -> tuple[PayoutRow, ClaimRow]:
    belongs = await store.get_belongings(tx, payout_id)
    _, claim, payout = await together(
        members.lock_member(tx, belongs.member_id),
        claims.lock_claim(tx, belongs.claim_id),
        store.lock_payout(tx, payout_id),
    )
    return payout, claim


async def _check_payable(tx: Tx, claim: ClaimRow, wanted: Wanted, *, thresholds: Thresholds) -> AccountRow | None:
    """Everything that stands between a claim and a payment by whoever acts. The account to pay to; none for a check."""
    if claim.status is not ClaimStatus.APPROVED:
        raise rules.ClaimNotPayable(claim_id=claim.id, status=claim.status)
    live, left = await together(store.live_sum(tx, claim.id), members.find_deactivation(tx, claim.member_id))
    amount = wanted.amount_minor
    rules.check_sum(claim.id, approved=claim.amount_approved_minor, live=live, amount=amount)
    threshold = rules.threshold_of(thresholds, rules.CURRENCY)
    rules.check_two_people(
        payer=tx.actor.id, approver=claim.approved_by, together_minor=live + amount, threshold_minor=threshold
    )
    if left is not None and left.took_effect_at is not None and left.reason in member_rules.HOLDS_PAYOUTS:
        raise rules.MemberBarred(reason=left.reason)
    return None if wanted.method is Method.CHECK else await _check_account(tx, claim.member_id)


async def _check_account(tx: Tx, member_id: str) -> AccountRow:
    account = await accounts.lock_account_of(tx, member_id)
    if account is None:
        raise rules.NoBankAccount
    now = datetime.now(UTC)
    if await store.has_changed_account(tx, member_id, staff_id=tx.actor.id, since=rules.since_own_change(now)):
        raise rules.OwnAccountChange
    rules.check_account(
        verified_at=account.verified_at, hold_until=account.hold_until, correction=account.correction_pending, now=now
    )
    return account


@contextmanager
def _sum_kept(claim: ClaimRow) -> Iterator[None]:
    """The table's own sum rule, said as ours."""
    try:
        yield
    except CheckViolation as violation:
        if violation.diag.constraint_name != "payout_sum_within_approved":
            raise
        raise rules.ExceedsApproved(claim_id=claim.id, left=rules.money(0)) from violation


def _arrival(method: Method) -> datetime:
    day: date = rules.arrival(method, datetime.now(UTC).date())
    return datetime.combine(day, time(), UTC)


def _audit(tx: Tx, act: PayoutAct, payout: PayoutRow, *, to: Status, reason: str | None) -> None:
    tx.audit(
        act,
        payout.id,
        before={"status": payout.status},
        after={"status": to},
        reason=reason,
        person=member_rules.person(payout.member_id),
    )
