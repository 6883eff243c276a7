"""What leaves and what comes back: the intent with its sealed destination, the numbers opened for a rail, returns."""

from dataclasses import dataclass, replace

import structlog

from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.errors import Conflict
from backoffice.kernel.gateways import banking_days, nacha
from backoffice.kernel.gateways.nacha import trace_number
from backoffice.kernel.gateways.rail import Destination, Transfer
from backoffice.kernel.gateways.return_codes import UNVERIFYING, meaning
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield import notices
from backoffice.shield.bank_account import actions as account_actions
from backoffice.shield.bank_account import store as accounts
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.notices import BankNews
from backoffice.shield.payout import actions as payouts
from backoffice.shield.payout import attempts
from backoffice.shield.payout import rules as payout_rules
from backoffice.shield.payout import store as payout_store
from backoffice.shield.payout.attempts import AttemptRow, NewAttempt
from backoffice.shield.payout.rules import ACCOUNT_CHANGED, AttemptStatus, PayoutAct, RailName, Status
from backoffice.shield.payout.store import PayoutRow
from backoffice.shield.promise import payable
from backoffice.shield.promise import rules as promise_rules
from backoffice.shield.promise.completing import snapshot_of
from backoffice.shield.transfer import rules, store
from backoffice.shield.transfer.rails import SANDBOX_ODFI

log = structlog.get_logger("backoffice.shield.payout")


@dataclass(frozen=True, slots=True)
class KnownTry:
    """A try as the journal tells of it."""

    id: str
    trace_number: str | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """By which rail a payout leaves, and under which bank's trace numbers; what leaves in a file gets its own there.

    What a restore has forgotten leaves again `as_was`: the rail knows its id, and moves money once for it.
    """

    rail: RailName
    odfi: str | None = None
    as_was: KnownTry | None = None


BY_SANDBOX, BY_FILE = Leaving(RailName.SANDBOX, SANDBOX_ODFI), Leaving(RailName.NACHA)


async def begin(tx: Tx, house: House, payout_id: str, *, leaving: Leaving) -> AttemptRow | None:
    """The try that is to be handed to the rail: the one that was interrupted, or a new one; None when nothing is due.

    Committed before the rail is called, so that whatever happens then is known to have been meant.
    """
    return await attempts.find_intended(tx, payout_id) or await begin_new(tx, house, payout_id, leaving=leaving)


async def begin_new(tx: Tx, house: House, payout_id: str, *, leaving: Leaving) -> AttemptRow | None:
    """A try of its own for this rail; None when the payout is not due, or on its way another way."""
    begun = await _begin_processing(tx, payout_id, rail=leaving.rail)
    if begun is None:
        return None
    payout, account = begun
    await _intend(tx, house, payout, account=account, leaving=leaving)
    return await attempts.find_intended(tx, payout_id)


async def _begin_processing(tx: Tx, payout_id: str, *, rail: RailName) -> tuple[PayoutRow, AccountRow] | None:
    """Hold a payout for leaving now, with the account it goes to; None when it may not leave (any more).

    Everything is checked again: what only a person can clear holds it for somebody to look.
    """
    payout, claim = await payouts.lock(tx, payout_id)
    if payout.status is not Status.PENDING:
        return None
    try:
        account = await payable.check_leaving(tx, payout, claim)
    except Conflict:
        return None
    because = None
    if await payable.promiser_changed_account(tx, payout):
        because = promise_rules.PROMISER_CHANGED_ACCOUNT
    elif not await payable.is_promised(tx, payout):
        because = ACCOUNT_CHANGED
    elif rail is RailName.NACHA and not nacha.is_writable(account.account_holder_name):
        because = rules.NAME_UNWRITABLE
    if because:
        await payout_store.set_held(tx, payout.id, because)
        tx.audit(PayoutAct.HELD, payout.id, reason=because, person=member_rules.person(payout.member_id))
        return None
    await payouts.move(tx, payout, PayoutAct.PROCESSING, to=Status.PROCESSING, reason=None)
    return payout, account


async def _intend(tx: Tx, house: House, payout: PayoutRow, *, account: AccountRow, leaving: Leaving) -> None:
    numbers = account_actions.open_numbers(house, account)
    known = leaving.as_was
    attempt_id = known.id if known else new_id("attempt")
    account_key, account_sealed = house.keys.encrypt(numbers.account.encode(), bound_to=attempt_id)
    routing_key, routing_sealed = house.keys.encrypt(numbers.routing.encode(), bound_to=attempt_id)
    snapshot = replace(
        snapshot_of(account),
        account_key_id=account_key,
        account_sealed=account_sealed,
        routing_key_id=routing_key,
        routing_sealed=routing_sealed,
    )
    await attempts.insert_attempt(
        tx,
        NewAttempt(
            id=attempt_id,
            payout_id=payout.id,
            rail=leaving.rail,
            status=AttemptStatus.INTENDED,
            to=snapshot,
            trace_number=known.trace_number if known else await _own_trace(tx, leaving.odfi),
        ),
    )


async def _own_trace(tx: Tx, odfi: str | None) -> str | None:
    return (await next_traces(tx, odfi, 1))[0] if odfi else None


async def next_traces(tx: Tx, odfi: str, count: int) -> list[str]:
    """Trace numbers never given out before. TraceNumbersUsedUp when the bank's seven digits are."""
    last = await store.take_traces(tx, odfi, count)
    if last is None:
        raise rules.TraceNumbersUsedUp(odfi=odfi)
    if last >= rules.ALARM_AT:
        log.warning("trace numbers are running out", odfi=odfi, last=last)
    return [trace_number(odfi, sequence) for sequence in range(last - count + 1, last + 1)]


def transfer_of(keys: KeyRing, attempt: AttemptRow) -> Transfer:
    """The try as a rail takes it, its numbers opened. Its id is the key under which money moves once."""
    return Transfer(
        key=attempt.id,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        destination=destination_of(keys, attempt),
        trace_number=attempt.trace_number or "",
    )


def destination_of(keys: KeyRing, attempt: AttemptRow) -> Destination:
    assert attempt.account_key_id and attempt.account_sealed, "what leaves from here has its numbers"
    assert attempt.routing_key_id and attempt.routing_sealed, "what leaves from here has its numbers"
    return Destination(
        account_number=keys.decrypt(attempt.account_key_id, attempt.account_sealed, bound_to=attempt.id).decode(),
        routing_number=keys.decrypt(attempt.routing_key_id, attempt.routing_sealed, bound_to=attempt.id).decode(),
        holder_name=attempt.account_holder_name or "",
        account_type=attempt.account_type or "",
    )


async def complete_by_rail(tx: Tx, attempt: AttemptRow) -> None:
    """This try's day of settlement came and nothing came back. What staff completed before stays as it is."""
    payout, current, superseded = await payouts.lock_of(tx, attempt)
    today = banking_days.today()
    if current is None or superseded or not rules.is_settled(current.status, current.settles_on, today=today):
        return
    await attempts.set_ended(tx, attempt.id, AttemptStatus.SETTLED)
    tx.record("payout settled", payout.id)
    if payout.status is Status.PROCESSING:
        await payouts.complete(tx, payout, reason=None)


async def take_return(tx: Tx, house: House, attempt: AttemptRow, *, code: str) -> bool:
    """The money came back: the payout fails, and where the code says so the account is no longer verified.

    False when that is known already.
    """
    payout = await payouts.fail_returned(tx, attempt, code=code)
    if payout is None:
        return False
    account = await accounts.lock_account_of(tx, payout.member_id)
    if account and code in UNVERIFYING and account.verified_at and is_destination(house, attempt, account=account):
        await account_actions.set_unverified(tx, account, f"{code}: {meaning(code)}")
    await notices.tell_returned(tx, _news(attempt, code))
    return True


async def take_correction(tx: Tx, house: House, attempt: AttemptRow, *, code: str, corrected: str) -> bool:
    """The bank paid, and asks for other data next time. Nothing fails; the account waits for staff to correct it.

    False when the bank asked for a correction of this try before.
    """
    belongs = await payout_store.get_belongings(tx, attempt.payout_id)
    await members.lock_member(tx, belongs.member_id)
    key_id, sealed = house.keys.encrypt(corrected.encode(), bound_to=attempt.id)
    is_first = bool(await store.set_correction(tx, attempt.id, code, key_id=key_id, sealed=sealed))
    tx.record("correction wanted", attempt.payout_id)
    account = await accounts.lock_account_of(tx, belongs.member_id)
    if account and not account.correction_pending and is_destination(house, attempt, account=account):
        await account_actions.set_correction_pending(tx, account, f"{code}: {meaning(code)}")
    if is_first:
        await notices.tell_correction_wanted(tx, _news(attempt, code))
    return is_first


def is_destination(house: House, attempt: AttemptRow, *, account: AccountRow) -> bool:
    """Whether the member still has the account that this try went to: another one is not to blame."""
    went_to, has = destination_of(house.keys, attempt), account_actions.open_numbers(house, account)
    return (went_to.account_number, went_to.routing_number) == (has.account, has.routing)


def _news(attempt: AttemptRow, code: str) -> BankNews:
    return BankNews(attempt.id, attempt.payout_id, payout_rules.money(attempt.amount_minor), code)
