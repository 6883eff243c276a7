"""restore: back to a backup or to a moment, whether anything runs or not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from backoffice.speaking import VAR, Data, Refused, out

if TYPE_CHECKING:
    from backoffice.kernel.restore.record import Record

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
    """Put the database back to a backup, or to any moment since. What it replaces is kept in a folder beside it."""
    from backoffice import restoring
    from backoffice.kernel.restore.record import Wish
    from backoffice.kernel.restore.rules import check_confirmed, confirmation_of

    goal = restoring.find_goal(data, Wish(backup_id=backup, moment=to))
    out.print(f"This replaces the database by what it was at {goal.moment:%Y-%m-%d %H:%M:%S} UTC.", highlight=False)
    out.print("All that was written since then is gone from it; the folder it replaces is kept.", highlight=False)
    wanted = confirmation_of(goal.moment.date())
    check_confirmed(confirm or typer.prompt(f"Type {wanted} to go on"), moment=goal.moment)

    def tell(line: str) -> None:
        out.print(line, highlight=False, markup=False)

    ended = restoring.carry_out(data, goal, with_safety_backup=not without_safety_backup, tell=tell)
    say(ended, data)
    if ended.why:
        raise Refused("the restore failed; the database is as it was")


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
    for line in lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)
