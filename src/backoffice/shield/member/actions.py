"""What staff and the platform do with members. Each runs inside one write and holds the member first."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import together
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.shield import notices
from backoffice.shield.events import Event
from backoffice.shield.member import former_emails, rules, store
from backoffice.shield.member.platform_schemas import NewMemberIn
from backoffice.shield.member.rules import DeactivationReason, Status, UserAct
from backoffice.shield.member.store import DeactivationRow, MemberRow
from backoffice.shield.payout import actions as payouts
from backoffice.shield.plan import actions as plans
from backoffice.shield.plan.store import PlanRow


@dataclass(frozen=True, slots=True)
class SealedSsn:
    key_id: str
    sealed: bytes
    last_four: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """Which fields changed, by the contract's names; no entry when none did."""

    fields: list[str]
    entry: Entry | None


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


def seal_ssn(keys: KeyRing, member_id: str, *, ssn: SecretStr) -> SealedSsn:
    """A social security number as it is kept: it opens only for this member, and shows its last four digits."""
    digits = ssn.get_secret_value().replace("-", "")
    key_id, sealed = keys.encrypt(digits.encode(), bound_to=member_id)
    return SealedSsn(key_id, sealed, digits[-4:])


def columns_of(new: NewMemberIn, keys: KeyRing) -> dict[str, Any]:
    """A new member's row, with an id and the social security number sealed."""
    row: dict[str, Any] = {
        "id": new_id("user"),
        "external_id": new.external_id,
        "email": new.email,
        "signup_source": new.signup_source,
        "signup_date": new.signup_date,
        "last_activity": new.last_activity,
        **new.profile.columns(),
    }
    if new.profile.ssn is not None:
        ssn = seal_ssn(keys, row["id"], ssn=new.profile.ssn)
        row |= {"ssn_key_id": ssn.key_id, "ssn_sealed": ssn.sealed.hex(), "ssn_last_four": ssn.last_four}
    return row


async def create_member(tx: Tx, new: dict[str, Any]) -> str:
    """A member as their platform knows them, pending until they are enrolled. EmailTaken, ExternalIdTaken."""
    if not await store.insert_members(tx, [new]):
        if await store.find_taken(tx, new["email"], new.get("external_id")) == "email":
            raise rules.EmailTaken
        raise rules.ExternalIdTaken(external_id=new.get("external_id") or "")
    audit_created(tx, new["id"])
    return str(new["id"])


def audit_created(tx: Tx, member_id: str) -> None:
    tx.audit(UserAct.CREATED, member_id, after={"status": Status.PENDING}, person=rules.person(member_id))


async def correct_profile(
    tx: Tx, member_id: str, wanted: dict[str, Any], *, ssn: SealedSsn | None = None, reason: str | None = None
) -> Corrected:
    """Change what is wanted and differs; where nothing differs, nothing changes and nothing is recorded."""
    member = await store.lock_member(tx, member_id)
    if ssn is not None:
        wanted = {**wanted, "ssn_last_four": ssn.last_four}
        await store.set_ssn(tx, member_id, key_id=ssn.key_id, sealed=ssn.sealed, last_four=ssn.last_four)
    kept = {name: getattr(member, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if value != kept[name] or name == "ssn_last_four"}
    if not changed:
        return Corrected([], None)
    before, after = rules.dotted({name: kept[name] for name in changed}), rules.dotted(changed)
    corrected = replace(member, **changed)
    with store.taken():
        await store.set_profile(tx, corrected)
    entry = tx.audit(
        UserAct.PROFILE_UPDATE,
        member_id,
        before=rules.sealed(before),
        after=rules.sealed(after),
        reason=reason,
        person=rules.person(member_id),
    )
    if corrected.email.lower() != member.email.lower():
        await former_emails.insert_former_email(tx, member_id, member.email)
        await notices.tell_email_changed(tx, corrected, former=member.email, change=entry.id)
    return Corrected(list(after), entry)


async def note_activity(tx: Tx, member_id: str, at: datetime) -> None:
    """Remember when the platform last saw the member; an earlier time changes nothing."""
    await store.lock_member(tx, member_id)
    await store.set_last_activity(tx, member_id, at)
    tx.record("member seen", member_id)


async def deactivate(tx: Tx, member_id: str, leaving: Leaving) -> Left:
    """The member leaves, now or on a later day. A deactivation decided later replaces a scheduled one.

    Fraud or death found of somebody who left for another reason replaces that reason, at once.
    """
    now = datetime.now(UTC)
    effective_at = leaving.effective_at or now
    rules.check_not_long_ago(effective_at, now)
    member, before = await together(store.lock_member(tx, member_id), store.find_deactivation(tx, member_id))
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
    member, due = await store.lock_member(tx, member_id), await store.find_deactivation(tx, member_id)
    if due is not None and due.took_effect_at is None and rules.is_due(due.effective_at, datetime.now(UTC)):
        await _put_in_effect(tx, member, due)


async def reactivate(tx: Tx, member_id: str, *, reason: str, plan_id: str | None) -> Returned:
    """A deactivated member returns, to this plan or the one they had; a scheduled deactivation is withdrawn.

    Somebody who has not left yet keeps the plan they are on.
    """
    member = await store.lock_member(tx, member_id)
    ended = await store.find_deactivation(tx, member_id)
    if ended is None and member.status is not Status.DEACTIVATED:
        raise rules.NotDeactivated(user_id=member_id)
    if ended is not None:
        await store.set_ended(tx, ended.id)
    if member.status is not Status.DEACTIVATED:
        entry = _audit_return(tx, UserAct.DEACTIVATION_WITHDRAWN, member, reason=reason)
        current = await plans.find_plan(tx, member_id)
        return Returned(member.status, current, entry)
    await store.set_status(tx, member, Status.ACTIVE)
    plan = await plans.resubscribe(tx, member_id, plan_id)
    return Returned(Status.ACTIVE, plan, _audit_return(tx, UserAct.REACTIVATED, member, reason=reason, onto=plan))


async def _put_in_effect(
    tx: Tx, member: MemberRow, leaving: DeactivationRow, *, known: DeactivationReason | None = None
) -> Entry:
    """Cover and billing stop; whoever leaves for fraud or by death is not paid until somebody has looked.

    `known` is the reason for which the member had left already.
    """
    if member.status is not Status.DEACTIVATED:
        await store.set_status(tx, member, Status.DEACTIVATED)
    await plans.unsubscribe(tx, member.id, at=leaving.effective_at)
    if leaving.reason in rules.HOLDS_PAYOUTS:
        await payouts.hold_pending(tx, member.id, f"The member was deactivated: {leaving.reason}")
    told = rules.is_told(leaving.reason, wanted=leaving.notifies_member)
    if told:
        await notices.tell_deactivated(tx, member, leaving)
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
        person=rules.person(member.id),
    )


def _audit_return(tx: Tx, act: UserAct, member: MemberRow, *, reason: str, onto: PlanRow | None = None) -> Entry:
    status = Status.ACTIVE if member.status is Status.DEACTIVATED else member.status
    return tx.audit(
        act,
        member.id,
        before={"status": member.status} | ({"plan.id": None} if onto else {}),
        after={"status": status} | ({"plan.id": onto.id} if onto else {}),
        reason=reason,
        person=rules.person(member.id),
    )
