"""Asking for a restore: what is looked at before anything is written, and the task that is written then."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backoffice.kernel import task
from backoffice.kernel.actor import Actor
from backoffice.kernel.backup import Backup, Form, Shelf
from backoffice.kernel.backup.rules import MomentNotCovered
from backoffice.kernel.backup.source import Source
from backoffice.kernel.identity.membership import SUPER_ADMIN
from backoffice.kernel.restore import rules, store
from backoffice.kernel.restore.record import Records, Wish
from backoffice.kernel.restore.rules import KIND, RestoreAct
from backoffice.kernel.task import NewTask
from backoffice.kernel.write import Tx
from backoffice.settings import Settings


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a restore goes back to. `until` is None where the backup is restored as it is.

    `is_beside` says that it lies in a past that an earlier restore gave up.
    """

    wish: Wish
    backup: Backup
    moment: datetime
    until: datetime | None
    is_beside: bool


async def find_goal(settings: Settings, wish: Wish, *, actor: Actor) -> Goal:
    """What this person would go back to, as far as backups and archived log reach; nothing is changed.

    OnlySuperAdmins, NotOurServer, NoMoment, MomentInFuture; BackupNotFound, MomentNotCovered, KeyMissing.
    """
    if actor.role != SUPER_ADMIN:
        raise rules.OnlySuperAdmins
    if not Source.of(settings).is_ours:
        raise rules.NotOurServer
    return await asyncio.to_thread(goal_of, settings, wish)


def goal_of(settings: Settings, wish: Wish) -> Goal:
    """The same, waiting, also where no server runs."""
    if wish.backup_id is None and wish.moment is None:
        raise rules.NoMoment
    if wish.moment is not None and wish.moment > datetime.now(UTC):
        raise rules.MomentInFuture
    lost = [one.window for one in Records(settings.data_folder) if one.window is not None]
    shelf = Shelf(settings)
    if wish.backup_id is not None:
        backup = shelf.get(wish.backup_id)
    else:
        assert wish.moment is not None, "one of both was named"
        backup = rules.leading_to(wish.moment, shelf.backups(), lost=lost)
    moment = wish.moment or backup.ended_at
    if backup.form is not Form.PHYSICAL:
        raise MomentNotCovered(moment=moment.isoformat(), reason="that backup is a dump, for `backoffice restore`")
    if moment < backup.ended_at:
        reason = f"that backup can be restored from {backup.ended_at.isoformat()} on"
        raise MomentNotCovered(moment=moment.isoformat(), reason=reason)
    until = None if moment == backup.ended_at else moment
    return Goal(wish, backup, moment, until, until is None or any(one.holds(moment) for one in lost))


async def ask(tx: Tx, settings: Settings, goal: Goal) -> UUID:
    """The task of a restore that `backoffice run` carries out. RestoreUnderWay, TooManyRequests.

    The task doesn't name its job: whoever wants it tried again comes through this door, with its code.
    """
    await store.hold_turn(tx)
    if Records(settings.data_folder).find_open() is not None:
        raise rules.RestoreUnderWay
    rules.check_not_lately(await store.find_last_asked_at(tx), now=datetime.now(UTC))
    facts = facts_of(goal)
    task_id = await task.begin(tx, NewTask(KIND, facts))
    tx.defer(rules.CARRY_OUT, lock=task.lock_of(task_id), task_id=str(task_id))
    tx.audit(RestoreAct.ASKED, task_id, after=facts)
    return task_id


def facts_of(goal: Goal) -> dict[str, Any]:
    moment = goal.wish.moment
    return {
        "backup_id": str(goal.wish.backup_id) if goal.wish.backup_id else None,
        "target_timestamp": moment.isoformat() if moment else None,
        "restores_to": goal.moment.isoformat(),
        "asked_at": datetime.now(UTC).isoformat(),
    }


def wish_of(facts: Mapping[str, Any]) -> Wish:
    """The wish that a task was made of."""
    backup_id, moment = facts["backup_id"], facts["target_timestamp"]
    return Wish(
        backup_id=UUID(backup_id) if backup_id else None, moment=datetime.fromisoformat(moment) if moment else None
    )
