"""Bulk acts on customers: each does what the single door does, by the same action."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel

from backoffice.kernel.bulk import BulkAct, ChangedSince, Kept, One, Refused
from backoffice.kernel.database import Db, together
from backoffice.kernel.write import Tx
from backoffice.marketplace.account import actions, notices, rules, store
from backoffice.marketplace.account.actions import Message, Why
from backoffice.marketplace.account.schemas import BanIn, MessageIn, ReactivateIn, SuspendIn
from backoffice.marketplace.account.store import AccountRow
from backoffice.marketplace.bulk.foreseeing import refused_of
from backoffice.marketplace.bulk.schemas import NothingIn
from backoffice.marketplace.customer.rules import Status, UserDeleted, UserNotFound
from backoffice.marketplace.permissions import Market

Check = Callable[[AccountRow, Any], None]
"""Raises what the act would refuse."""


async def suspend(tx: Tx, one: One[SuspendIn]) -> Kept | None:
    body = one.params
    before = await actions.hold(tx, int(one.subject))
    why = Why(body.reason, body.internal_notes, body.notify_user)
    await actions.suspend(tx, before, why, days=body.duration_days)
    return await _kept(tx, before, is_told=body.notify_user)


async def ban(tx: Tx, one: One[BanIn]) -> Kept | None:
    body = one.params
    before = await actions.hold(tx, int(one.subject))
    await actions.ban(tx, before, Why(body.reason, body.internal_notes, body.notify_user))
    return await _kept(tx, before, is_told=body.notify_user)


async def _kept(tx: Tx, before: AccountRow, *, is_told: bool) -> Kept | None:
    """Only who was active becomes that again: an earlier suspension had its own reason, which is not kept here."""
    if before.status is not Status.ACTIVE:
        return None
    return {"mark": await store.get_mark(tx, before.id), "is_told": is_told}


async def make_active_again(tx: Tx, subject: str, kept: Kept) -> None:
    """Whoever was told of the one is told of the other. ChangedSince, UserDeleted."""
    customer_id = int(subject)
    account, mark = await together(actions.hold(tx, customer_id), store.get_mark(tx, customer_id))
    if mark != kept["mark"]:
        raise ChangedSince
    await actions.reactivate(tx, account, notes=None, notifies=kept["is_told"])


async def reactivate(tx: Tx, one: One[ReactivateIn]) -> None:
    account = await actions.hold(tx, int(one.subject))
    await actions.reactivate(tx, account, notes=one.params.notes, notifies=one.params.notify_user)


async def notify(tx: Tx, one: One[MessageIn]) -> None:
    body = one.params
    message = Message(body.channel, body.subject, body.message, body.priority, body.action_url)
    await actions.send_message(tx, int(one.subject), message)


async def log_out(tx: Tx, one: One[NothingIn]) -> None:
    await actions.log_out(tx, int(one.subject))


async def _foresee(db: Db, subjects: Sequence[str], params: BaseModel, *, check: Check) -> Refused:
    found = {str(row.id): row for row in await store.list_accounts(db, [int(one) for one in subjects])}

    def check_one(account: AccountRow) -> None:
        if account.status is Status.DELETED:
            raise UserDeleted(user_id=account.id)
        check(account, params)

    return refused_of(found, subjects, missing=lambda one: UserNotFound(user_id=int(one)), check=check_one)


def _may_be_suspended(account: AccountRow, body: SuspendIn) -> None:
    rules.check_may_become(account.status, Status.SUSPENDED)


def _may_be_told(account: AccountRow, body: MessageIn) -> None:
    rules.check_subject(body.channel, body.subject)
    notices.recipient(account, body.channel)


def _always(account: AccountRow, body: BaseModel) -> None:
    """Whoever was not erased."""


ACTS: Sequence[BulkAct[Any]] = (
    BulkAct(
        "users.suspend",
        Market.USERS_MANAGE,
        SuspendIn,
        act=suspend,
        foresee=partial(_foresee, check=_may_be_suspended),
        undo=make_active_again,
    ),
    BulkAct(
        "users.ban",
        Market.USERS_MANAGE,
        BanIn,
        act=ban,
        foresee=partial(_foresee, check=_always),
        undo=make_active_again,
    ),
    BulkAct(
        "users.reactivate",
        Market.USERS_MANAGE,
        ReactivateIn,
        act=reactivate,
        foresee=partial(_foresee, check=_always),
    ),
    BulkAct("users.notify", Market.USERS_MANAGE, MessageIn, act=notify, foresee=partial(_foresee, check=_may_be_told)),
    BulkAct("users.logout", Market.USERS_MANAGE, NothingIn, act=log_out, foresee=partial(_foresee, check=_always)),
)
