"""Moving money: the one place where a payout is made, cancelled, tried again, completed or failed, inside one write.

Every action locks the member first, then the claim, then the payout, then the bank account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time

from psycopg.errors import CheckViolation

from backoffice.kernel.database import Query, together
from backoffice.kernel.errors import Conflict
from backoffice.kernel.gateways import banking_days, nacha
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.money import dollars
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account.rules import HELD_BECAUSE
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.claim import actions as claim_actions
from backoffice.shield.claim import store as claims
from backoffice.shield.claim.store import ClaimRow
from backoffice.shield.events import Event
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.payout import attempts, rules, store
from backoffice.shield.payout.attempts import AttemptRow, NewAttempt, Snapshot
from backoffice.shield.payout.rules import AttemptStatus, Method, PayoutAct, RailName, Status
from backoffice.shield.payout.store import NewPayout, PayoutRow
from backoffice.shield.permissions import Shield
from backoffice.shield.promise import payable
from backoffice.shield.promise import store as promises
from backoffice.shield.promise.payable import Thresholds, WantedPayout
from backoffice.shield.promise.store import WaitingRow


async def create_payout(tx: Tx, wanted: WantedPayout, *, thresholds: Thresholds) -> str:
    """Promise this much of an approved claim. Returns the payout's id; nothing has left yet."""
    rules.check_amount(wanted.method, wanted.amount_minor)
    member_id = await store.find_claimant(tx, wanted.claim_id)
    if member_id is not None:
        await members.lock_member(tx, member_id)
    claim = await claims.lock_claim(tx, wanted.claim_id)
    account = await payable.check_promise(tx, claim, wanted, thresholds=thresholds)
    payout_id = new_id("payout")
    with _sum_kept(claim):
        await store.insert_payout(
            tx,
            NewPayout(
                id=payout_id,
                claim_id=claim.id,
                member_id=claim.member_id,
                bank_account_id=account.id if account else None,
                account_version=account.version if account else None,
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
    wanted = WantedPayout(claim.id, payout.amount_minor, payout.method, notes=None)
    account = await payable.check_promise(tx, claim, wanted, thresholds=thresholds)
    with _sum_kept(claim):
        await store.set_pending_again(tx, payout, account=account, estimated_arrival=_arrival(payout.method))
    _audit(tx, PayoutAct.RETRIED, payout, to=Status.PENDING, reason=reason)


async def complete_by_hand(tx: Tx, payout_id: str, *, reason: str) -> None:
    """Say that the money has arrived: by somebody who neither created nor retried the payout.

    What left by a rail may still come back: its try stays as it is until its own day of settlement.
    """
    if not tx.actor.can(Shield.PAYOUTS_COMPLETE):
        raise rules.MayNotComplete
    payout, claim = await _lock(tx, payout_id)
    if payout.status is Status.FAILED:
        raise rules.IllegalMove(status=payout.status, to=Status.COMPLETED)
    rules.check_move(payout.status, Status.COMPLETED)
    if tx.actor.id in await promises.list_promisers(tx, payout.id):
        raise rules.OwnPayout
    if payout.status is Status.PENDING:
        account = await payable.check_left_by_hand(tx, payout, claim)
        await attempts.insert_attempt(tx, _by_hand(payout, account))
    elif await attempts.find_intended(tx, payout.id):
        raise rules.OnItsWay
    await _complete(tx, payout, reason=reason)


async def complete_by_rail(tx: Tx, attempt: AttemptRow) -> None:
    """This try's day of settlement came and nothing came back. What staff completed before stays as it is."""
    payout, _ = await _lock(tx, attempt.payout_id)
    current, superseded = await together(attempts.find_attempt(tx, attempt.id), attempts.has_newer(tx, attempt))
    today = banking_days.today()
    if current is None or superseded or not rules.is_settled(current.status, current.settles_on, today=today):
        return
    await attempts.set_ended(tx, attempt.id, AttemptStatus.SETTLED)
    tx.record("payout settled", payout.id)
    if payout.status is Status.PROCESSING:
        await _complete(tx, payout, reason=None)


async def _complete(tx: Tx, payout: PayoutRow, *, reason: str | None) -> None:
    told = {"payout_id": payout.id, "user_id": payout.member_id, "amount": dollars(payout.amount_minor)}
    await publish(tx, Event.PAYOUT_COMPLETED, told, beside=store.set_completed(tx, payout))
    _audit(tx, PayoutAct.COMPLETED, payout, to=Status.COMPLETED, reason=reason)
    await claim_actions.follow_payouts(tx, payout.claim_id)


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
    return await _fail(tx, attempt, AttemptStatus.RETURNED, code=code, reason=code)


async def fail_rejected(tx: Tx, attempt: AttemptRow, *, because: str) -> PayoutRow | None:
    """The bank took nothing of the file that this try was in, even where that came to light after its settlement.

    Returns the payout as it was before; None when that is known, or the try came back by itself.
    """
    return await _fail(tx, attempt, AttemptStatus.REJECTED, reason=because)


async def _fail(
    tx: Tx, attempt: AttemptRow, to: AttemptStatus, *, reason: str, code: str | None = None
) -> PayoutRow | None:
    payout, _ = await _lock(tx, attempt.payout_id)
    current, superseded = await together(attempts.find_attempt(tx, attempt.id), attempts.has_newer(tx, attempt))
    if current is None or to not in rules.ATTEMPT_TRANSITIONS[current.status]:
        return None
    await attempts.set_ended(tx, attempt.id, to, code=code)
    tx.record(f"payout {to}", payout.id)
    if not superseded and Status.FAILED in rules.TRANSITIONS[payout.status]:
        await store.set_status(tx, payout, Status.FAILED)
        _audit(tx, PayoutAct.FAILED, payout, to=Status.FAILED, reason=reason)
        if payout.status is Status.COMPLETED:
            await claim_actions.follow_payouts(tx, payout.claim_id)
    return payout


async def let_stand(tx: Tx, payout_id: str, *, reason: str) -> None:
    """The money of a payout that failed is with the member after all: it counts as paid, and is not paid again.

    So does one that is to be tried again and has not left yet; any other stays as it is. ExceedsApproved when its
    claim was paid another way since.
    """
    payout, claim = await _lock(tx, payout_id)
    if payout.status not in (Status.FAILED, Status.PENDING):
        return
    if tx.actor.id in await promises.list_promisers(tx, payout.id):
        raise rules.OwnPayout
    with _sum_kept(claim):
        await _complete(tx, payout, reason=reason)


async def fail_decided(tx: Tx, attempt: AttemptRow, *, code: str, reason: str) -> None:
    """Somebody who asked the bank says that the money of this try is back, although no rule knows it by its record."""
    payout, _ = await _lock(tx, attempt.payout_id)
    current, superseded = await together(attempts.find_attempt(tx, attempt.id), attempts.has_newer(tx, attempt))
    if current is None or superseded or Status.FAILED not in rules.TRANSITIONS[payout.status]:
        raise rules.IllegalMove(status=payout.status, to=Status.FAILED)
    if AttemptStatus.RETURNED in rules.ATTEMPT_TRANSITIONS[current.status]:
        await attempts.set_ended(tx, attempt.id, AttemptStatus.RETURNED, code=code)
    await store.set_status(tx, payout, Status.FAILED)
    _audit(tx, PayoutAct.FAILED, payout, to=Status.FAILED, reason=reason)
    if payout.status is Status.COMPLETED:
        await claim_actions.follow_payouts(tx, payout.claim_id)


async def begin_processing(tx: Tx, payout_id: str, *, rail: RailName) -> tuple[PayoutRow, AccountRow] | None:
    """Hold a payout for leaving now, with the account it goes to; None when it may not leave (any more).

    Everything is checked again: what only a person can clear holds it for somebody to look.
    """
    payout, claim = await _lock(tx, payout_id)
    if payout.status is not Status.PENDING:
        return None
    try:
        account = await payable.check_leaving(tx, payout, claim)
    except Conflict:
        return None
    because = None
    if await payable.promiser_changed_account(tx, payout):
        because = rules.PROMISER_CHANGED_ACCOUNT
    elif not await payable.is_promised(tx, payout):
        because = HELD_BECAUSE
    elif rail is RailName.NACHA and not nacha.is_writable(account.account_holder_name):
        because = rules.NAME_UNWRITABLE
    if because:
        await store.set_held(tx, payout.id, because)
        tx.audit(PayoutAct.HELD, payout.id, reason=because, person=member_rules.person(payout.member_id))
        return None
    await store.set_status(tx, payout, Status.PROCESSING)
    _audit(tx, PayoutAct.PROCESSING, payout, to=Status.PROCESSING, reason=None)
    return payout, account


async def hold_pending(tx: Tx, member_id: str, because: str, *, until: datetime | None = None) -> int:
    """Let none of the member's pending payouts leave: until then, or, without an end, until each is cancelled.

    The caller holds the member. Returns how many are held now.
    """
    held = await store.set_all_held(tx, member_id, because, until=until)
    for payout_id in held:
        after = {"held_until": until}
        tx.audit(PayoutAct.HELD, payout_id, after=after, reason=because, person=member_rules.person(member_id))
    return len(held)


def list_waiting(tx: Tx, member_id: str) -> Query[list[WaitingRow]]:
    """Pending payouts that wait for somebody to confirm the member's account."""
    return promises.list_waiting(tx, member_id)


async def release(tx: Tx, member_id: str, payout_ids: list[str], *, account: AccountRow) -> None:
    """Let these pending payouts go to the account as it is now. The caller holds the member and has decided it."""
    await promises.set_released(tx, payout_ids, account=account)
    for payout_id in payout_ids:
        after = {"bank_account_version": account.version}
        tx.audit(PayoutAct.RELEASED, payout_id, after=after, person=member_rules.person(member_id))


async def _lock(tx: Tx, payout_id: str) -> tuple[PayoutRow, ClaimRow]:
    belongs = await store.get_belongings(tx, payout_id)
    _, claim, payout = await together(
        members.lock_member(tx, belongs.member_id),
        claims.lock_claim(tx, belongs.claim_id),
        store.lock_payout(tx, payout_id),
    )
    return payout, claim


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
