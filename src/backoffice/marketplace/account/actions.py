"""What staff do with an account. Each runs inside one write, on a customer who is held: by itself, or by its caller."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from backoffice.kernel.audit.entry import Entry, personal
from backoffice.kernel.database import Query, together
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.notify import store as told
from backoffice.kernel.notify.actions import Notice, notify
from backoffice.kernel.notify.rules import Channel
from backoffice.kernel.urgency import Priority
from backoffice.kernel.webhooks.actions import publish, publish_all
from backoffice.kernel.write import Tx
from backoffice.marketplace.account import notices, rules, store
from backoffice.marketplace.account.rules import AccountAct
from backoffice.marketplace.account.store import AccountRow
from backoffice.marketplace.activity import store as sessions
from backoffice.marketplace.activity.rules import EndedBy
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.rules import Status
from backoffice.marketplace.events import Event


@dataclass(frozen=True, slots=True)
class Why:
    """What the customer may read, and what only staff do."""

    reason: str
    notes: str | None
    notifies: bool


@dataclass(frozen=True, slots=True)
class Message:
    channel: Channel
    subject: str | None
    text: str
    priority: Priority
    link: str | None


def hold(tx: Tx, customer_id: int) -> Query[AccountRow]:
    """The account, held until this write ends. UserNotFound; UserDeleted where the person was erased."""
    return store.lock_account(tx, customer_id).then(_not_deleted)


def _not_deleted(account: AccountRow) -> AccountRow:
    if account.status is Status.DELETED:
        raise customer_rules.UserDeleted(user_id=account.id)
    return account


async def suspend(tx: Tx, account: AccountRow, why: Why, *, days: int | None) -> AccountRow:
    """No bookings until the end of the last day, or for good, and no session that began before. A suspended account is
    so for another time from now on.

    InvalidStatusTransition.
    """
    rules.check_may_become(account.status, Status.SUSPENDED)
    until = rules.suspended_until(datetime.now(UTC), days)
    written = store.set_suspended(tx, account, reason=why.reason, until=until)
    await _shut_out(tx, account, written, Event.USER_SUSPENDED, suspended_until=until)
    after = {"status": Status.SUSPENDED, "suspended_until": until}
    entry = _audit_change(tx, AccountAct.SUSPENDED, account=account, why=why, after=after)
    if why.notifies:
        await notices.tell_suspended(tx, account, entry.id, reason=why.reason, until=until)
    return replace(account, status=Status.SUSPENDED, suspended_until=until)


async def ban(tx: Tx, account: AccountRow, why: Why) -> AccountRow:
    """No bookings and no session any more, until staff take it back. A banned account stays as it is."""
    if account.status is Status.BANNED:
        return account
    rules.check_may_become(account.status, Status.BANNED)
    await _shut_out(tx, account, store.set_banned(tx, account, reason=why.reason), Event.USER_BANNED)
    entry = _audit_change(tx, AccountAct.BANNED, account=account, why=why, after={"status": Status.BANNED})
    if why.notifies:
        await notices.tell_banned(tx, account, entry.id, reason=why.reason)
    return replace(account, status=Status.BANNED, suspended_until=None)


async def reactivate(tx: Tx, account: AccountRow, *, notes: str | None, notifies: bool) -> AccountRow:
    """A suspended or banned account is active again; an active one stays as it is."""
    if account.status is Status.ACTIVE:
        return account
    await publish(tx, Event.USER_REACTIVATED, _told(account), beside=store.set_active(tx, account))
    entry = tx.audit(
        AccountAct.REACTIVATED,
        account.id,
        before={"status": account.status, "suspended_until": account.suspended_until},
        after={"status": Status.ACTIVE} | ({"notes": personal(notes)} if notes else {}),
        person=account.person,
    )
    if notifies:
        await notices.tell_reactivated(tx, account, entry.id)
    return replace(account, status=Status.ACTIVE, suspended_until=None)


async def end_suspension(tx: Tx, customer_id: int) -> None:
    """A suspension whose time is over ends by itself, unless somebody prolonged it or ended it meanwhile."""
    account = await store.lock_account(tx, customer_id)
    if account.status is not Status.SUSPENDED or not customer_rules.is_over(account.suspended_until, datetime.now(UTC)):
        return
    await publish(tx, Event.USER_REACTIVATED, _told(account), beside=store.set_active(tx, account))
    tx.audit(
        AccountAct.SUSPENSION_ENDED,
        account.id,
        before={"status": account.status, "suspended_until": account.suspended_until},
        after={"status": Status.ACTIVE},
        person=account.person,
    )


async def log_out(tx: Tx, customer_id: int) -> int:
    """Every session of a customer ends; how many there were. UserNotFound, UserDeleted."""
    account = await hold(tx, customer_id)
    ended = await _sessions_end(tx, account)
    await publish(tx, Event.USER_SESSIONS_ENDED, _ended(account, ended))
    tx.audit(AccountAct.LOGGED_OUT, customer_id, after={"sessions": len(ended)}, person=account.person)
    return len(ended)


async def _shut_out(tx: Tx, account: AccountRow, written: Query[int], event: Event, **facts: Any) -> None:
    """Write it, end every session, and tell the platform of both: two round trips."""
    _, ended = await together(written, _sessions_end(tx, account))
    await publish_all(tx, {event: {**_told(account), **facts}, Event.USER_SESSIONS_ENDED: _ended(account, ended)})


def _sessions_end(tx: Tx, account: AccountRow) -> Query[list[str]]:
    return sessions.set_all_ended(tx, account.id, by=EndedBy.STAFF)


def _ended(account: AccountRow, session_ids: list[str]) -> dict[str, Any]:
    """On the platform every session ends: also those that it never told of."""
    return {**_told(account), "session_ids": session_ids}


async def set_trust(tx: Tx, customer_id: int, *, score: int | None, reason: str, is_restricted: bool) -> AccountRow:
    """A score by hand stays until it is cleared by None; `is_restricted` lets the score limit what they may book.

    UserNotFound, UserDeleted.
    """
    account = await hold(tx, customer_id)
    kept = reason if score is not None else None
    await store.set_trust(tx, customer_id, score=score, reason=kept, is_restricted=is_restricted)
    tx.audit(
        AccountAct.TRUST_SET,
        customer_id,
        before={"score": account.trust_by_hand, "restrictions": account.is_restricted},
        after={"score": score, "restrictions": is_restricted, "reason": personal(reason)},
        person=account.person,
    )
    return replace(account, trust_by_hand=score, is_restricted=is_restricted)


async def send_message(tx: Tx, customer_id: int, message: Message) -> None:
    """What somebody of staff writes to a customer, by the channel they chose, so many in an hour.

    UserNotFound, UserDeleted, NoAddress, SubjectMissing, TooManyRequests.
    """
    account = await hold(tx, customer_id)
    rules.check_subject(message.channel, message.subject)
    to = notices.recipient(account, message.channel)
    await _limit(tx, account)
    entry = tx.audit(
        AccountAct.NOTIFIED,
        customer_id,
        after={
            "channel": message.channel,
            "priority": message.priority,
            "subject": personal(message.subject),
            "message": personal(message.text),
            "action_url": personal(message.link),
        },
        person=account.person,
    )
    facts = {"subject": message.subject or "", "message": message.text}
    how: dict[str, Any] = {"channel": message.channel, "priority": message.priority, "link": message.link}
    await notify(tx, Notice(notices.FROM_STAFF, to, facts, f"message:{entry.id}", **how))


async def _limit(tx: Tx, account: AccountRow) -> None:
    """The customer is held, so of two who write at once the second counts the first one's message."""
    template, most = notices.FROM_STAFF.name, rules.MESSAGES_AN_HOUR
    earlier = await told.find_nth_latest(tx, account.person, template=template, nth=most)
    wait = rules.wait_after(earlier, datetime.now(UTC)) if earlier else None
    if wait is not None:
        raise TooManyRequests(retry_after_seconds=wait)


def _told(account: AccountRow) -> dict[str, Any]:
    return {"user_id": account.id, "external_id": account.external_id}


def _audit_change(tx: Tx, act: AccountAct, *, account: AccountRow, why: Why, after: dict[str, Any]) -> Entry:
    written = {"reason": personal(why.reason)} | ({"internal_notes": personal(why.notes)} if why.notes else {})
    return tx.audit(
        act,
        account.id,
        before={"status": account.status, "suspended_until": account.suspended_until},
        after={**after, **written},
        person=account.person,
    )
