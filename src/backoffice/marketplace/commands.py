"""refunds: those that left before the database was restored, and that its books can't have."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.table import Table

from backoffice.speaking import VAR, Data, checked, in_house, out

if TYPE_CHECKING:
    from backoffice.kernel.house import House

app = typer.Typer()
refunds = typer.Typer(help="Refunds that left before the database was restored.", no_args_is_help=True)
app.add_typer(refunds, name="refunds")


@refunds.command(name="lost")
def list_lost(data: Data = VAR) -> None:
    """Refunds that left before a restore and are not in the books: their payments give nothing back."""
    from backoffice.marketplace.refund.left_store import LeftRow
    from backoffice.marketplace.refund.left_store import list_lost as lost_ones

    async def look(house: "House") -> list[LeftRow]:
        async with house.database.read() as db:
            return await lost_ones(db)

    lost = in_house(data, look)
    if not lost:
        out.print("No refund is lost.")
        return
    table = Table("refund", "payment", "at its gateway", "minor units", "left at")
    for one in lost:
        at_gateway = f"{one.gateway} {one.gateway_payment_id or ''}"
        at = f"{one.left_at:%Y-%m-%d %H:%M:%S} UTC"
        table.add_row(str(one.refund_id), one.payment_id, at_gateway, str(one.amount_minor), at)
    out.print(table)


@refunds.command(name="settle-lost")
def settle_lost(
    refund: Annotated[UUID, typer.Argument(help="The refund, as `refunds lost` names it")],
    reason: Annotated[str, typer.Option(help="What came of the money; goes into the audit log")],
    data: Data = VAR,
) -> None:
    """Say what came of a lost refund: its payment may give back again, so be sure that the customer has nothing.

    Whose payment is only missing here is not settled by hand: once it is told, `money compare` takes the refund in.
    """
    from backoffice.kernel.actor import system
    from backoffice.marketplace.fields import Text
    from backoffice.marketplace.refund import left

    because = checked(Text, reason, named="reason")

    async def settle(house: "House") -> None:
        async with house.database.write(system("marketplace", "settling a lost refund")) as tx:
            await left.settle_lost(tx, refund, because=because)

    in_house(data, settle)
    out.print(f"{refund} is settled.")
