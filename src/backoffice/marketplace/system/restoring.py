"""The door of a restore (remaining endpoints, 4.3): it is accepted here, and carried out by `backoffice run`."""

from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.backup.rules import BackupDamaged, BackupNotFound, KeyMissing, MomentNotCovered
from backoffice.kernel.restore import actions, rules
from backoffice.kernel.restore.actions import Goal
from backoffice.kernel.restore.record import Wish
from backoffice.kernel.restore.rules import RestoreAct
from backoffice.kernel.task import Status
from backoffice.kernel.web import Call, Doors, In
from backoffice.kernel.web.inputs import Moment
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success

WARNING = "This will replace current data with what it was at {moment}. Everything written since then is lost."
door = Doors(MARKETPLACE, tag="System", prefix="/api/v1/admin/system")


class RestoreIn(In):
    """A backup as it is, a moment, or a moment by way of this backup."""

    backup_id: UUID | None = None
    target_timestamp: Moment | None = None
    confirmation_code: str = Field(min_length=1, max_length=40)


class RestoreOut(TypedDict):
    """`restores_to` is the moment that the database will be of."""

    job_id: UUID
    status: Literal[Status.PENDING]
    restores_to: datetime
    warning: str


async def look_for_backup(call: Call, brought: dict[str, Any]) -> Goal:
    """Before the write: backups may lie in an object store."""
    body: RestoreIn = brought["body"]
    wish = Wish(backup_id=body.backup_id, moment=body.target_timestamp)
    goal = await actions.find_goal(call.house.settings, wish, actor=call.caller)
    rules.check_confirmed(body.confirmation_code, moment=goal.moment)
    return goal


@door.post(
    "/restore",
    permission=Market.SYSTEM_RESTORE,
    step_up=True,
    key=KeyRule.REQUIRED,
    ahead=look_for_backup,
    audit=[RestoreAct.ASKED],
    errors=[
        rules.OnlySuperAdmins,
        rules.NotOurServer,
        rules.NoMoment,
        rules.MomentInFuture,
        rules.ConfirmationWrong,
        rules.RestoreUnderWay,
        BackupNotFound,
        BackupDamaged,
        KeyMissing,
        MomentNotCovered,
    ],
)
async def restore_system(body: RestoreIn, call: Call, tx: Tx) -> Success[RestoreOut]:
    """Put the database back to a backup, or to any moment since. One an hour; a safety backup is made first.

    From its begin until its end every other request gets 503. Afterwards all sessions have ended, and money is held
    until two people have compared it.
    """
    goal = cast(Goal, call.seen)
    job_id = await actions.ask(tx, call.house.settings, goal)
    warning = WARNING.format(moment=goal.moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return success({"job_id": job_id, "status": Status.PENDING, "restores_to": goal.moment, "warning": warning})
