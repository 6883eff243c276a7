"""A payout that somebody says has arrived: who neither created nor retried it. Each runs inside one write."""

from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.payout import actions as payouts
from backoffice.shield.payout import attempts
from backoffice.shield.payout import rules as payout_rules
from backoffice.shield.payout.attempts import NewAttempt, Snapshot
from backoffice.shield.payout.rules import AttemptStatus, RailName, Status
from backoffice.shield.payout.store import PayoutRow
from backoffice.shield.permissions import Shield
from backoffice.shield.promise import payable, rules, store
from backoffice.shield.promise.actions import sum_kept


async def complete_by_hand(tx: Tx, payout_id: str, *, reason: str) -> None:
    """Say that the money has arrived: by somebody who neither created nor retried the payout.

    What left by a rail may still come back: its try stays as it is until its own day of settlement.
    """
    if not tx.actor.can(Shield.PAYOUTS_COMPLETE):
        raise rules.MayNotComplete
    payout, claim = await payouts.lock(tx, payout_id)
    if payout.status is Status.FAILED:
        raise payout_rules.IllegalMove(status=payout.status, to=Status.COMPLETED)
    payout_rules.check_move(payout.status, Status.COMPLETED)
    if tx.actor.id in await store.list_promisers(tx, payout.id):
        raise rules.OwnPayout
    if payout.status is Status.PENDING:
        account = await payable.check_left_by_hand(tx, payout, claim)
        await attempts.insert_attempt(tx, _by_hand(payout, account))
    elif await attempts.find_intended(tx, payout.id):
        raise rules.OnItsWay
    await payouts.complete(tx, payout, reason=reason)


async def let_stand(tx: Tx, payout_id: str, *, reason: str) -> None:
    """The money of a payout that failed is with the member after all: it counts as paid, and is not paid again.

    So does one that is to be tried again and has not left yet; any other stays as it is. ExceedsApproved when its
    claim was paid another way since.
    """
    payout, claim = await payouts.lock(tx, payout_id)
    if payout.status not in (Status.FAILED, Status.PENDING):
        return
    if tx.actor.id in await store.list_promisers(tx, payout.id):
        raise rules.OwnPayout
    with sum_kept(claim):
        await payouts.complete(tx, payout, reason=reason)


def _by_hand(payout: PayoutRow, account: AccountRow | None) -> NewAttempt:
    """The record of a payment made outside every rail: where to, but no numbers, for nothing was sent from here."""
    return NewAttempt(
        id=new_id("attempt"),
        payout_id=payout.id,
        rail=RailName.BY_HAND,
        status=AttemptStatus.SETTLED,
        to=snapshot_of(account) if account else None,
        trace_number=None,
    )


def snapshot_of(account: AccountRow) -> Snapshot:
    """What is shown of where a try goes."""
    return Snapshot(
        bank_name=account.bank_name,
        account_holder_name=account.account_holder_name,
        account_type=account.account_type,
        account_last_four=account.account_last_four,
        routing_last_four=account.routing_last_four,
    )
