"""Members leave and return. Each runs inside one write and holds the member first."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import together
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.shield import notices
from backoffice.shield.events import Event
from backoffice.shield.leaving import rules, store
from backoffice.shield.leaving.store import DeactivationRow
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.member.rules import DeactivationReason, Status, UserAct
from backoffice.shield.member.store import MemberRow
from backoffice.shield.payout import actions as payouts
from backoffice.shield.plan import actions as plans
from backoffice.shield.plan.store import PlanRow


@dataclass(frozen=True, slots=True)
class Leaving:
    reason: DeactivationReason
    details: str | None
    effective_at: datetime | None
    notifies_member: bool


@dataclass(frozen=True, slots=True)
class Left:
    deactivation: DeactivationRow
    status: Status
    entry: Entry


@dataclass(frozen=True, slots=True)
class Returned:
    status: Status
    plan: PlanRow | None
    entry: Entry


async def deactivate(tx: Tx, member_id: str, leaving: Leaving) -> Left:
    """The member leaves, now or on a later day. A deactivation decided later replaces a scheduled one.

    Fraud or death found of somebody who left for another reason replaces that reason, at once.
    """
    now = datetime.now(UTC)
    effective_at = leaving.effective_at or now
    rules.check_not_long_ago(effective_at, now)
    member, before = await together(members.lock_member(tx, member_id), store.find_deactivation(tx, member_id))
    has_left = member.status is Status.DEACTIVATED
    known = before.reason if before and has_left else None
    rules.check_may_leave(member_id, member.status, because=leaving.reason, known=known)
    if before is not None:
        await store.set_ended(tx, before.id)
    new = DeactivationRow(
        id=new_id("deact"),
        member_id=member_id,
        reason=leaving.reason,
        reason_details=leaving.details,
        effective_at=min(effective_at, now) if has_left else effective_at,
        notifies_member=leaving.notifies_member,
        notification_sent=False,
        decided_by=tx.actor.id,
        took_effect_at=None,
    )
    await store.insert_deactivation(tx, new)
    if not rules.is_due(new.effective_at, now):
        entry = _audit_leaving(tx, UserAct.DEACTIVATION_SCHEDULED, member, because=new)
        return Left(new, member.status, entry)
    entry = await _put_in_effect(tx, member, new, known=known)
    told = rules.is_told(new.reason, wanted=new.notifies_member)
    return Left(replace(new, notification_sent=told), Status.DEACTIVATED, entry)


async def put_due_deactivation_in_effect(tx: Tx, member_id: str) -> None:
    """What was scheduled happens, unless it was withdrawn or happened meanwhile."""
    member, due = await members.lock_member(tx, member_id), await store.find_deactivation(tx, member_id)
    if due is not None and due.took_effect_at is None and rules.is_due(due.effective_at, datetime.now(UTC)):
        await _put_in_effect(tx, member, due)


async def reactivate(tx: Tx, member_id: str, *, reason: str, plan_id: str | None) -> Returned:
    """A deactivated member returns, to this plan or the one they had; a scheduled deactivation is withdrawn.

    Somebody who has not left yet keeps the plan they are on.
    """
    member = await members.lock_member(tx, member_id)
    ended = await store.find_deactivation(tx, member_id)
    if ended is None and member.status is not Status.DEACTIVATED:
        raise rules.NotDeactivated(user_id=member_id)
    if ended is not None:
        await store.set_ended(tx, ended.id)
    if member.status is not Status.DEACTIVATED:
        entry = _audit_return(tx, UserAct.DEACTIVATION_WITHDRAWN, member, reason=reason)
        current = await plans.find_plan(tx, member_id)
        return Returned(member.status, current, entry)
    await members.set_status(tx, member, Status.ACTIVE)
    plan = await plans.resubscribe(tx, member_id, plan_id)
    return Returned(Status.ACTIVE, plan, _audit_return(tx, UserAct.REACTIVATED, member, reason=reason, onto=plan))


async def _put_in_effect(
    tx: Tx, member: MemberRow, leaving: DeactivationRow, *, known: DeactivationReason | None = None
) -> Entry:
    """Cover and billing stop; whoever leaves for fraud or by death is not paid until somebody has looked.

    `known` is the reason for which the member had left already.
    """
    if member.status is not Status.DEACTIVATED:
        await members.set_status(tx, member, Status.DEACTIVATED)
    await plans.unsubscribe(tx, member.id, at=leaving.effective_at)
    if leaving.reason in member_rules.HOLDS_PAYOUTS:
        await payouts.hold_pending(tx, member.id, f"The member was deactivated: {leaving.reason}")
    told = rules.is_told(leaving.reason, wanted=leaving.notifies_member)
    if told:
        because = rules.ENDED_BECAUSE.get(leaving.reason, "")
        await notices.tell_deactivated(tx, member.addressee, leaving.id, at=leaving.effective_at, because=because)
    await publish(
        tx,
        Event.USER_DEACTIVATED,
        {"user_id": member.id, "reason": leaving.reason},
        beside=store.set_in_effect(tx, leaving.id, notified=told),
    )
    return _audit_leaving(tx, UserAct.DEACTIVATED, member, because=leaving, known=known)


def _audit_leaving(
    tx: Tx, act: UserAct, member: MemberRow, *, because: DeactivationRow, known: DeactivationReason | None = None
) -> Entry:
    return tx.audit(
        act,
        member.id,
        before={"status": member.status} | ({"deactivation.reason": known} if known else {}),
        after={
            "status": Status.DEACTIVATED,
            "deactivation.reason": because.reason,
            "deactivation.date": because.effective_at,
        },
        reason=because.reason_details or because.reason,
        person=member_rules.person(member.id),
    )


def _audit_return(tx: Tx, act: UserAct, member: MemberRow, *, reason: str, onto: PlanRow | None = None) -> Entry:
    status = Status.ACTIVE if member.status is Status.DEACTIVATED else member.status
    return tx.audit(
        act,
        member.id,
        before={"status": member.status} | ({"plan.id": None} if onto else {}),
        after={"status": status} | ({"plan.id": onto.id} if onto else {}),
        reason=reason,
        person=member_rules.person(member.id),
    )
