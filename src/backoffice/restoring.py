"""`backoffice restore` where it is carried out: by the `backoffice run` of the data folder, or here when none runs.

Nothing is different but who does it: the same file, the same steps, the same decision.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from backoffice.configuration import settings_for, uses_own_server
from backoffice.kernel.database.data_folder import DataFolderInUse, EmbeddedServerError
from backoffice.kernel.database.embedded import APP, OWNER, SUPERUSER, EmbeddedServer
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.restore import actions, preparing, rules
from backoffice.kernel.restore.actions import Goal
from backoffice.kernel.restore.interlude import FINISH, PREPARE, settle
from backoffice.kernel.restore.record import Record, Records, Wish
from backoffice.kernel.restore.rules import Status
from backoffice.kernel.telemetry import start_logging
from backoffice.settings import Settings

LOOK_EVERY_SECONDS = 0.2
Tell = Callable[[str], None]


class OldServerDead(EmbeddedServerError):
    """The database that is there can't be started, so that there is no safety backup of it."""


def find_goal(data: Path, wish: Wish) -> Goal:
    """What the command would go back to. NotOurServer, and all that `actions.goal_of` refuses."""
    if uses_own_server():
        raise rules.NotOurServer
    return actions.goal_of(found_settings(data), wish)


def found_settings(data: Path) -> Settings:
    """The settings of this data folder, also of a new one, which gets its secrets."""
    if uses_own_server():
        return settings_for(data.absolute())
    folder = EmbeddedServer(data.absolute()).folder
    with suppress(DataFolderInUse):
        folder.claim()
        for role in (SUPERUSER, OWNER, APP):
            folder.ensure_password(role)
        folder.release()
    return settings_for(data.absolute())


def takes_dump(settings: Settings) -> bool:
    """Whether a restore goes into a database of a server that is not ours."""
    return settings.database_restore_url is not None or uses_own_server()


def carry_out(data: Path, goal: Goal, *, with_safety_backup: bool, tell: Tell) -> Record:
    """Restore, and return how it ended. Whatever runs on the data folder does it, else this process."""
    data = data.absolute()
    records = Records(data)
    record = Record(id=uuid7(), wish=goal.wish, moment=goal.moment, asked_at=datetime.now(UTC))
    server = EmbeddedServer(data)
    try:
        server.folder.claim()
    except DataFolderInUse:
        if records.find_open() is not None:
            raise rules.RestoreUnderWay from None
        tell("backoffice runs on this folder: it carries the restore out.")
        return _followed(records, records.write(record), tell)
    try:
        settle(data)
        record = records.write(replace(record, status=Status.PREPARING))
        return _here(server, record, with_safety_backup=with_safety_backup, tell=tell)
    finally:
        server.stop()


def _followed(records: Records, record: Record, tell: Tell) -> Record:
    said = ""
    while not record.has_ended:
        if record.status is Status.ASKED and datetime.now(UTC) - record.asked_at > rules.TAKEN_WITHIN:
            records.write(replace(record, status=Status.FAILED, why=rules.NobodyRestores().sentence))
            raise rules.NobodyRestores
        if record.doing and record.doing != said:
            said = record.doing
            tell(f"  {said}")
        time.sleep(LOOK_EVERY_SECONDS)
        record = records.find(record.id) or record
    return record


def _here(server: EmbeddedServer, record: Record, *, with_safety_backup: bool, tell: Tell) -> Record:
    """Both halves in this process, with the server of the data folder started for each."""
    data = server.folder.root
    is_safe = with_safety_backup and server.folder.cluster.exists()
    try:
        if is_safe:
            _start_old(server)
        tell("  preparing the other database")
        preparing.prepare(settings_for(data), record, with_safety_backup=is_safe)
        if is_safe:
            server.stop()
        tell("  starting it in place of the old one")
        server.start()
        step(data, FINISH, restore_id=record.id)
    finally:
        settle_here(server)
    return Records(data).find(record.id) or record


def settle_here(server: EmbeddedServer) -> None:
    """Whatever happened, the file says how it ended."""
    server.stop()
    server.folder.claim()
    settle(server.folder.root)


def _start_old(server: EmbeddedServer) -> None:
    try:
        server.start()
    except EmbeddedServerError as reason:
        sentence = f"{reason} Say --without-safety-backup to restore all the same: its folder is kept as it is."
        raise OldServerDead(sentence) from reason


def step(data: Path, phase: str, *, restore_id: UUID) -> None:
    """One half of a restore, as `backoffice run` has it done by a process of its own."""
    settings = settings_for(data)
    start_logging(style=settings.log_format, level=settings.log_level)
    record = Records(settings.data_folder).find(restore_id)
    if record is None or record.has_ended:
        raise rules.NobodyRestores
    if phase == PREPARE:
        preparing.prepare(settings, record)
    else:
        preparing.finish(settings, record)
