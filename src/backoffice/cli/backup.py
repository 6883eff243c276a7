"""backup: making, listing, proving and fetching backups, also while the API is down."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.progress import Progress
from rich.table import Table

from backoffice.configuration import settings_for
from backoffice.speaking import VAR, Data, Refused, out, progress

if TYPE_CHECKING:
    from backoffice.kernel.backup import Watch

app = typer.Typer(help="Backups: each is restored on trial at once.", no_args_is_help=True)
Backup = Annotated[UUID, typer.Argument(metavar="BACKUP", help="The backup, as `backup list` names it")]


@app.command(name="make")
def make_backup(
    incremental: Annotated[bool, typer.Option("--incremental", help="Only what changed since the last one")] = False,
    uploads: Annotated[bool, typer.Option("--uploads", help="Customers' files, too")] = False,
    description: Annotated[str, typer.Option(help="What it is for")] = "",
    data: Data = VAR,
) -> None:
    """Make a backup and prove it by a trial restore."""
    from backoffice.kernel.backup import Kind, Order, make

    kind = Kind.INCREMENTAL if incremental else Kind.FULL
    with progress() as bar:
        made = make(settings_for(data), Order(kind, uploads, description), watch=_shown_in(bar))
    checked = made.checked
    assert checked is not None
    out.print(f"{made.kind} backup {made.id}: {_size(made.plain_bytes)}, kept in {_size(made.kept_bytes)}.")
    out.print(
        f"Restored on trial in {checked.seconds:g} s: {checked.files} files, {len(checked.tables)} tables, "
        f"{checked.entries} audit entries in {checked.seals} seals are as they were.",
        soft_wrap=True,
    )
    out.print(f"To read it you need: {', '.join(made.keys)}.")


@app.command(name="list")
def list_backups(data: Data = VAR) -> None:
    """Every backup, the oldest first, with the keys that it needs."""
    from backoffice.kernel.backup import Shelf

    shelf = Shelf(settings_for(data))
    labels, damaged = shelf.labelled()
    for backup_id in damaged:
        out.print(f"The label of backup {backup_id} can't be read: it is damaged.", style="yellow", soft_wrap=True)
    if not labels:
        out.print("There is no backup that can be read." if damaged else "There is no backup yet.")
        return
    table = Table("backup", "kind", "ended", "follows", "keys", "kept", "uploads", box=None)
    for label in labels:
        known = [
            label.id,
            label.kind,
            f"{label.ended_at:%Y-%m-%d %H:%M:%S}",
            label.follows or "",
            ", ".join(label.keys),
        ]
        if shelf.keys.has(label.sealed_under):
            backup = shelf.get(label.id)
            known += [_size(backup.kept_bytes), "yes" if backup.with_uploads else "no"]
        table.add_row(*map(str, known))
    out.print(table)


@app.command(name="check")
def check_backup(backup_id: Backup, data: Data = VAR) -> None:
    """Fetch a backup, restore it on trial, and compare it with what was found when it was made."""
    from backoffice.kernel.backup import Shelf, check

    settings = settings_for(data)
    with progress() as bar:
        found = check(
            settings, Shelf(settings).get(backup_id), home=data.absolute() / "backup-trial", watch=_shown_in(bar)
        )
    out.print(
        f"Restored on trial in {found.seconds:g} s: {found.files} files, {len(found.tables)} tables, "
        f"{found.entries} audit entries in {found.seals} seals are as they were.",
        soft_wrap=True,
    )


@app.command(name="fetch")
def fetch_backup(
    backup_id: Backup,
    into: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder")],
    until: Annotated[str, typer.Option(help="A later moment, as in 2026-11-27T16:20:00Z")] = "",
    data: Data = VAR,
) -> None:
    """Unpack a backup into a folder that PostgreSQL starts on; of a dump, its two files. Nothing else is changed."""
    from backoffice.kernel.backup import Form, Shelf, fetch_dump, unpack

    if into.exists():
        raise Refused(f"{into} is there already; name a new folder")
    settings, moment = settings_for(data), _moment(until)
    backup = Shelf(settings).get(backup_id)
    with progress() as bar:
        if backup.form is Form.LOGICAL and moment is None:
            fetch_dump(settings, backup, into=into.absolute(), watch=_shown_in(bar))
        else:
            unpack(settings, backup, into=into.absolute(), until=moment, watch=_shown_in(bar))
    out.print(f"{backup.kind} backup {backup.id} lies in {into}.", soft_wrap=True)


def _moment(typed: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(typed) if typed else None
    except ValueError:
        raise Refused(f"{typed!r} is no moment such as 2026-11-27T16:20:00Z") from None
    if moment and moment.tzinfo is None:
        raise Refused(f"{typed!r} names no time zone; write it as 2026-11-27T16:20:00Z")
    if moment and moment > datetime.now(UTC):
        raise Refused(f"{typed!r} is in the future")
    return moment


def _shown_in(bar: Progress) -> "Watch":
    from backoffice.kernel.backup import Watch

    task = bar.add_task("Beginning", total=None)
    return Watch(
        lambda watch: bar.update(
            task, description=watch.step.capitalize(), completed=watch.done, total=watch.total or None
        )
    )


def _size(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"
