"""Who is on which plan. Each runs inside one write and holds the member first."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import together
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.member.rules import Status
from backoffice.shield.plan import billing, rules, store
from backoffice.shield.plan.rules import PlanAct, Proration
from backoffice.shield.plan.store import ChangeRow, PlanRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class WantedPlan:
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


async def change_plan(tx: Tx, member_id: str, wanted: WantedPlan) -> Changed:
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
    proration = await billing.prorated(tx, current, old, to=new, on=effective_at) if wanted.prorate else None
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
    return Changed(change, new, proration, False, await _put_in_effect(tx, change, current, old=old, to=new))


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
        proration = await billing.prorated(tx, current, old, to=new, on=change.effective_at)
        change = replace(change, credit_minor=proration.credit_minor, charge_minor=proration.charge_minor)
    await _put_in_effect(tx, change, current, old=old, to=new)


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
    new = billing.first_month(member_id, plan_id, starts_at=starts_at, payment_method=payment_method)
    await store.insert_subscription(tx, await billing.begin(tx, new, plan))
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
    new = billing.first_month(member_id, plan.id, starts_at=now, payment_method=last.payment_method if last else None)
    if last is not None:
        new = await billing.take_over(tx, new, plan, last=last, old=await store.get_plan(tx, last.plan_id))
    await store.insert_subscription(tx, new)
    return plan


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


async def _put_in_effect(tx: Tx, change: ChangeRow, current: SubscriptionRow, *, old: PlanRow, to: PlanRow) -> Entry:
    """The new subscription begins where the old one ends, and goes on with its billing days and its credit."""
    starts_at = max(current.enrolled_at, change.effective_at)
    await store.set_subscriptions_ended(tx, current.member_id, at=starts_at)
    successor = replace(current, id=new_id("sub"), plan_id=to.id, enrolled_at=starts_at)
    await store.insert_subscription(tx, await billing.change_over(tx, change, successor, old=old, to=to))
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
