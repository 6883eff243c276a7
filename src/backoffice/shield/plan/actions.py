"""Who is on which plan. Each runs inside one write and holds the member first."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import Tx, together
from backoffice.shield.identifiers import new_id
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.member.rules import Status
from backoffice.shield.plan import rules, store
from backoffice.shield.plan.rules import PlanAct, Proration
from backoffice.shield.plan.store import ChangeRow, PaymentRow, PlanRow, SubscriptionRow

SAME = ("member_id", "amount_minor", "method", "paid_at")
"""What a payment that is sent again must repeat."""


@dataclass(frozen=True, slots=True)
class Wanted:
    plan_id: str
    effective_at: datetime | None
    prorate: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Changed:
    change: ChangeRow
    plan: PlanRow
    proration: Proration | None
    is_scheduled: bool
    entry: Entry


async def change_plan(tx: Tx, member_id: str, wanted: Wanted) -> Changed:
    """Move a member to another plan, now or on a later day, for the exact difference of the days that are left."""
    now = datetime.now(UTC)
    asked_for = wanted.effective_at or now
    rules.check_effective(asked_for, now)
    effective_at = max(asked_for, now)
    current = await _current(tx, member_id)
    old, new = await store.get_plan(tx, current.plan_id), await _offered(tx, wanted.plan_id)
    if new.id == old.id:
        raise rules.AlreadyEnrolled(user_id=member_id, plan_id=new.id)
    scheduled = await store.find_scheduled(tx, member_id)
    if scheduled is not None:
        raise rules.ChangeAlreadyScheduled(plan_id=scheduled.to_plan_id)
    proration = _prorated(current, old, to=new, on=effective_at) if wanted.prorate else None
    change = ChangeRow(
        id=new_id("change"),
        member_id=member_id,
        from_plan_id=old.id,
        to_plan_id=new.id,
        effective_at=effective_at,
        prorates=wanted.prorate,
        credit_minor=proration.credit_minor if proration else 0,
        charge_minor=proration.charge_minor if proration else 0,
        reason=wanted.reason,
        decided_by=tx.actor.id,
    )
    await store.insert_change(tx, change)
    if effective_at > now:
        return Changed(change, new, proration, True, _audit(tx, PlanAct.CHANGE_SCHEDULED, change))
    return Changed(change, new, proration, False, await _put_in_effect(tx, change, current, to=new))


async def put_due_change_in_effect(tx: Tx, member_id: str) -> None:
    """What was scheduled happens, unless it was cancelled or happened meanwhile.

    It is prorated anew: the month it falls into may have been paid since it was decided.
    """
    await members.lock_member(tx, member_id)
    change, current = await store.find_scheduled(tx, member_id), await store.lock_subscription(tx, member_id)
    if change is None or current is None or change.effective_at > datetime.now(UTC):
        return
    old, new = await together(store.get_plan(tx, current.plan_id), store.get_plan(tx, change.to_plan_id))
    if change.prorates:
        proration = _prorated(current, old, to=new, on=change.effective_at)
        change = replace(change, credit_minor=proration.credit_minor, charge_minor=proration.charge_minor)
    await _put_in_effect(tx, change, current, to=new)


async def cancel_scheduled_change(tx: Tx, member_id: str) -> tuple[ChangeRow, Entry]:
    """The member stays on their plan. NoChangeScheduled if nothing was to change."""
    await members.lock_member(tx, member_id)
    change = await store.find_scheduled(tx, member_id)
    if change is None:
        raise rules.NoChangeScheduled(user_id=member_id)
    return change, await _cancel(tx, change, because=change.reason)


async def enrol(
    tx: Tx, member_id: str, plan_id: str, *, starts_at: datetime, payment_method: str | None
) -> tuple[PlanRow, Status]:
    """Put a member without a plan on one; it makes a pending member active once it begins."""
    member = await members.lock_member(tx, member_id)
    member_rules.check_enrolled_or_free(member_id, member.status)
    current = await store.lock_subscription(tx, member_id)
    if current is not None:
        raise rules.AlreadyEnrolled(user_id=member_id, plan_id=current.plan_id)
    plan = await _offered(tx, plan_id)
    new = _first_month(member_id, plan_id, starts_at=starts_at, payment_method=payment_method)
    await store.insert_subscription(tx, new)
    tx.audit(
        PlanAct.ENROLLED,
        member_id,
        before={"plan.id": None},
        after={"plan.id": plan_id, "subscription.enrolled_date": starts_at},
        person=member_rules.person(member_id),
    )
    if member.status is Status.PENDING and new.has_begun:
        await members.set_status(tx, member, Status.ACTIVE)
        return plan, Status.ACTIVE
    return plan, member.status


async def begin_enrolment(tx: Tx, member_id: str) -> None:
    """A subscription whose first day has come counts, and makes a pending member active."""
    member = await members.lock_member(tx, member_id)
    current = await store.lock_subscription(tx, member_id)
    if current is None or current.has_begun or current.enrolled_at > datetime.now(UTC):
        return
    await store.set_begun(tx, current.id)
    status = Status.ACTIVE if member.status is Status.PENDING else member.status
    if status is not member.status:
        await members.set_status(tx, member, status)
    tx.audit(
        PlanAct.ENROLMENT_BEGAN,
        member_id,
        before={"status": member.status},
        after={"status": status},
        person=member_rules.person(member_id),
    )


async def unsubscribe(tx: Tx, member_id: str, *, at: datetime) -> None:
    """Cover and billing end at that moment, and nothing is scheduled any more. The caller holds the member."""
    change = await store.find_scheduled(tx, member_id)
    if change is not None:
        await _cancel(tx, change, because=rules.LEFT)
    await store.set_subscriptions_ended(tx, member_id, at=at)


async def find_plan(tx: Tx, member_id: str) -> PlanRow | None:
    """The plan of the current subscription."""
    current = await store.lock_subscription(tx, member_id)
    return await store.get_plan(tx, current.plan_id) if current else None


async def resubscribe(tx: Tx, member_id: str, plan_id: str | None) -> PlanRow | None:
    """Back on this plan, or else on the one before, from now on. None for somebody who never had one.

    Rows that came from elsewhere may leave a deactivated member's subscription open: it ends here.
    """
    now = datetime.now(UTC)
    last = await store.lock_last_subscription(tx, member_id)
    wanted = plan_id or (last.plan_id if last else None)
    if wanted is None:
        return None
    plan = await _offered(tx, wanted)
    await unsubscribe(tx, member_id, at=now)
    new = _first_month(member_id, plan.id, starts_at=now, payment_method=last.payment_method if last else None)
    if last is not None:
        new = _with_what_was_paid(new, plan, last=last, old=await store.get_plan(tx, last.plan_id))
    await store.insert_subscription(tx, new)
    return plan


async def record_payment(tx: Tx, new: PaymentRow) -> PaymentRow:
    """Keep a premium the platform collected, once: with the credit there is, it pays the whole months it covers.

    What is left stays as credit. Said again, it changes nothing.
    """
    await members.lock_member(tx, new.member_id)
    paid, months = await _with_premium(tx, new)
    new = replace(new, months_paid=months, credit_minor=paid.credit_minor if paid else 0)
    if await store.insert_payment(tx, new) is None:
        known = await store.get_payment(tx, new.external_id)
        if any(getattr(known, name) != getattr(new, name) for name in SAME):
            raise rules.PaymentKnown(external_id=new.external_id)
        return known
    if paid is not None:
        await store.set_paid(tx, paid)
    tx.audit(
        PlanAct.PREMIUM_RECORDED,
        new.member_id,
        after={"payment.id": new.id, "payment.amount": new.amount_minor, "payment.months_paid": new.months_paid},
        person=member_rules.person(new.member_id),
    )
    return new


async def _current(tx: Tx, member_id: str) -> SubscriptionRow:
    member = await members.lock_member(tx, member_id)
    member_rules.check_enrolled_or_free(member_id, member.status)
    current = await store.lock_subscription(tx, member_id)
    if current is None:
        raise rules.NotEnrolled(user_id=member_id)
    return current


async def _offered(tx: Tx, plan_id: str) -> PlanRow:
    plan = await store.get_plan(tx, plan_id)
    if not plan.is_active:
        raise rules.PlanRetired(plan_id=plan_id)
    return plan


def _first_month(member_id: str, plan_id: str, *, starts_at: datetime, payment_method: str | None) -> SubscriptionRow:
    """A subscription whose first month is billed on its first day."""
    anchor = starts_at.astimezone(UTC).date()
    return SubscriptionRow(
        id=new_id("sub"),
        member_id=member_id,
        plan_id=plan_id,
        enrolled_at=starts_at,
        next_billing_date=_midnight(anchor),
        billing_anchor=anchor,
        payment_method=payment_method,
        credit_minor=0,
        has_begun=starts_at <= datetime.now(UTC),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def _with_premium(tx: Tx, premium: PaymentRow) -> tuple[SubscriptionRow | None, int]:
    """The member's latest subscription with this premium, and the months it pays. One that ended keeps it as credit."""
    current = await store.lock_subscription(tx, premium.member_id)
    if current is not None:
        plan = await store.get_plan(tx, current.plan_id)
        return _paid(current, plan, money_minor=current.credit_minor + premium.amount_minor)
    ended = await store.lock_last_subscription(tx, premium.member_id)
    return (replace(ended, credit_minor=ended.credit_minor + premium.amount_minor) if ended else None), 0


def _with_what_was_paid(new: SubscriptionRow, plan: PlanRow, *, last: SubscriptionRow, old: PlanRow) -> SubscriptionRow:
    """Days that were paid ahead stay paid under the same plan; under another they are credit, at their price."""
    unused = _prorated(last, old, to=plan, on=new.enrolled_at).credit_minor
    if unused and old.id == plan.id and last.enrolled_at <= new.enrolled_at:
        new = replace(new, billing_anchor=last.billing_anchor, next_billing_date=last.next_billing_date)
        unused = 0
    return _paid(new, plan, money_minor=last.credit_minor + unused)[0]


def _paid(subscription: SubscriptionRow, plan: PlanRow, *, money_minor: int) -> tuple[SubscriptionRow, int]:
    """With the whole months that the money pays, the rest of it as credit; and how many they are."""
    due = subscription.paid_until
    if due is None:
        return replace(subscription, credit_minor=money_minor), 0
    paid = rules.pay(money_minor, cost_minor=plan.monthly_cost_minor, anchor=subscription.billing_anchor, due=due)
    until = _midnight(paid.until) if paid.months else subscription.next_billing_date
    return replace(subscription, next_billing_date=until, credit_minor=paid.credit_minor), paid.months


def _prorated(current: SubscriptionRow, old: PlanRow, *, to: PlanRow, on: datetime) -> Proration:
    return rules.prorate(
        old.monthly_cost_minor,
        to.monthly_cost_minor,
        anchor=current.billing_anchor,
        on=on.astimezone(UTC).date(),
        paid_until=current.paid_until,
    )


async def _put_in_effect(tx: Tx, change: ChangeRow, current: SubscriptionRow, *, to: PlanRow) -> Entry:
    """The new subscription begins where the old one ends, and goes on with its billing days and its credit."""
    starts_at = max(current.enrolled_at, change.effective_at)
    await store.set_subscriptions_ended(tx, current.member_id, at=starts_at)
    successor = replace(current, id=new_id("sub"), plan_id=to.id, enrolled_at=starts_at)
    successor, _ = _paid(successor, to, money_minor=current.credit_minor)
    await store.insert_subscription(tx, successor)
    await store.set_change_in_effect(tx, change)
    return _audit(tx, PlanAct.CHANGED, change)


async def _cancel(tx: Tx, change: ChangeRow, *, because: str) -> Entry:
    await store.set_change_cancelled(tx, change.id)
    stays = replace(change, from_plan_id=change.to_plan_id, to_plan_id=change.from_plan_id, reason=because)
    return _audit(tx, PlanAct.CHANGE_CANCELLED, stays)


def _audit(tx: Tx, act: PlanAct, change: ChangeRow) -> Entry:
    return tx.audit(
        act,
        change.member_id,
        before={"plan.id": change.from_plan_id},
        after={"plan.id": change.to_plan_id},
        reason=change.reason,
        person=member_rules.person(change.member_id),
    )
