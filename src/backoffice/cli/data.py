"""demo, import, simulate: bringing data in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backoffice.cli.speaking import VAR, Data, Refused, in_house, out, progress

if TYPE_CHECKING:
    from backoffice.kernel.house import House

app = typer.Typer()
simulate = typer.Typer(help="Play the world outside: a customer who writes.", no_args_is_help=True)


@app.command()
def demo(data: Data = VAR) -> None:
    """Load the demo into a database without customers."""
    from backoffice.helpdesk.demo import load

    async def fill(house: "House") -> None:
        async with house.database.read() as db:
            if await db.value(bool, "SELECT EXISTS (SELECT FROM helpdesk.whatsapp_user)"):
                raise Refused("this database already has customers; the demo is for an empty one")
        await load(house)

    with out.status("Loading the demo"):
        in_house(data, fill)
    out.print("The demo is loaded.")


@app.command(name="import")
def import_file(
    what: Annotated[Literal["knowledge"], typer.Argument(help="knowledge: entries of the knowledge base")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, one row an entry")],
    data: Data = VAR,
) -> None:
    """Import a file: all of it, or nothing and a line for each refused row."""
    from backoffice.helpdesk.knowledge import actions
    from backoffice.helpdesk.knowledge.rows import read_entries
    from backoffice.kernel.actor import system

    async def bring(house: "House") -> int:
        rows = read_entries(file.read_bytes())
        if rows.errors:
            for problem in rows.errors:
                out.print(problem, style="yellow", markup=False)
            raise Refused(f"{len(rows.errors)} rows of {file} were refused; nothing was imported")
        async with house.database.write(system("helpdesk", "import")) as tx:
            return await actions.import_entries(tx, rows.entries)

    with progress() as bar:
        bar.add_task("Importing", total=None)
        count = in_house(data, bring)
    out.print(f"{count} entries imported.")


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
