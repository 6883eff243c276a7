"""Promising to pay: a payout made, taken back, or promised anew after it failed; each inside one write."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time

from psycopg.errors import CheckViolation

from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield.claim import store as claims
from backoffice.shield.claim.store import ClaimRow
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.payout import actions as payouts
from backoffice.shield.payout import rules as payout_rules
from backoffice.shield.payout import store as payout_store
from backoffice.shield.payout.rules import Method, PayoutAct, Status
from backoffice.shield.payout.store import NewPayout
from backoffice.shield.promise import payable, rules
from backoffice.shield.promise.payable import Thresholds, WantedPayout


async def create_payout(tx: Tx, wanted: WantedPayout, *, thresholds: Thresholds) -> str:
    """Promise this much of an approved claim. Returns the payout's id; nothing has left yet."""
    rules.check_amount(wanted.method, wanted.amount_minor)
    member_id = await claims.find_claimant(tx, wanted.claim_id)
    if member_id is not None:
        await members.lock_member(tx, member_id)
    claim = await claims.lock_claim(tx, wanted.claim_id)
    account = await payable.check_promise(tx, claim, wanted, thresholds=thresholds)
    payout_id = new_id("payout")
    with sum_kept(claim):
        await payout_store.insert_payout(
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
    payout, _ = await payouts.lock(tx, payout_id)
    payout_rules.check_move(payout.status, Status.CANCELLED)
    await payouts.move(tx, payout, PayoutAct.CANCELLED, to=Status.CANCELLED, reason=reason)


async def retry_payout(tx: Tx, payout_id: str, *, reason: str, thresholds: Thresholds) -> None:
    """Promise a failed payout anew, to the account the member has now. All that binds a new payout binds this one."""
    payout, claim = await payouts.lock(tx, payout_id)
    payout_rules.check_move(payout.status, Status.PENDING)
    wanted = WantedPayout(claim.id, payout.amount_minor, payout.method, notes=None)
    account = await payable.check_promise(tx, claim, wanted, thresholds=thresholds)
    with sum_kept(claim):
        await payout_store.set_pending_again(
            tx,
            payout,
            account_id=account.id if account else None,
            version=account.version if account else None,
            arrival=_arrival(payout.method),
        )
    payouts.audit(tx, PayoutAct.RETRIED, payout, to=Status.PENDING, reason=reason)


@contextmanager
def sum_kept(claim: ClaimRow) -> Iterator[None]:
    """The table's own sum rule, said as ours."""
    try:
        yield
    except CheckViolation as violation:
        if violation.diag.constraint_name != "payout_sum_within_approved":
            raise
        raise rules.ExceedsApproved(claim_id=claim.id, left=payout_rules.money(0)) from violation


def _arrival(method: Method) -> datetime:
    day: date = rules.arrival(method, datetime.now(UTC).date())
    return datetime.combine(day, time(), UTC)
