"""Backups: made, kept, proved by a trial, unpacked again. Everything here waits: call it from a thread.

    backup = make(settings, Order(Kind.FULL, with_uploads=True), watch=Watch(tell))     taken, kept and tried
    for backup in Shelf(settings).backups(): ...                                        the oldest first
    unpack(settings, backup, into=into)                                                 as it was when the backup ended
    unpack(settings, backup, into=into, until=moment)                                   at any later moment

`into` is a new folder, later the cluster's: `into = data / "postgres.restored"`. The next start of PostgreSQL on it
recovers to the moment, by itself, with the log in `into.wal` beside it; whoever started it removes that folder then.
`backup_for(settings, moment)` is the backup to take for a moment. Whether it is whole was proved when it was made
(`backup.checked`); `check(...)` proves it again.
"""

from backoffice.kernel.backup.choosing import backup_for
from backoffice.kernel.backup.making import Order, make
from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.rules import Form, Kind
from backoffice.kernel.backup.shelf import Shelf
from backoffice.kernel.backup.source import Watch
from backoffice.kernel.backup.trial import check
from backoffice.kernel.backup.unpacking import fetch_dump, unpack

__all__ = ["Backup", "Form", "Kind", "Order", "Shelf", "Watch", "backup_for", "check", "fetch_dump", "make", "unpack"]
