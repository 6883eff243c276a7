"""What backups are called, why one is refused, and which may go. Pure: no SQL, no clock, no HTTP."""

import re
from datetime import timedelta
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound, TooManyRequests, Unavailable
from backoffice.kernel.lanes import JobName, Lane

MAKE = JobName("kernel.make_backup", Lane.BULK)
APART = timedelta(hours=1)
"""Between two backups that somebody asks for."""
SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")


class Kind(StrEnum):
    """Everything, or what changed since the backup before it."""

    FULL = "full"
    INCREMENTAL = "incremental"


class Form(StrEnum):
    """The files of a server, from which any later moment can be reached; or one database as pg_dump writes it down."""

    PHYSICAL = "physical"
    LOGICAL = "logical"


class BackupNotFound(NotFound):
    """There is no backup {backup_id}"""

    backup_id: str


class BackupAct(Act):
    REQUESTED = "backup.requested"


class OneBackupAnHour(TooManyRequests):
    """One backup an hour can be asked for. Please try again in {retry_after_seconds} seconds."""


class LogOfAnother(Conflict):
    """The archive has another file {segment} of this server's log: the server was put back without a new timeline. Make
    a full backup, after moving the archive of the log aside
    """

    segment: str


class BackupUnderWay(Conflict):
    """Another backup is being made at this moment"""


class NothingToFollow(Conflict):
    """An incremental backup needs a full one before it that still fits; make a full one"""


class IncrementalNotOurs(Conflict):
    """Incremental backups of this PostgreSQL are its provider's: {reason}. Use the provider's own tool for backups and
    point-in-time recovery; a full backup can be made here
    """

    reason: str


class TablespacesElsewhere(Conflict):
    """This server keeps tables in tablespaces of their own, which are not backed up here. Use its own tool"""


class KeyMissing(Conflict):
    """The backup {backup_id} needs the encryption key {key}, which is not on the ring"""

    backup_id: str
    key: str


class BackupDamaged(Conflict):
    """The backup {backup_id} can't be read: {reason}"""

    backup_id: str
    reason: str


class BackupHoldsNoMore(Conflict):
    """The backup {backup_id} does not hold when it is restored on trial: {reason}. It is kept; make another one"""

    backup_id: str
    reason: str


class BackupFailedItsCheck(Conflict):
    """The backup was made, but did not hold when it was restored on trial, and was thrown away: {reason}"""

    reason: str


class MomentNotCovered(Conflict):
    """No kept backup and archived log reach {moment}: {reason}"""

    moment: str
    reason: str


class BackupStoreAway(Unavailable):
    """The place where backups are kept does not answer"""


class ToolFailed(Unavailable):
    """{tool} failed: {reason}"""

    tool: str
    reason: str


class Stopped(Exception):
    """Whoever asked for this backup does not want it any more."""
