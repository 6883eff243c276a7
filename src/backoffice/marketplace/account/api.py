"""The staff doors of accounts (users and disputes, 12-15 and 17; the admin app's spellings of them)."""

from backoffice.kernel.web import Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.account import actions, rules
from backoffice.marketplace.account.actions import Message, Why
from backoffice.marketplace.account.rules import AccountAct
from backoffice.marketplace.account.schemas import (
    BanIn,
    LoggedOutOut,
    MessageIn,
    QueuedOut,
    ReactivateIn,
    StatusOut,
    SuspendedOut,
    SuspendIn,
    TrustIn,
    TrustSetOut,
)
from backoffice.marketplace.customer.rules import UserDeleted, UserNotFound
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Users", prefix="/api/v1/admin/users")
MOVING = (UserNotFound, UserDeleted, rules.InvalidStatusTransition)


@door.post(
    "/{user_id}/suspend",
    permission=Market.USERS_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[AccountAct.SUSPENDED],
    errors=MOVING,
)
async def suspend_user(user_id: Id, body: SuspendIn, tx: Tx) -> Success[SuspendedOut]:
    """No bookings for some days, or for good. Suspended again, the account is so for the new time."""
    why = Why(body.reason, body.internal_notes, body.notify_user)
    account = await actions.suspend(tx, await actions.hold(tx, user_id), why, days=body.duration_days)
    until = account.suspended_until
    return success(
        {
            "user_id": user_id,
            "status": account.status,
            "suspended_until": until,
            "can_reactivate_at": rules.last_day(until),
        }
    )


@door.patch("/{user_id}/suspend", permission=Market.USERS_MANAGE, audit=[AccountAct.SUSPENDED], errors=MOVING)
async def suspend_user_at_once(user_id: Id, body: SuspendIn, tx: Tx) -> Success[SuspendedOut]:
    """The same as the admin app says it: with a reason alone, for good."""
    return await suspend_user(user_id, body, tx)


@door.post(
    "/{user_id}/reactivate",
    permission=Market.USERS_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[AccountAct.REACTIVATED],
    errors=[UserNotFound, UserDeleted],
)
async def reactivate_user(user_id: Id, body: ReactivateIn, tx: Tx) -> Success[StatusOut]:
    """Take a suspension or a ban back, also before its time."""
    held = await actions.hold(tx, user_id)
    account = await actions.reactivate(tx, held, notes=body.notes, notifies=body.notify_user)
    return success({"user_id": user_id, "status": account.status})


@door.patch(
    "/{user_id}/unsuspend",
    permission=Market.USERS_MANAGE,
    audit=[AccountAct.REACTIVATED],
    errors=[UserNotFound, UserDeleted],
)
async def unsuspend_user(user_id: Id, body: ReactivateIn, tx: Tx) -> Success[StatusOut]:
    """The same as the admin app says it."""
    return await reactivate_user(user_id, body, tx)


@door.post(
    "/{user_id}/ban",
    permission=Market.USERS_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[AccountAct.BANNED],
    errors=MOVING,
)
async def ban_user(user_id: Id, body: BanIn, tx: Tx) -> Success[StatusOut]:
    """No bookings any more, until staff take it back."""
    account = await actions.ban(
        tx, await actions.hold(tx, user_id), Why(body.reason, body.internal_notes, body.notify_user)
    )
    return success({"user_id": user_id, "status": account.status})


@door.post(
    "/{user_id}/logout-all",
    permission=Market.USERS_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[AccountAct.LOGGED_OUT],
    errors=[UserNotFound, UserDeleted],
)
async def log_out_user(user_id: Id, tx: Tx) -> Success[LoggedOutOut]:
    """End every session of a customer, here and on the platform."""
    return success({"user_id": user_id, "sessions_terminated": await actions.log_out(tx, user_id)})


@door.patch(
    "/{user_id}/trust-score",
    permission=Market.USERS_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[AccountAct.TRUST_SET],
    errors=[UserNotFound, UserDeleted],
)
async def set_trust_score(user_id: Id, body: TrustIn, tx: Tx) -> Success[TrustSetOut]:
    """A score by hand; null clears it. With restrictions a score below 50 books prepaid only, below 30 nothing."""
    account = await actions.set_trust(
        tx, user_id, score=body.score, reason=body.reason, is_restricted=body.apply_restrictions
    )
    score = account.trust_computed if account.trust_by_hand is None else account.trust_by_hand
    return success(
        {
            "user_id": user_id,
            "trust_score": score,
            "computed": account.trust_computed,
            "set_by_hand": account.trust_by_hand,
            "restrictions": account.is_restricted,
            "bookings_allowed": rules.bookings_of(score, is_restricted=account.is_restricted),
        }
    )


@door.post(
    "/{user_id}/notify",
    permission=Market.USERS_MANAGE,
    key=KeyRule.REQUIRED,
    audit=[AccountAct.NOTIFIED],
    errors=[UserNotFound, UserDeleted, rules.NoAddress, rules.SubjectMissing],
)
async def notify_user(user_id: Id, body: MessageIn, tx: Tx) -> Success[QueuedOut]:
    """Write to a customer by e-mail, SMS, push or inside the app; at most ten messages an hour."""
    message = Message(body.channel, body.subject, body.message, body.priority, body.action_url)
    await actions.send_message(tx, user_id, message)
    return success({"user_id": user_id, "channel": body.channel, "queued": True})
