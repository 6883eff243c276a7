"""Deciding what a bank's record means where no rule knows it, and applying the correction a bank asks for."""

from backoffice.kernel.database import together
from backoffice.kernel.house import House
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account import actions as account_actions
from backoffice.shield.bank_account import store as accounts
from backoffice.shield.bank_account.actions import WantedAccount
from backoffice.shield.bank_record import rules, store
from backoffice.shield.bank_record.rules import Correction, Decision, ExceptionAct, Status
from backoffice.shield.bank_record.store import ExceptionRow
from backoffice.shield.claim import store as claims
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.payout import actions as payouts
from backoffice.shield.payout import attempts
from backoffice.shield.payout.rules import Status as PayoutStatus
from backoffice.shield.permissions import Shield
from backoffice.shield.promise import completing
from backoffice.shield.promise import store as promises
from backoffice.shield.promise.rules import MayNotComplete
from backoffice.shield.transfer import actions as sending


async def close_exception(tx: Tx, exception_id: str, *, decision: Decision, reason: str) -> None:
    """Say what a record means. Only a payment that stands, or money that came back, moves the payout."""
    if not tx.actor.can(Shield.PAYOUTS_COMPLETE):
        raise MayNotComplete
    row = await _lock(tx, exception_id)
    if decision is Decision.PAYMENT_STANDS:
        if row.payout_id is None:
            raise rules.NotAboutAPayout
        if row.cause not in rules.ABOUT_DATA:
            await completing.let_stand(tx, row.payout_id, reason=reason)
    elif decision is Decision.MONEY_RETURNED:
        await _declare_returned(tx, row, reason=reason)
    if decision is not Decision.PAYMENT_STANDS:
        await _check_lets_no_own_leave(tx, row)
    await _close(tx, row, decision, reason=reason)


async def _check_lets_no_own_leave(tx: Tx, row: ExceptionRow) -> None:
    """A claim is paid once more after a payment failed: not by the word of whoever promised that."""
    has_failed = row.payout_status in (PayoutStatus.FAILED, PayoutStatus.PENDING)
    if row.claim_id is None or not has_failed or row.cause in rules.ABOUT_DATA:
        return
    if await promises.has_waiting(tx, row.claim_id, staff_id=tx.actor.id):
        raise rules.OwnPromise


async def _declare_returned(tx: Tx, row: ExceptionRow, *, reason: str) -> None:
    attempt = await attempts.find_attempt(tx, row.attempt_id) if row.attempt_id else None
    if attempt is None:
        raise rules.NotAboutAPayout
    if row.cause not in rules.MAY_BE_MONEY_BACK:
        raise rules.MayNotBeMoneyBack
    await payouts.fail_decided(tx, attempt, code=row.code or "none", reason=reason)


async def apply_correction(tx: Tx, house: House, exception_id: str, *, reason: str) -> None:
    """Give the account what its bank says: by somebody who neither changed it last nor approved the claim.

    What was verified stays so, for its bank vouches for it; pending payouts are held as after any change.
    """
    row = await _lock(tx, exception_id)
    if row.cause not in rules.APPLIED_BY_DOOR or row.member_id is None or row.claim_id is None:
        raise rules.NotACorrection
    wanted = correction_of(house, row)
    if wanted is None:
        raise rules.CorrectionUnclear
    account, claim = await together(accounts.lock_account_of(tx, row.member_id), claims.lock_claim(tx, row.claim_id))
    attempt = await attempts.find_attempt(tx, row.attempt_id or "")
    if account is None or attempt is None or not sending.is_destination(house, attempt, account=account):
        raise rules.AccountReplaced
    if tx.actor.id in (account.changed_by, claim.approved_by):
        raise rules.OwnCorrection
    changes = WantedAccount(wanted.details, skips_verification=account.verified_at is not None, reason=reason)
    await account_actions.change_account(tx, house, row.member_id, wanted=changes)
    await _close(tx, row, Decision.APPLIED, reason=reason)


def correction_of(house: House, row: ExceptionRow) -> Correction | None:
    """What the bank wants corrected, opened for the door that applies or shows it; None for every other exception."""
    if row.cause not in rules.APPLIED_BY_DOOR:
        return None
    addenda = text_of(house, row).splitlines()[-1]
    return rules.correction_in(row.code, addenda[35:64].strip())


def text_of(house: House, row: ExceptionRow) -> str:
    """The record as it came, numbers and all."""
    return house.keys.decrypt(row.text_key_id, row.text_sealed, bound_to=row.id).decode()


async def _lock(tx: Tx, exception_id: str) -> ExceptionRow:
    """The exception, open and held, with its member and its claim."""
    row = await store.get_exception(tx, exception_id)
    if row.member_id and row.claim_id:
        await together(members.lock_member(tx, row.member_id), claims.lock_claim(tx, row.claim_id))
    await store.lock_record(tx, exception_id)
    row = await store.get_exception(tx, exception_id)
    if row.status is not Status.OPEN:
        raise rules.AlreadyClosed(decision=row.decision or "")
    return row


async def _close(tx: Tx, row: ExceptionRow, decision: Decision, *, reason: str) -> None:
    await store.set_closed(tx, row.id, decision, reason=reason)
    tx.audit(
        ExceptionAct.CLOSED,
        row.id,
        before={"status": Status.OPEN},
        after={"status": Status.CLOSED, "decision": decision, "cause": row.cause, "payout_id": row.payout_id},
        reason=reason,
        person=member_rules.person(row.member_id) if row.member_id else None,
    )
