"""notifications: what was written to people, and sending once more what did not leave. Shows no address and no text."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from backoffice.kernel.actor import system
from backoffice.speaking import VAR, Data, in_house, out, show

if TYPE_CHECKING:
    from backoffice.kernel.house import House
    from backoffice.kernel.notify.store import CountRow, ListedRow

app = typer.Typer(help="Messages to customers, members and staff.", no_args_is_help=True)
BY = "command line"
Notice = Annotated[str, typer.Argument(metavar="ID", help="The message, as `notifications log` names it")]


@app.command(name="log")
def show_log(
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed, or may not have left")] = False,
    data: Data = VAR,
) -> None:
    """Print the newest messages, and how many there are of each state."""
    from backoffice.kernel.database import together
    from backoffice.kernel.notify import store

    async def find(house: "House") -> "tuple[list[ListedRow], list[CountRow]]":
        async with house.database.read() as db:
            return await together(store.list_newest(db, unsent=failed), store.count_by_status(db))

    listed, counts = in_house(data, find)
    table = Table("id", "queued", "message", "by", "state", "tries", "why")
    for one in listed:
        queued, tries = f"{one.queued_at:%Y-%m-%d %H:%M}", str(one.attempts)
        table.add_row(one.id, queued, one.template, one.channel, one.status, tries, one.error or "")
    show(table, otherwise="Nothing failed, and nothing is unknown." if counts else "Nothing was written yet.")
    if counts:
        out.print(", ".join(f"{one.notices} {one.status}" for one in counts), highlight=False)


@app.command(name="resend")
def resend(notice_id: Notice, data: Data = VAR) -> None:
    """Send a failed or unknown message once more. One that is unknown may then arrive twice."""
    from backoffice.kernel.notify import actions

    async def again(house: "House") -> None:
        async with house.database.read() as db:
            product = await actions.get_product(db, notice_id)
        async with house.database.write(system(product, BY)) as tx:
            await actions.resend(tx, notice_id)

    in_house(data, again)
    out.print(f"{notice_id} is queued again.", markup=False, highlight=False)
