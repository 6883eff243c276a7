"""Judging referrals and deciding about those that are held. Each runs inside one write and holds both customers first.

Nothing that happens to a customer pays anything by itself: it marks the referral as due, and here it is looked at as a
whole, under locks. So it is completed once, paid once, and taken back once, whatever comes in which order.
"""

from typing import Any
from uuid import UUID

from backoffice.kernel.audit.entry import Act, personal
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import actions as customers
from backoffice.marketplace.customer import invitations
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.events import Event
from backoffice.marketplace.referral import rules, store
from backoffice.marketplace.referral.rules import Decision, Ending, ReferralAct, Status
from backoffice.marketplace.referral.store import ReferralRow
from backoffice.marketplace.wallet.rules import Cause
from backoffice.marketplace.wallet.store import NewEntry, insert_entry

JUDGING = [
    ReferralAct.COMPLETED,
    ReferralAct.HELD,
    ReferralAct.PAID,
    ReferralAct.SET_OFF,
    ReferralAct.EXPIRED,
    ReferralAct.TAKEN_BACK,
]
"""What judging may record."""


async def hold(tx: Tx, referral_id: UUID) -> ReferralRow:
    """The referral, and before it both customers in the order of their ids. ReferralNotFound."""
    pair = await store.find_pair(tx, referral_id)
    if pair is None:
        raise rules.ReferralNotFound(referral_id=str(referral_id))
    await invitations.lock_both(tx, pair.referrer_id, pair.referred_id)
    return await store.lock_referral(tx, referral_id)


async def judge(tx: Tx, referral_id: UUID) -> None:
    """Take it as far as it goes by now. Judged again it is where it was. ReferralNotFound."""
    await _judge(tx, await hold(tx, referral_id))


async def _judge(tx: Tx, found: ReferralRow) -> None:
    facts = await store.get_facts(tx, found.id)
    await store.set_judged(tx, found, facts)
    tx.record("referral judged", found.id)
    if found.status is Status.PENDING and rules.is_met(facts, minimum_spend_minor=found.minimum_spend_minor):
        await store.set_completed(tx, found, facts)
        _audit(tx, ReferralAct.COMPLETED, found, counted=facts.counted)
    referral = await store.lock_referral(tx, found.id)
    if referral.is_held and not found.is_held:
        _audit(tx, ReferralAct.HELD, referral, flags=referral.flags)
    if (because := rules.ending(referral.status, facts)) is not None:
        await _end(tx, referral, because)
    elif referral.status is Status.COMPLETED and not referral.is_held:
        await _pay(tx, referral)


async def release(tx: Tx, referral_id: UUID, *, reason: str | None) -> None:
    """Somebody looked at it and found nothing wrong. ReferralNotFound, ReferralNotHeld, UserDeleted."""
    referral = await _hold_held(tx, referral_id)
    await store.set_decided(tx, referral, Decision.RELEASED, reason=reason)
    _audit(tx, ReferralAct.RELEASED, referral, **({"reason": personal(reason)} if reason else {}))
    await _judge(tx, await store.lock_referral(tx, referral_id))


async def reject(tx: Tx, referral_id: UUID, *, reason: str) -> None:
    """It brings nothing, for good. ReferralNotFound, ReferralNotHeld, UserDeleted."""
    referral = await _hold_held(tx, referral_id)
    await store.set_decided(tx, referral, Decision.REJECTED, reason=reason)
    await store.set_ended(tx, referral, Ending.REJECTED, taken_minor=0)
    _audit(tx, ReferralAct.REJECTED, referral, reason=personal(reason))


async def _hold_held(tx: Tx, referral_id: UUID) -> ReferralRow:
    referral = await hold(tx, referral_id)
    await customers.hold(tx, referral.referrer_id)
    if not referral.is_held:
        raise rules.ReferralNotHeld(current_status=referral.status)
    return referral


async def _pay(tx: Tx, referral: ReferralRow) -> None:
    """The reward goes into the wallet, and out of it again what is owed of rewards that were to be taken back."""
    await insert_entry(tx, _entry(referral, referral.reward_minor, about=f"referral:{referral.id}"))
    told = _told(referral) | {"amount": referral.reward_minor}
    await publish(tx, Event.REFERRAL_PAID, told, beside=store.set_paid(tx, referral))
    _audit(tx, ReferralAct.PAID, referral, amount=referral.reward_minor)
    left = referral.reward_minor
    for debt in await store.list_debts(tx, referral.referrer_id):
        part = min(left, debt.owed_minor)
        if part == 0:
            break
        await insert_entry(tx, _entry(referral, -part, about=f"referral:{debt.id}:set_off:{referral.id}"))
        await store.add_taken(tx, debt, part)
        _audit(tx, ReferralAct.SET_OFF, referral, of=str(debt.id), amount=part)
        left -= part


async def _end(tx: Tx, referral: ReferralRow, because: Ending) -> None:
    """A reward that was paid leaves the wallet as far as it is there; the rest is owed."""
    taken = 0
    if referral.paid_minor:
        taken = min(referral.paid_minor, await store.get_balance(tx, referral.referrer_id))
    if taken:
        await insert_entry(tx, _entry(referral, -taken, about=f"referral:{referral.id}:taken_back"))
    await store.set_ended(tx, referral, because, taken_minor=taken)
    act = ReferralAct.EXPIRED
    if referral.paid_minor:
        act = ReferralAct.TAKEN_BACK
        await publish(tx, Event.REFERRAL_TAKEN_BACK, _told(referral) | {"amount": taken})
    _audit(tx, act, referral, because=because, taken=taken, owed=referral.paid_minor - taken)


def _told(referral: ReferralRow) -> dict[str, Any]:
    return {"referral_id": str(referral.id), "referrer_id": referral.referrer_id, "referred_id": referral.referred_id}


def _entry(referral: ReferralRow, amount: int, *, about: str) -> NewEntry:
    return NewEntry(referral.referrer_id, amount, cause=Cause.REFERRAL, about=about)


def _audit(tx: Tx, act: Act, referral: ReferralRow, **after: object) -> None:
    """Money moves with the referrer: they are whom it is about."""
    told = {"user_id": referral.referrer_id, **after}
    tx.audit(
        act,
        referral.id,
        before={"status": referral.status},
        after=told,
        person=customer_rules.person(referral.referrer_id),
    )
