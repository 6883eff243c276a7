"""demo, import, simulate: bringing data in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backoffice.speaking import VAR, Data, Refused, in_house, out, progress

if TYPE_CHECKING:
    from backoffice.kernel.house import House

app = typer.Typer()
simulate = typer.Typer(help="Play the world outside: a customer who writes.", no_args_is_help=True)


@app.command()
def demo(data: Data = VAR) -> None:
    """Load the demo of every product into a database without customers and members."""
    from backoffice.kernel.web.product import every_product

    demos = [one.demo.load() for one in every_product() if one.demo]

    async def fill(house: "House") -> None:
        async with house.database.read() as db:
            if any([await demo.is_begun(db) for demo in demos]):
                raise Refused("this database already has customers or members; the demo is for an empty one")
        for demo in demos:
            await demo.load(house)

    with out.status("Loading the demo"):
        in_house(data, fill)
    out.print("The demo is loaded.")


@app.command(name="import")
def import_file(
    what: Annotated[
        Literal["knowledge", "shield"],
        typer.Argument(help="knowledge: entries of the knowledge base (CSV); shield: members (JSON lines)"),
    ],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One row or line for each")],
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Members: bring in the lines that are right")
    ] = False,
    data: Data = VAR,
) -> None:
    """Import a file: all of it, or nothing and a line for each refused row."""
    if what == "shield":
        _import_members(file, data, skip_refused=skip_refused)
    else:
        _import_knowledge(file, data)


def _import_knowledge(file: Path, data: Path) -> None:
    from backoffice.helpdesk.knowledge import actions
    from backoffice.helpdesk.knowledge.rows import read_entries
    from backoffice.kernel.actor import system

    rows = read_entries(file.read_bytes())
    if rows.errors:
        for problem in rows.errors:
            out.print(problem, style="yellow", markup=False)
        raise Refused(f"{len(rows.errors)} rows of {file} were refused; nothing was imported")

    async def bring(house: "House") -> int:
        async with house.database.write(system("helpdesk", "import")) as tx:
            return await actions.import_entries(tx, rows.entries)

    with progress() as bar:
        bar.add_task("Importing", total=None)
        count = in_house(data, bring)
    out.print(f"{count} entries imported.")


def _import_members(file: Path, data: Path, *, skip_refused: bool) -> None:
    from backoffice.shield.importing import Report, import_members

    with progress() as bar, file.open("rb") as lines:
        task = bar.add_task("Importing", total=file.stat().st_size)

        def moved(done: int) -> None:
            bar.update(task, completed=done)

        async def bring(house: "House") -> Report:
            return await import_members(house, lines, skip_refused=skip_refused, progress=moved)

        report = in_house(data, bring)
    for problem in report.refused:
        out.print(problem, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if report.refused and not skip_refused:
        raise Refused(f"{len(report.refused)} lines of {file} were refused; nothing was imported")
    out.print(f"{report.imported} members imported, {len(report.refused)} lines refused.")


@simulate.command()
def whatsapp(
    text: Annotated[str, typer.Argument(help="What the customer writes")],
    sender: Annotated[str, typer.Option("--from", help="Their number, digits with country code")] = "919876543210",
    button: Annotated[bool, typer.Option("--button", help="Press the offered button of this title instead")] = False,
    data: Data = VAR,
    url: Annotated[str, typer.Option(help="The helpdesk's address, when it is not run from the data folder")] = "",
) -> None:
    """Send a signed Cloud API payload to the running server and show the conversation that follows."""
    from backoffice.helpdesk.conversation.rehearsal import SaidRow, converse

    async def talk(house: "House") -> list[SaidRow]:
        return await converse(house, text, sender=sender, as_button=button, url=url or _helpdesk_address(data))

    for said in in_house(data, talk):
        out.print(f"{said.author:>9}  {said.content}", markup=False, highlight=False)


def _helpdesk_address(data: Path) -> str:
    from backoffice.first_start import read_note

    note = read_note(data)
    if note is None or "helpdesk" not in note["products"]:
        raise Refused(f"nothing runs from {data}; start `backoffice run` or name --url")
    return str(note["products"]["helpdesk"]["address"])
