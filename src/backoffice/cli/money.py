"""money, recover: what an operator does after a restore, before anything leaves the house again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backoffice.products import FIRST
from backoffice.speaking import PRODUCTS, VAR, Data, in_house, out, product_named

if TYPE_CHECKING:
    from backoffice.kernel.house import House
    from backoffice.kernel.journal.hold import HoldRow
    from backoffice.kernel.recovery.money import Released
    from backoffice.kernel.recovery.report import Report

app = typer.Typer()
money = typer.Typer(help="After a restore: compare the money, then let things leave again.", no_args_is_help=True)
app.add_typer(money, name="money")


@app.command()
def recover(
    moment: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S"], help="What the database was restored to (UTC), if you know it"),
    ] = None,
    journal: Annotated[
        list[Path] | None,
        typer.Option(help="A copy of another machine's DATA/journal; once for each", exists=True, file_okay=False),
    ] = None,
    seals: Annotated[
        list[Path] | None,
        typer.Option(help="Another worker's file of seals; once for each", exists=True, dir_okay=False),
    ] = None,
    data: Data = VAR,
) -> None:
    """Make true what must be true after a restore, and save a report. May be run again. Refuses where none was."""
    from backoffice.kernel.recovery import refuse_whole, settle

    at = moment.replace(tzinfo=UTC) if moment else None

    async def made_true(house: "House") -> "Report":
        if at is None:
            await refuse_whole(house, folders=journal or ())
        return await settle(house, at, folders=journal or (), seals=seals or ())

    say_report(in_house(data, made_true), data)


def say_report(report: "Report", data: Path) -> None:
    """What a restore has undone, and where the whole report lies."""
    say_undone(report)
    out.print(f"The report: {report.path_in(data)}", soft_wrap=True, markup=False, highlight=False)


def say_undone(report: "Report") -> None:
    for sentence in report.lines:
        out.print(sentence, soft_wrap=True, markup=False, highlight=False)
    for sentence in report.to_look_at:
        out.print(f"look at: {sentence}", style="yellow", soft_wrap=True, markup=False, highlight=False)


@money.command()
def status(data: Data = VAR) -> None:
    """Whether the house is held, since when and why."""
    held = in_house(data, look)
    if held is None:
        out.print("Not held: everything leaves as it should.")
        return
    out.print(f"Held since {held.begun_at:%Y-%m-%d %H:%M:%S} UTC: {held.because}.", soft_wrap=True, highlight=False)
    compared = f"{held.compared_at:%Y-%m-%d %H:%M:%S} UTC" if held.compared_at else "not yet"
    out.print(f"Money compared: {compared}.", highlight=False)


async def look(house: "House") -> "HoldRow | None":
    from backoffice.kernel.journal.hold import find_hold

    async with house.database.read() as db:
        return await find_hold(db)


@money.command()
def compare(data: Data = VAR) -> None:
    """Ask every payment gateway what it knows; list what differs, and what to ask a bank."""
    from backoffice.kernel.recovery.money import compare as compare_money

    told = in_house(data, compare_money)
    for sentence in told:
        out.print(sentence, style="yellow", soft_wrap=True, markup=False, highlight=False)
    differences = "1 difference" if len(told) == 1 else f"{len(told)} differences"
    out.print(f"{differences}. Two people who looked at them: backoffice money release NAME.", soft_wrap=True)


@money.command()
def release(
    name: Annotated[str, typer.Argument(help="Username or e-mail of a super admin; a second one runs the same")],
    product: Annotated[
        str, typer.Option(parser=product_named, metavar=PRODUCTS, help="Where both are super admins")
    ] = FIRST,
    data: Data = VAR,
) -> None:
    """Agree that everything may leave again; with the second person it does. Asks for password and code."""
    from backoffice.kernel.recovery import money as after

    if in_house(data, look) is None:
        raise after.NotHeld
    password = typer.prompt("Password", hide_input=True)
    code = typer.prompt("Code of the authenticator app")

    async def agreed(house: "House") -> "Released":
        actor = await after.sign(house, product=product, login=name, password=password, code=code)
        return await after.release(house, actor)

    done = in_house(data, agreed)
    if done.standing.is_reached:
        out.print(f"Released: {done.jobs} jobs that were put away are queued again.")
    else:
        out.print(f"{done.standing.received} of {done.standing.required} agreed. The house stays held.")
