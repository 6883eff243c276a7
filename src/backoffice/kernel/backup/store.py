"""The table of backups, which follows the shelf, and the one row that says how making them and the log stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.rules import Form
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.write.transaction import Tx


@dataclass(frozen=True, slots=True)
class StateRow:
    """`form` is what a full backup of this server is, None before a worker has looked.

    `archived_until`: whatever was committed before is in the archived log. `waiting_segments` is None where no worker
    that is handed the log has looked for ten minutes: nobody knows then. `failed_at` is younger than the newest
    backup where the last try failed.
    """

    requested_at: datetime | None
    form: Form | None
    failed_at: datetime | None
    failure: str | None
    archived_until: datetime | None
    waiting_segments: int | None
    looked_at: datetime | None
    newest_at: datetime | None
    newest_full_at: datetime | None
    oldest_physical_at: datetime | None


def get_state(db: Db) -> Query[StateRow]:
    return db.one(
        StateRow,
        """
        SELECT requested_at, form, failed_at, failure, archived_until,
               CASE WHEN looked_at > now() - interval '10 minutes' THEN waiting_segments END AS waiting_segments,
               looked_at,
               (SELECT max(ended_at) FROM kernel.backup) AS newest_at,
               (SELECT max(ended_at) FROM kernel.backup WHERE kind = 'full') AS newest_full_at,
               (SELECT min(ended_at) FROM kernel.backup WHERE form = 'physical') AS oldest_physical_at
          FROM kernel.backup_state
        """,
    )


def lock_seconds_since_request(tx: Tx) -> Query[int | None]:
    """Seconds since somebody asked for a backup, held until this write ends; None where nobody has."""
    return tx.find_value(
        int,
        """
        SELECT coalesce(extract(epoch FROM clock_timestamp() - requested_at), 1000000)::bigint
          FROM kernel.backup_state FOR UPDATE
        """,
    )


def set_requested(tx: Tx) -> Query[int]:
    return tx.run("UPDATE kernel.backup_state SET requested_at = clock_timestamp()")


def set_failed(tx: Tx, failure: str) -> Query[int]:
    return tx.run(
        "UPDATE kernel.backup_state SET failed_at = clock_timestamp(), failure = %(failure)s", failure=failure
    )


def set_form(tx: Tx, form: Form) -> Query[int]:
    return tx.run("UPDATE kernel.backup_state SET form = %(form)s", form=form)


def set_shipped(tx: Tx, *, until: datetime | None, waiting: int) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.backup_state
           SET archived_until = coalesce(%(until)s, archived_until), waiting_segments = %(waiting)s, looked_at = now()
        """,
        until=until,
        waiting=waiting,
    )


def list_ids(db: Db, place: str) -> Query[list[UUID]]:
    """Those of this place. Of which nobody has said yet where they are, they may be another machine's."""
    return db.values(UUID, "SELECT id FROM kernel.backup WHERE place = %(place)s", place=place)


def delete_elsewhere(tx: Tx, place: str, *, before: datetime) -> Query[int]:
    """Those of other places, or of none, that are so old that nobody keeps them there, if the place is still one."""
    return tx.run(
        "DELETE FROM kernel.backup WHERE place IS DISTINCT FROM %(place)s AND ended_at < %(before)s",
        place=place,
        before=before,
    )


def set_place(tx: Tx, place: str, ids: list[UUID]) -> Query[int]:
    return tx.run(
        "UPDATE kernel.backup SET place = %(place)s WHERE place IS NULL AND id = ANY (%(ids)s)", place=place, ids=ids
    )


def insert_backup(tx: Tx, backup: Backup, *, place: str) -> Query[int]:
    """One that another place has as well stays listed as that one's."""
    checked = backup.checked
    assert checked is not None
    facts: dict[str, Any] = {
        **backup.model_dump(include={"id", "follows", "started_at", "ended_at", "with_uploads", "description", "keys"}),
        "kind": backup.kind,
        "form": backup.form,
        "plain_bytes": backup.plain_bytes,
        "kept_bytes": backup.kept_bytes,
        "checked_at": checked.checked_at,
        "tables": len(checked.tables),
        "entries": checked.entries,
        "seals": checked.seals,
        "place": place,
    }
    return tx.run(
        """
        INSERT INTO kernel.backup (id, kind, form, follows, started_at, ended_at, with_uploads, plain_bytes, kept_bytes,
                                   keys, description, checked_at, tables_checked, entries_checked, seals_checked, place)
             VALUES (%(id)s, %(kind)s, %(form)s, %(follows)s, %(started_at)s, %(ended_at)s, %(with_uploads)s,
                     %(plain_bytes)s, %(kept_bytes)s, %(keys)s, %(description)s, %(checked_at)s, %(tables)s,
                     %(entries)s, %(seals)s, %(place)s)
        ON CONFLICT DO NOTHING
        """,
        **facts,
    )


def delete_backup(tx: Tx, backup_id: UUID) -> Query[int]:
    return tx.run("DELETE FROM kernel.backup WHERE id = %(backup_id)s", backup_id=backup_id)
