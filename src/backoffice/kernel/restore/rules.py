"""What a restore may become, who may ask for one, and what is refused. Pure: no SQL, no clock, no HTTP.

asked --> preparing --> decided --> succeeded
  |           |                                  until it is decided the old database stays, whatever happens;
  |___________|--> failed                        from then on the new one counts, also after a crash
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.rules import Form, MomentNotCovered
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, TooManyRequests
from backoffice.kernel.lanes import JobName, Lane

KIND = "system_restore"
"""The task that staff see."""
AGAIN_AFTER = timedelta(hours=1)
TAKEN_WITHIN = timedelta(seconds=30)
"""A restore that `backoffice run` does not begin by then is withdrawn: nobody wants it suddenly, hours later."""
HANDED_OVER_WITHIN = timedelta(minutes=2)
"""The same for its job, which waits for a worker."""
CARRY_OUT = JobName("kernel.carry_out_restore", Lane.SENDING)


class Status(StrEnum):
    ASKED = "asked"
    PREPARING = "preparing"
    DECIDED = "decided"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


ENDED = frozenset({Status.SUCCEEDED, Status.FAILED})


class RestoreAct(Act):
    ASKED = "restore.asked"
    RESTORED = "restore.done"


class OnlySuperAdmins(Forbidden):
    """Only a super admin restores the database"""


class ConfirmationWrong(Invalid):
    """confirmation_code must be RESTORE- and the date of the moment in UTC, as in RESTORE-2026-01-31"""


class NoMoment(Invalid):
    """Name a backup_id, a target_timestamp, or both"""


class MomentInFuture(Invalid):
    """The moment to restore is in the future"""


class NotOurServer(Conflict):
    """backoffice doesn't run this PostgreSQL: stop all, use your provider's restore, start again; money is held then"""


class RestoreUnderWay(Conflict):
    """A restore is under way already"""


class RestoreFailed(Conflict):
    """The restore failed, and the database is as it was: {why}"""

    why: str


class NobodyRestores(Conflict):
    """Nobody took the restore up: it is carried out by `backoffice run`, which does not run here"""


class NotADump(Conflict):
    """The backup {backup_id} has the files of a server, and a database of your own takes a dump alone: unpack it with
    `backoffice backup fetch`
    """

    backup_id: str


class NeedsBackup(Invalid):
    """Name the backup with --backup, and no moment: a dump is restored as it is"""


class TargetNotEmpty(Conflict):
    """The database {database} is not empty, it has {found}: make an empty one. To replace the house's own, leave
    DATABASE_RESTORE_URL out
    """

    database: str
    found: str


class TargetInUse(Conflict):
    """Somebody is connected to the database {database}: {others}. Stop API, workers and PgBouncer first"""

    database: str
    others: str


class OwnDatabaseLives(Conflict):
    """The house's own database answers, and {folder} has its journal: a restore beside it would write there. To
    rehearse, name another folder with --data; to move, name the new database in DATABASE_URL
    """

    folder: str


class NeedsAdministrator(Conflict):
    """The role that connects may not prepare the database ({reason}). Ask its administrator to run: {statements};"""

    statements: str
    reason: str


def confirmation_of(day: date) -> str:
    return f"RESTORE-{day.isoformat()}"


def check_confirmed(code: str, *, moment: datetime) -> None:
    """ConfirmationWrong where whoever asks did not write down the day that they go back to."""
    if code.strip() != confirmation_of(moment.astimezone(UTC).date()):
        raise ConfirmationWrong


def check_not_lately(last_asked_at: datetime | None, *, now: datetime) -> None:
    """One an hour is accepted. TooManyRequests."""
    if last_asked_at is not None and (wait := last_asked_at + AGAIN_AFTER - now) > timedelta(0):
        raise TooManyRequests(retry_after_seconds=max(1, round(wait.total_seconds())))


@dataclass(frozen=True, slots=True)
class Window:
    """What an earlier restore took out of the past that counts: from the moment it went back to until its end."""

    begins_at: datetime
    ends_at: datetime

    def holds(self, moment: datetime) -> bool:
        return self.begins_at < moment < self.ends_at


def leading_to(moment: datetime, backups: Iterable[Backup], *, lost: Sequence[Window]) -> Backup:
    """The newest backup from which the log leads to the moment: least of it has to be gone through. MomentNotCovered.

    A backup that was made in a lost past leads only to moments of the same one.
    """
    windows = [window for window in lost if not window.holds(moment)]
    fit = [
        one
        for one in backups
        if one.form is Form.PHYSICAL
        and one.ended_at <= moment
        and not any(window.holds(one.ended_at) for window in windows)
    ]
    if not fit:
        raise MomentNotCovered(moment=moment.isoformat(), reason="no kept backup had ended by then")
    return max(fit, key=lambda one: one.ended_at)


def kept_as(now: datetime) -> str:
    """What the folder of the database that was replaced is called."""
    return f"postgres.before-{now:%Y%m%dT%H%M%SZ}"
