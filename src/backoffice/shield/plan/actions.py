"""Who is on which plan. Each runs inside one write and holds the member first."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import Tx
from backoffice.shield.identifiers import new_id
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.member.rules import Status
from backoffice.shield.plan import rules, store
from backoffice.shield.plan.rules import PlanAct, Proration
from backoffice.shield.plan.store import ChangeRow, PaymentRow, PlanRow, SubscriptionRow


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
    effective_at = wanted.effective_at or now
    rules.check_effective(effective_at, now)
    current = await _current(tx, member_id)
    old, new = await store.get_plan(tx, current.plan_id), await _offered(tx, wanted.plan_id)
    if new.id == old.id:
        raise rules.AlreadyEnrolled(user_id=member_id, plan_id=new.id)
    scheduled = await store.find_scheduled(tx, member_id)
    if scheduled is not None:
        raise rules.ChangeAlreadyScheduled(plan_id=scheduled.to_plan_id)
    proration = _prorated(current, old, new=new, on=effective_at) if wanted.prorate else None
    change = ChangeRow(
        id=new_id("change"),
        member_id=member_id,
        from_plan_id=old.id,
        to_plan_id=new.id,
        effective_at=effective_at,
        credit_minor=proration.credit_minor if proration else 0,
        charge_minor=proration.charge_minor if proration else 0,
        reason=wanted.reason,
        decided_by=tx.actor.id,
    )
    await store.insert_change(tx, change)
    if effective_at > now:
        return Changed(change, new, proration, True, _audit(tx, PlanAct.CHANGE_SCHEDULED, change))
    return Changed(change, new, proration, False, await _put_in_effect(tx, change, current))


async def put_due_change_in_effect(tx: Tx, member_id: str) -> None:
    """What was scheduled happens, unless it was cancelled or happened meanwhile."""
    await members.lock_member(tx, member_id)
    change, current = await store.find_scheduled(tx, member_id), await store.lock_subscription(tx, member_id)
    if change is not None and current is not None and change.effective_at <= datetime.now(UTC):
        await _put_in_effect(tx, change, current)


async def cancel_scheduled_change(tx: Tx, member_id: str) -> tuple[ChangeRow, Entry]:
    """The member stays on their plan. NoChangeScheduled if nothing was to change."""
    await members.lock_member(tx, member_id)
    change = await store.find_scheduled(tx, member_id)
    if change is None:
        raise rules.NoChangeScheduled(user_id=member_id)
    await store.set_change_cancelled(tx, change.id)
    stays = replace(change, from_plan_id=change.to_plan_id, to_plan_id=change.from_plan_id)
    return change, _audit(tx, PlanAct.CHANGE_CANCELLED, stays)


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
    await subscribe(tx, member_id, plan_id, starts_at=starts_at, payment_method=payment_method)
    tx.record("member enrolled", member_id)
    if member.status is Status.PENDING and starts_at <= datetime.now(UTC):
        await members.set_status(tx, member, Status.ACTIVE)
        return plan, Status.ACTIVE
    return plan, member.status


async def begin_enrolment(tx: Tx, member_id: str) -> None:
    """A pending member whose subscription has begun is active."""
    member = await members.lock_member(tx, member_id)
    current = await store.lock_subscription(tx, member_id)
    if member.status is Status.PENDING and current is not None and current.enrolled_at <= datetime.now(UTC):
        await members.set_status(tx, member, Status.ACTIVE)
        tx.record("enrolment began", member_id)


async def subscribe(
    tx: Tx, member_id: str, plan_id: str, *, starts_at: datetime, payment_method: str | None
) -> SubscriptionRow:
    """A subscription whose first month is billed on its first day. The caller holds the member."""
    anchor = starts_at.astimezone(UTC).date()
    new = SubscriptionRow(
        id=new_id("sub"),
        member_id=member_id,
        plan_id=plan_id,
        enrolled_at=starts_at,
        next_billing_date=datetime.combine(anchor, time(), UTC),
        billing_anchor=anchor,
        payment_method=payment_method,
    )
    await store.insert_subscription(tx, new)
    return new


async def unsubscribe(tx: Tx, member_id: str) -> None:
    """Billing stops, and nothing is scheduled any more. The caller holds the member."""
    current, change = await store.lock_subscription(tx, member_id), await store.find_scheduled(tx, member_id)
    if change is not None:
        await store.set_change_cancelled(tx, change.id)
    if current is not None:
        await store.set_subscription_ended(tx, current.id)


async def find_plan(tx: Tx, member_id: str) -> PlanRow | None:
    """The plan of the current subscription."""
    current = await store.lock_subscription(tx, member_id)
    return await store.get_plan(tx, current.plan_id) if current else None


async def resubscribe(tx: Tx, member_id: str, plan_id: str | None) -> PlanRow | None:
    """Back on this plan, or else on the one before, from now on. None for somebody who never had one."""
    last = await store.find_last_subscription(tx, member_id)
    wanted = plan_id or (last.plan_id if last else None)
    if wanted is None:
        return None
    plan = await _offered(tx, wanted)
    method = last.payment_method if last else None
    await subscribe(tx, member_id, plan.id, starts_at=datetime.now(UTC), payment_method=method)
    return plan


async def record_payment(tx: Tx, new: PaymentRow) -> PaymentRow:
    """Keep a premium the platform collected, once: it pays the month that is due. Said again, it changes nothing."""
    await members.lock_member(tx, new.member_id)
    if await store.insert_payment(tx, new) is None:
        known = await store.get_payment(tx, new.external_id)
        if replace(known, id=new.id) != new:
            raise rules.PaymentKnown(external_id=new.external_id)
        return known
    current = await store.lock_subscription(tx, new.member_id)
    if current is not None and current.next_billing_date is not None:
        due = current.next_billing_date.astimezone(UTC).date()
        await store.set_next_billing(tx, current.id, rules.next_billing(current.billing_anchor, due))
    tx.record("premium paid", new.id)
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


def _prorated(current: SubscriptionRow, old: PlanRow, *, new: PlanRow, on: datetime) -> Proration:
    return rules.prorate(
        old.monthly_cost_minor, new.monthly_cost_minor, anchor=current.billing_anchor, on=on.astimezone(UTC).date()
    )


async def _put_in_effect(tx: Tx, change: ChangeRow, current: SubscriptionRow) -> Entry:
    """The old subscription ends and the new one goes on with its billing days."""
    await store.set_subscription_ended(tx, current.id)
    starts_at = max(current.enrolled_at, change.effective_at)
    successor = replace(current, id=new_id("sub"), plan_id=change.to_plan_id, enrolled_at=starts_at)
    await store.insert_subscription(tx, successor)
    await store.set_change_in_effect(tx, change.id)
    return _audit(tx, PlanAct.CHANGED, change)


def _audit(tx: Tx, act: PlanAct, change: ChangeRow) -> Entry:
    return tx.audit(
        act,
        change.member_id,
        before={"plan.id": change.from_plan_id},
        after={"plan.id": change.to_plan_id},
        reason=change.reason,
        person=member_rules.person(change.member_id),
    )
