"""Bulk acts on disputes: each does what the single door does, by the same action."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel

from backoffice.kernel.bulk import BulkAct, ChangedSince, Kept, One, Refused
from backoffice.kernel.database import Db
from backoffice.kernel.identity.roles import permissions_now
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx
from backoffice.marketplace.bulk import store
from backoffice.marketplace.bulk.foreseeing import refused_of
from backoffice.marketplace.bulk.schemas import CloseIn, PriorityIn
from backoffice.marketplace.dispute import actions, rules
from backoffice.marketplace.dispute.assigning import assign_dispute, set_priority
from backoffice.marketplace.dispute.deciding import DisputeUpdate, update_dispute
from backoffice.marketplace.dispute.rules import Status
from backoffice.marketplace.dispute.schemas import AssignIn
from backoffice.marketplace.permissions import BOOK, Market

Check = Callable[[Status], None]
"""Raises what the act would refuse of a dispute that stands like this."""


async def assign(tx: Tx, one: One[AssignIn]) -> Kept | None:
    """Only what somebody else had before, and was in work, can be given back to them."""
    dispute_id, to = int(one.subject), one.params.admin_user_id
    before, _ = await actions.hold(tx, dispute_id)
    await assign_dispute(tx, dispute_id, to, note=one.params.notes)
    if before.assigned_to in (None, to) or before.status is Status.OPEN:
        return None
    return {"to": to, "before": before.assigned_to}


async def give_back(tx: Tx, subject: str, kept: Kept) -> None:
    """To whom it was given before. ChangedSince, NotAssignable, DisputeClosed."""
    dispute, _ = await actions.hold(tx, int(subject))
    if dispute.assigned_to != kept["to"]:
        raise ChangedSince
    await assign_dispute(tx, dispute.id, kept["before"])


async def close(tx: Tx, one: One[CloseIn]) -> None:
    body = one.params
    wanted = DisputeUpdate(
        status=Status.CLOSED,
        notes=body.admin_notes,
        notify_user=body.notify_user,
        notify_vendor=body.notify_vendor,
    )
    await update_dispute(tx, int(one.subject), wanted, thresholds=one.house.settings.dual_approval_minor)


async def prioritize(tx: Tx, one: One[PriorityIn]) -> Kept | None:
    dispute_id, to = int(one.subject), one.params.priority
    before, _ = await actions.hold(tx, dispute_id)
    await set_priority(tx, dispute_id, to)
    return None if before.priority is to else {"to": to, "before": before.priority}


async def make_as_urgent_as_before(tx: Tx, subject: str, kept: Kept) -> None:
    """ChangedSince, DisputeClosed."""
    dispute, _ = await actions.hold(tx, int(subject))
    if dispute.priority != kept["to"]:
        raise ChangedSince
    await set_priority(tx, dispute.id, Priority(kept["before"]))


async def _foresee(db: Db, subjects: Sequence[str], params: BaseModel, *, check: Check) -> Refused:
    found = {str(row.id): row.status for row in await store.list_disputes(db, [int(one) for one in subjects])}
    return refused_of(found, subjects, missing=lambda one: rules.DisputeNotFound(dispute_id=int(one)), check=check)


async def _foresee_assigning(db: Db, subjects: Sequence[str], body: AssignIn) -> Refused:
    may = Market.DISPUTES_MANAGE in await permissions_now(db, body.admin_user_id, book=BOOK)

    def check(status: Status) -> None:
        _is_not_closed(status)
        if not may:
            raise rules.NotAssignable(admin_user_id=body.admin_user_id)

    return await _foresee(db, subjects, body, check=check)


def _is_not_closed(status: Status) -> None:
    if status is Status.CLOSED:
        raise rules.DisputeClosed(current_status=status)


def _may_be_closed(status: Status) -> None:
    if status is not Status.CLOSED:
        rules.check_move(status, Status.CLOSED)


ACTS: Sequence[BulkAct[Any]] = (
    BulkAct(
        "disputes.assign",
        Market.DISPUTES_MANAGE,
        AssignIn,
        act=assign,
        foresee=_foresee_assigning,
        undo=give_back,
    ),
    BulkAct(
        "disputes.close",
        Market.DISPUTES_MANAGE,
        CloseIn,
        act=close,
        foresee=partial(_foresee, check=_may_be_closed),
    ),
    BulkAct(
        "disputes.priority",
        Market.DISPUTES_MANAGE,
        PriorityIn,
        act=prioritize,
        foresee=partial(_foresee, check=_is_not_closed),
        undo=make_as_urgent_as_before,
    ),
)
