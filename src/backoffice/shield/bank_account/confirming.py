"""Saying that money may go to a changed account: by somebody who neither changed it nor approved what is paid."""

from dataclasses import dataclass

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import together
from backoffice.kernel.house import House
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account import actions, rules, store, versions
from backoffice.shield.bank_account.rules import BankingAct
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.payout import actions as payouts
from backoffice.shield.payout import store as payout_store


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What it let go on, and what waits for somebody else; no entry when it had been said before."""

    account: AccountRow
    released: list[str]
    held: list[str]
    entry: Entry | None


async def confirm_account(tx: Tx, house: House, member_id: str, *, version: int, reason: str) -> Confirmed:
    """Confirm the version that whoever acts has looked at, and let pending payouts go there.

    Payouts of claims that they approved wait for another person. It shortens no hold and verifies nothing.
    """
    await members.lock_member(tx, member_id)
    account = await store.find_account_of(tx, member_id)
    if account is None:
        raise rules.AccountNotFound(user_id=member_id)
    if account.version != version:
        raise rules.ChangedMeanwhile
    numbers = actions.open_numbers(house, account)
    rules.check_reason(reason, numbers=(numbers.account, numbers.routing))
    has_changed, waiting = await together(
        versions.has_changed(tx, account.id, tx.actor.id or 0), payout_store.list_waiting(tx, member_id)
    )
    if has_changed:
        raise rules.OwnChange
    own = [one.id for one in waiting if one.approved_by == tx.actor.id]
    others = [one.id for one in waiting if one.approved_by != tx.actor.id]
    if own and not others:
        raise rules.OwnClaim
    is_new = await versions.insert_confirmation(tx, account.id, version)
    if not is_new and not others:
        return Confirmed(account, [], own, None)
    await payouts.release(tx, member_id, others, account_id=account.id, version=version)
    entry = tx.audit(
        BankingAct.CONFIRMED,
        account.id,
        after={"version": version, "payouts": len(others)},
        reason=reason,
        person=member_rules.person(member_id),
    )
    return Confirmed(account, others, own, entry)
