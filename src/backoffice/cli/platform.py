"""keys platform: the API keys with which platforms sign in. A secret is shown once and kept nowhere."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from backoffice.kernel.actor import system
from backoffice.kernel.web.product import every_product, product_of
from backoffice.products import FIRST
from backoffice.settings import Product
from backoffice.speaking import PRODUCTS, VAR, Data, Refused, in_house, out, product_named, show

if TYPE_CHECKING:
    from uuid import UUID

    from backoffice.kernel.house import House
    from backoffice.kernel.identity.api_keys import KeyRow

app = typer.Typer(help="API keys of platforms.", no_args_is_help=True)
BY = "command line"
WITH_PLATFORM = next((one.name for one in every_product() if one.scopes), FIRST)
"""The product that is meant when none is named."""
ProductOption = Annotated[
    Product, typer.Option(help="The product whose platform it is", parser=product_named, metavar=PRODUCTS)
]
KeyArgument = Annotated[str, typer.Argument(help="The key's id, as `keys platform list` names it")]


@app.command(name="create")
def create(
    name: Annotated[str, typer.Option(help="Which platform; the audit log names it")],
    scope: Annotated[list[str], typer.Option(help="What it may do; repeat for more")],
    product: ProductOption = WITH_PLATFORM,
    data: Data = VAR,
) -> None:
    """Make a key with these scopes; prints it once."""
    from backoffice.kernel.identity import api_keys

    known = product_of(product).scopes
    if not known:
        raise Refused(f"{product} has no doors for platforms")

    async def make(house: "House") -> "tuple[UUID, str]":
        async with house.database.write(system(product, BY)) as tx:
            return await api_keys.create_key(tx, product=product, name=name, scopes=scope, known=known)

    _show_once(*in_house(data, make))


@app.command(name="list")
def list_platform_keys(product: ProductOption = WITH_PLATFORM, data: Data = VAR) -> None:
    """Print the keys that work, without their secrets."""
    from backoffice.kernel.identity import api_keys

    async def find(house: "House") -> "list[KeyRow]":
        async with house.database.read() as db:
            return await api_keys.list_keys(db, product)

    table = Table("id", "name", "scopes", "made", "works until")
    for key in in_house(data, find):
        until = f"{key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else ""
        table.add_row(str(key.id), key.name, ", ".join(key.scopes), f"{key.created_at:%Y-%m-%d %H:%M}", until)
    show(table, otherwise=f"{product} has no key that works.")


@app.command(name="rotate")
def rotate(key_id: KeyArgument, product: ProductOption = WITH_PLATFORM, data: Data = VAR) -> None:
    """Print a successor with the same name and scopes; the old key works for another day."""
    from backoffice.kernel.identity import api_keys

    async def turn(house: "House") -> "tuple[UUID, str]":
        async with house.database.write(system(product, BY)) as tx:
            return await api_keys.rotate_key(tx, key_id)

    _show_once(*in_house(data, turn))


@app.command(name="revoke")
def revoke(key_id: KeyArgument, product: ProductOption = WITH_PLATFORM, data: Data = VAR) -> None:
    """The key stops working at its next call."""
    from backoffice.kernel.identity import api_keys

    async def end(house: "House") -> None:
        async with house.database.write(system(product, BY)) as tx:
            await api_keys.revoke_key(tx, key_id)

    in_house(data, end)
    out.print(f"The key {key_id} is revoked.", markup=False, highlight=False)


def _show_once(key_id: "UUID", secret: str) -> None:
    out.print(f"The key {key_id}; send it as X-API-Key. It is shown once:", highlight=False)
    out.print(secret, markup=False, highlight=False, soft_wrap=True)
