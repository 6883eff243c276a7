"""Verifying an account by two small deposits that only its holder can see. Each runs inside one write."""

from dataclasses import dataclass

from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account import deposits, rules, store
from backoffice.shield.bank_account.deposits import DepositRow
from backoffice.shield.bank_account.rules import BankingAct, VerificationMethod
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members

Amounts = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Confirmed:
    is_verified: bool
    tries_left: int


async def record_deposits(tx: Tx, keys: KeyRing, member_id: str, *, amounts: Amounts) -> int:
    """Remember what was sent; it replaces an earlier pair. Returns the tries there are.

    Sent again while it is open, a pair is the same pair: no new tries come with it.
    """
    account = await _lock(tx, member_id)
    if account.verified_at is not None:
        raise rules.AlreadyVerified
    if not account.routing_is_valid:
        raise rules.RoutingInvalid
    newest = await deposits.lock_newest(tx, account.id)
    is_open = newest is not None and newest.ended_at is None and newest.tries_left > 0
    if newest is not None and is_open and rules.are_same(_opened(keys, newest), rules.canonical(amounts)):
        return newest.tries_left
    await deposits.set_all_ended(tx, account.id)
    deposit_id = new_id("micro")
    key_id, sealed = keys.encrypt(rules.canonical(amounts), bound_to=deposit_id)
    await deposits.insert_deposit(tx, deposit_id, account.id, key_id=key_id, sealed=sealed)
    tx.audit(BankingAct.DEPOSITS_SENT, account.id, person=member_rules.person(member_id))
    return rules.TRIES


async def confirm_deposits(tx: Tx, keys: KeyRing, member_id: str, *, amounts: Amounts) -> Confirmed:
    """Verify the account if these are the amounts of the newest pair; a wrong answer costs a try, and is committed."""
    account = await _lock(tx, member_id)
    newest = await deposits.lock_newest(tx, account.id)
    if newest is None:
        raise rules.NoDeposits
    is_right = rules.are_same(_opened(keys, newest), rules.canonical(amounts))
    if newest.ended_at is not None:
        if is_right and newest.confirmed_at is not None and account.verified_at is not None:
            return Confirmed(True, newest.tries_left)
        raise rules.NoDeposits
    if newest.tries_left == 0:
        raise rules.NoTriesLeft
    if not is_right:
        left = await deposits.take_try(tx, newest.id)
        person = member_rules.person(member_id)
        tx.audit(BankingAct.DEPOSITS_REFUSED, account.id, after={"tries_left": left}, person=person)
        return Confirmed(False, left)
    await deposits.set_confirmed(tx, newest.id)
    await store.set_verified(tx, account.id, VerificationMethod.MICRO_DEPOSITS)
    tx.audit(
        BankingAct.VERIFIED,
        account.id,
        before={"verified": False},
        after={"verified": True, "verification_method": VerificationMethod.MICRO_DEPOSITS},
        person=member_rules.person(member_id),
    )
    return Confirmed(True, newest.tries_left)


async def _lock(tx: Tx, member_id: str) -> AccountRow:
    await members.lock_member(tx, member_id)
    account = await store.lock_account_of(tx, member_id)
    if account is None:
        raise rules.AccountNotFound(user_id=member_id)
    return account


def _opened(keys: KeyRing, deposit: DepositRow) -> bytes:
    return keys.decrypt(deposit.key_id, deposit.amounts_sealed, bound_to=deposit.id)
