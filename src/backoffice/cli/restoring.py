"""restore: back to a backup or to a moment, whether anything runs or not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from backoffice.cli.money import say_report, say_undone
from backoffice.speaking import VAR, Data, Refused, out

if TYPE_CHECKING:
    from backoffice.kernel.restore.record import Record
    from backoffice.settings import Settings

app = typer.Typer()


def moment_named(typed: str) -> datetime:
    """A moment with its zone, in UTC, as it is shown and confirmed: another hour than the one meant is a disaster."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise typer.BadParameter(f"{typed!r} is no moment: write it as 2026-01-31T10:00:00Z.") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{typed!r} has no zone: write 2026-01-31T10:00:00Z, or +05:30 at its end.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise typer.BadParameter(f"{typed!r} is no moment that anything was saved at.") from None


@app.command()
def restore(
    to: Annotated[
        datetime | None, typer.Option(help="The moment, with its zone", parser=moment_named, metavar="MOMENT")
    ] = None,
    backup: Annotated[UUID | None, typer.Option(help="From this backup; without a moment, as it is")] = None,
    confirm: Annotated[str, typer.Option(help="RESTORE-<date>, for scripts: otherwise it is asked for")] = "",
    without_safety_backup: Annotated[
        bool, typer.Option("--without-safety-backup", help="Where the database that is there doesn't start")
    ] = False,
    data: Data = VAR,
) -> None:
    """Put the database back to a backup, or to any moment since. What it replaces is kept in a folder beside it.

    With a PostgreSQL of your own: a dump, back into the house's own database or into the empty one that
    DATABASE_RESTORE_URL names.
    """
    from backoffice import restoring
    from backoffice.kernel.recovery import read_report
    from backoffice.kernel.restore.record import Wish
    from backoffice.kernel.restore.rules import NeedsBackup, NotOurServer

    settings = restoring.found_settings(data)
    if restoring.takes_dump(settings):
        if to is not None:
            raise NotOurServer if backup is None else NeedsBackup
        restore_dump(settings, backup, confirm=confirm, with_safety_backup=not without_safety_backup)
        return
    if to is None and backup is None:
        raise Refused("name a moment with --to, a backup with --backup, or both")
    goal = restoring.find_goal(data, Wish(backup_id=backup, moment=to))
    say_replaced(goal.moment, "the folder it replaces is kept")
    ask_confirmed(confirm, goal.moment)
    ended = restoring.carry_out(data, goal, with_safety_backup=not without_safety_backup, tell=tell)
    say(ended, data)
    if ended.why:
        raise Refused("the restore failed; the database is as it was")
    if ended.report:
        say_undone(read_report(data / ended.report))


def restore_dump(settings: "Settings", backup_id: UUID | None, *, confirm: str, with_safety_backup: bool) -> None:
    """Into the house's own database once that is confirmed, or into an empty one."""
    from backoffice.kernel.restore.from_dump import find_dump, restore_dump
    from backoffice.kernel.restore.target import emptied, find_target

    backup, target = find_dump(settings, backup_id), find_target(settings)
    tell(f"The database {target.name} gets what was in the backup of {backup.ended_at:%Y-%m-%d %H:%M:%S} UTC.")
    if emptied(target.holds):
        say_replaced(backup.ended_at, "the safety backup has it" if with_safety_backup else "nothing is kept of it")
        ask_confirmed(confirm, backup.ended_at)
    restored = restore_dump(
        settings, backup, target=target, with_safety_backup=with_safety_backup, doing=lambda step: tell(f"  {step}")
    )
    for role in restored.made_roles:
        tell(f"The role {role} was made, without a password: give it one.")
    if restored.safety_backup:
        tell(f"safety backup: {restored.safety_backup}")
    say_report(restored.report, settings.data_folder)


def say_replaced(moment: datetime, kept: str) -> None:
    tell(f"This replaces the database by what it was at {moment:%Y-%m-%d %H:%M:%S} UTC.")
    tell(f"All that was written since then is gone from it; {kept}.")


def ask_confirmed(confirm: str, moment: datetime) -> None:
    """Refused where whoever asks does not say the day that they go back to."""
    from backoffice.kernel.restore.rules import ConfirmationWrong, check_confirmed, confirmation_of

    wanted = confirmation_of(moment.astimezone(UTC).date())
    try:
        check_confirmed(confirm or typer.prompt(f"Type {wanted} to go on"), moment=moment)
    except ConfirmationWrong:
        raise Refused(
            f"{'--confirm' if confirm else 'what you type'} has to be {wanted}; nothing was changed"
        ) from None


def tell(line: str) -> None:
    out.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command()
def restores(data: Data = VAR) -> None:
    """How each restore of this data folder is, or how it ended; the newest last. Whether anything runs or not."""
    from backoffice.kernel.restore.record import Records

    found = sorted(Records(data.absolute()), key=lambda one: one.asked_at)
    for record in found:
        say(record, data)
    if not found:
        out.print("Nothing was restored here yet.")


@app.command(hidden=True)
def restore_step(phase: str, restore_id: UUID, data: Data = VAR) -> None:
    """One half of a restore; `backoffice run` calls it."""
    from backoffice import restoring

    restoring.step(data, phase, restore_id=restore_id)


def say(record: "Record", data: Path) -> None:
    """How a restore is, in lines."""
    lines = [f"Restore {record.id} to {record.moment:%Y-%m-%d %H:%M:%S} UTC: {record.status}"]
    lines += [f"  {step.name:<16} {step.seconds:8.2f} s" for step in record.steps]
    if record.doing:
        lines.append(f"  {record.doing} ...")
    if record.why:
        lines.append(f"  why: {record.why}")
    if record.safety_backup:
        lines.append(f"  safety backup: {record.safety_backup}")
    if record.kept_as and not record.why:
        lines.append(f"  the database before it: {data / record.kept_as}")
    if record.report:
        lines.append(f"  what it has undone, and what to look at: {data / record.report}")
    for line in lines:
        tell(line)
