"""stand-in, simulate: Meta and a customer, played."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backoffice.configuration import environment_settings
from backoffice.helpdesk.product import HELPDESK
from backoffice.speaking import VAR, Data, Refused, in_house, out

if TYPE_CHECKING:
    from backoffice.kernel.house import House

app = typer.Typer()
simulate = typer.Typer(help="Play the world outside: a customer who writes.", no_args_is_help=True)
app.add_typer(simulate, name="simulate")


@app.command(name="stand-in")
def stand_in(
    port: Annotated[int, typer.Option(help="Where the stand-in listens")] = 8002,
    folder: Annotated[Path | None, typer.Option(help="Where it records what it is sent")] = None,
) -> None:
    """Play Meta's Graph API: record what is sent and report it as delivered."""
    from backoffice.first_start import address_of
    from backoffice.helpdesk.rehearsal import stand_in as graph

    settings = environment_settings()
    webhook = f"{address_of(settings, HELPDESK.name)}/api/v1/whatsapp/webhook"
    secret = settings.whatsapp_app_secret.get_secret_value()
    graph.serve(port, folder=folder or settings.data_folder / "whatsapp", webhook=webhook, secret=secret)


@simulate.command()
def whatsapp(
    text: Annotated[str, typer.Argument(help="What the customer writes")],
    sender: Annotated[str, typer.Option("--from", help="Their number, digits with country code")] = "919876543210",
    button: Annotated[bool, typer.Option("--button", help="Press the offered button of this title instead")] = False,
    data: Data = VAR,
    url: Annotated[str, typer.Option(help="The helpdesk's address, when it is not run from the data folder")] = "",
) -> None:
    """Send a signed Cloud API payload to the running server and show the conversation that follows."""
    from backoffice.helpdesk.rehearsal.converse import SaidRow, converse

    async def talk(house: "House") -> list[SaidRow]:
        return await converse(house, text, sender=sender, as_button=button, url=url or _address(data))

    for said in in_house(data, talk):
        out.print(f"{said.author:>9}  {said.content}", markup=False, highlight=False)


def _address(data: Path) -> str:
    from backoffice.first_start import read_note

    note = read_note(data)
    if note is None or HELPDESK.name not in note["products"]:
        raise Refused(f"nothing runs from {data}; start `backoffice run` or name --url")
    return str(note["products"][HELPDESK.name]["address"])
