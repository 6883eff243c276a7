"""Keeping and changing where a member is paid to, searching by number, and what payouts need of an account.

Whoever changes an account holds its member first. A change makes it unverified and holds what is about to be paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import together
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield import notices
from backoffice.shield.bank_account import deposits, rules, store
from backoffice.shield.bank_account.rules import AccountType, BankingAct, VerificationMethod
from backoffice.shield.bank_account.store import AccountRow, FoundRow, Kept
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.member.former_emails import list_former_emails
from backoffice.shield.member.store import MemberRow
from backoffice.shield.payout import actions as payouts
from backoffice.shield.payout.rules import ACCOUNT_CHANGED


@dataclass(frozen=True, slots=True)
class Numbers:
    """They show in no representation."""

    account: str = field(repr=False)
    routing: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WantedAccount:
    """The details that were sent, by the contract's names; they show in no representation."""

    details: Mapping[str, str] = field(repr=False)
    skips_verification: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The account as it is now; no entry when nothing that was sent differs."""

    account: AccountRow
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Found:
    accounts: list[FoundRow]
    total: int


def open_numbers(house: House, row: AccountRow) -> Numbers:
    """The whole numbers, for the rail that pays and for nobody else."""
    return _opened(house.keys, row)


def _opened(keys: KeyRing, row: AccountRow) -> Numbers:
    return Numbers(
        account=keys.decrypt(row.account_key_id, row.account_sealed, bound_to=row.id).decode(),
        routing=keys.decrypt(row.routing_key_id, row.routing_sealed, bound_to=row.id).decode(),
    )


async def view_account(tx: Tx, member_id: str) -> AccountRow:
    """The member's account, masked by its columns. That somebody looked is audited."""
    exists, account = await together(store.has_member(tx, member_id), store.find_account_of(tx, member_id))
    if not exists:
        raise member_rules.MemberNotFound(user_id=member_id)
    if account is None:
        raise rules.AccountNotFound(user_id=member_id)
    tx.audit(BankingAct.VIEWED, account.id, person=member_rules.person(member_id))
    return account


async def search_accounts(tx: Tx, keys: KeyRing, *, number: str, limit: int, offset: int) -> Found:
    """Every account with exactly this number. Audited with each account that is shown, or as having found none."""
    indexes = keys.blind_indexes(number, purpose=rules.BLIND_INDEX)
    found, total = await together(
        store.list_by_number(tx, indexes, limit=limit, offset=offset), store.count_by_number(tx, indexes)
    )
    for one in found:
        tx.audit(BankingAct.SEARCHED, one.id, person=member_rules.person(one.member_id))
    if not found:
        tx.audit(BankingAct.SEARCHED, "none")
    return Found(found, total)


async def change_account(tx: Tx, house: House, member_id: str, *, wanted: WantedAccount) -> Changed:
    """Change what is sent and differs: from then on the account is unverified and the member's payouts are held.

    A member without an account gets one. Only `skips_verification` verifies it at once, and no wrong routing number.
    """
    rules.check_may_change(tx.actor, skips_verification=wanted.skips_verification)
    member = await members.lock_member(tx, member_id)
    account = await store.find_account_of(tx, member_id)
    had = _details(house.keys, account) if account else {}
    known = [of[name] for of in (had, wanted.details) for name in rules.NUMBERS if name in of]
    rules.check_reason(wanted.reason, numbers=known)
    changed = {name: value for name, value in wanted.details.items() if value != had.get(name)}
    was_verified = account is not None and account.verified_at is not None
    if changed:
        await _keep(tx, house, member_id, account=account, details={**had, **changed})
    now = await _get(tx, member_id)
    verifies = wanted.skips_verification and now.routing_is_valid and now.verified_at is None
    if verifies:
        await deposits.set_all_ended(tx, now.id)
        await store.set_verified(tx, now.id, VerificationMethod.OVERRIDE)
        now = await _get(tx, member_id)
    if not changed and not verifies:
        return Changed(now, None)
    before: dict[str, Any] = {name: had.get(name) for name in changed}
    after: dict[str, Any] = dict(changed)
    if was_verified != (now.verified_at is not None):
        before["verified"], after["verified"] = was_verified, now.verified_at is not None
    entry = tx.audit(
        BankingAct.INFO_UPDATED,
        now.id,
        before=rules.audited(before),
        after=rules.audited(after),
        reason=wanted.reason,
        person=member_rules.person(member_id),
    )
    if changed:
        await _tell_changed(tx, member, now, change=entry.id)
    return Changed(now, entry)


async def _tell_changed(tx: Tx, member: MemberRow, account: AccountRow, *, change: UUID) -> None:
    """Also at every address that was the member's lately."""
    since = datetime.now(UTC) - member_rules.FORMER_EMAIL_KEPT
    former = await list_former_emails(tx, member.id, since=since)
    told = notices.AccountChange(change, account.changed_at, account.bank_name, account.account_last_four, former)
    await notices.tell_account_changed(tx, member.addressee, told)


async def _keep(
    tx: Tx, house: House, member_id: str, *, account: AccountRow | None, details: Mapping[str, str]
) -> None:
    """Everything that a change of details brings with it, in the order in which shield locks."""
    missing = [name for name in rules.DETAILS if name not in details]
    if missing:
        raise rules.DetailsMissing(fields=", ".join(missing))
    until = rules.hold_until(datetime.now(UTC), hours=house.settings.bank_change_hold_hours)
    is_held = account is not None or tx.actor.staff_id is not None
    if is_held:
        await payouts.hold_pending(tx, member_id, ACCOUNT_CHANGED, until=until)
    account_id = account.id if account else new_id("bank")
    kept = _sealed(
        house.keys, account_id, details=details, changed_by=tx.actor.staff_id, hold_until=until if is_held else None
    )
    if account is None:
        await store.insert_account(tx, account_id, member_id, kept=kept)
    else:
        differing = {name for name, value in _details(house.keys, account).items() if details[name] != value}
        await store.set_details(tx, account_id, kept=kept, makes_correction=rules.makes_correction(differing))
        await deposits.set_all_ended(tx, account_id)


def _sealed(
    keys: KeyRing, account_id: str, *, details: Mapping[str, str], changed_by: int | None, hold_until: datetime | None
) -> Kept:
    number, routing = details["account_number"], details["routing_number"]
    account_key_id, account_sealed = keys.encrypt(number.encode(), bound_to=account_id)
    routing_key_id, routing_sealed = keys.encrypt(routing.encode(), bound_to=account_id)
    return Kept(
        bank_name=details["bank_name"],
        account_holder_name=details["account_holder_name"],
        account_type=AccountType(details["account_type"]),
        account_key_id=account_key_id,
        account_sealed=account_sealed,
        account_index=keys.blind_indexes(number, purpose=rules.BLIND_INDEX)[0],
        account_last_four=rules.last_digits(number),
        routing_key_id=routing_key_id,
        routing_sealed=routing_sealed,
        routing_last_four=rules.last_digits(routing),
        routing_is_valid=rules.is_valid_routing(routing),
        changed_by=changed_by,
        hold_until=hold_until,
    )


def _details(keys: KeyRing, row: AccountRow) -> dict[str, str]:
    numbers = _opened(keys, row)
    return {
        "bank_name": row.bank_name,
        "account_holder_name": row.account_holder_name,
        "account_type": row.account_type,
        "account_number": numbers.account,
        "routing_number": numbers.routing,
    }


async def _get(tx: Tx, member_id: str) -> AccountRow:
    account = await store.find_account_of(tx, member_id)
    if account is None:
        raise rules.DetailsMissing(fields=", ".join(rules.DETAILS))
    return account


async def set_unverified(tx: Tx, account: AccountRow, because: str) -> None:
    """Whoever is paid to it next must have it verified anew."""
    await deposits.set_all_ended(tx, account.id)
    await store.set_unverified(tx, account.id)
    tx.audit(
        BankingAct.UNVERIFIED,
        account.id,
        before={"verified": True},
        after={"verified": False},
        reason=because,
        person=member_rules.person(account.member_id),
    )


async def set_correction_pending(tx: Tx, account: AccountRow, because: str) -> None:
    """The bank wants other data: staff correct it before the next payout."""
    await store.set_correction_pending(tx, account.id)
    tx.audit(BankingAct.CORRECTION_WANTED, account.id, reason=because, person=member_rules.person(account.member_id))
