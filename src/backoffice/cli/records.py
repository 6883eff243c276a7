"""audit, keys, routes, openapi: what can be proven and read about this installation."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backoffice.configuration import settings_for
from backoffice.kernel.encryption.keyring import new_key
from backoffice.products import FIRST, LISTED
from backoffice.speaking import VAR, Data, Refused, in_house, out, progress, refuse_silent_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backoffice.kernel.house import House
    from backoffice.kernel.proof.verify import Broken
    from backoffice.kernel.web.product_app import ProductApp

app = typer.Typer()
audit = typer.Typer(help="The audit log and its proof.", no_args_is_help=True)
keys = typer.Typer(help="The key ring that encrypts personal values.", no_args_is_help=True)
ROUTES_FILE = Path("docs/routes.md")
DOCUMENTS = {"openapi": Path("docs/openapi"), "postman": Path("docs/postman")}
LOCAL = "http://127.0.0.1:8000"


def _named(broken: "Broken", files: list[Path]) -> str:
    """Where neither a seal nor an entry is named it is about the files themselves."""
    return str(broken) if broken.seal or broken.entry_id else f"{broken}: {', '.join(map(str, files))}"


@audit.command(name="verify")
def verify_audit(
    seals: Annotated[
        list[Path] | None,
        typer.Option(help="A worker's file of seals; say it once for each worker that has its own data folder"),
    ] = None,
    data: Data = VAR,
) -> None:
    """Check every entry and every seal; name the first broken one. Exit 1 when the chain is broken, or not proven.

    Seals are compared with the files outside the database, by default the one in the data folder. One that is missing,
    cut short or unreadable proves nothing.
    """
    from backoffice.kernel.proof.seal import SEALS_FILE
    from backoffice.kernel.proof.verify import Report, verify

    files = seals or [data / SEALS_FILE]

    async def check(house: "House") -> Report:
        with progress() as bar:
            task = bar.add_task("Verifying", total=None)
            async with house.database.read() as db:
                return await verify(db, seals_files=files, progress=lambda done: bar.update(task, completed=done))

    report = in_house(data, check)
    if report.broken:
        raise Refused(f"the audit log is broken: {_named(report.broken, files)}")
    out.print(f"{report.entries} entries in {report.seals} seals verified, {report.unsealed} wait for their seal.")
    if report.cut:
        out.print(f"{report.cut} of them are cut off: what they say is in the files of the cuts.")
    compared = f"{report.outside_seals} seals compared with {', '.join(map(str, files))}."
    out.print(compared, soft_wrap=True, highlight=False, markup=False)
    for epoch in report.epochs:
        restored = f"Epoch {epoch.number}: restored at {epoch.begun_at:%Y-%m-%d %H:%M:%S} UTC to after seal "
        out.print(f"{restored}{epoch.after_seal}; later seals from before then were given up.", soft_wrap=True)


@audit.command(name="cut")
def cut_audit(
    before: Annotated[
        datetime | None,
        typer.Option(help="Months that ended by this day; else AUDIT_KEEP_MONTHS", formats=["%Y-%m-%d"]),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The folder for the files; DATA/audit-cut if none is named")] = None,
    seals: Annotated[list[Path] | None, typer.Option(help="As for `audit verify`")] = None,
    data: Data = VAR,
) -> None:
    """Cut the oldest months off the audit log, each written to a file first. Needs the role that owns the tables."""
    from backoffice.kernel.proof.cutting import Cut, Keeper, cut_before
    from backoffice.kernel.proof.seal import SEALS_FILE

    async def cut(house: "House") -> list[Cut]:
        settings = settings_for(data)
        keeper = Keeper(settings.owner_url, to or data / "audit-cut", seals or [data / SEALS_FILE])
        return await cut_before(house, keeper, before=_kept_from(before, settings.audit_keep_months))

    for one in in_house(data, cut):
        said = f"{one.part}: {one.entries} entries from before {one.until:%Y-%m-%d} are in {one.file} alone."
        out.print(said, soft_wrap=True, highlight=False, markup=False)


def _kept_from(before: datetime | None, keep_months: int | None) -> datetime:
    """The moment up to which entries may go."""
    if before:
        return before.replace(tzinfo=UTC)
    if keep_months is None:
        raise Refused("say --before, or set AUDIT_KEEP_MONTHS")
    now = datetime.now(UTC)
    months = now.year * 12 + now.month - 1 - keep_months
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


@keys.command(name="new")
def make_key() -> None:
    """Print a fresh key; put it first in ENCRYPTION_KEYS, then rotate."""
    out.print(new_key(), markup=False, highlight=False, soft_wrap=True)


@keys.command(name="rotate")
def rotate_keys(data: Data = VAR) -> None:
    """Seal everything anew under the first key of the ring: people's data keys, and what products keep sealed."""
    from backoffice.application import SEALED
    from backoffice.kernel.secrets.rotation import rotate

    async def turn(house: "House") -> int:
        with progress() as bar:
            task = bar.add_task("Rotating", total=None)
            return await rotate(
                house.database, house.keys, columns=SEALED, progress=lambda done: bar.update(task, completed=done)
            )

    out.print(f"{in_house(data, turn)} values sealed anew.")


@keys.command(name="change-token-secret")
def change_token_secret(data: Data = VAR) -> None:
    """Let the next process that starts bring another TOKEN_SECRET. It signs everybody out: restart all with it."""
    from backoffice.kernel.actor import system
    from backoffice.kernel.house import House
    from backoffice.kernel.secrets.check import forget_token_secret

    async def forget() -> None:
        settings = settings_for(data)
        await refuse_silent_database(settings.direct_url)
        house = House.build(settings, database_url=settings.direct_url)
        await house.database.open()
        async with house.database.write(system("kernel", "change of the token secret")) as tx:
            await forget_token_secret(tx)
        await house.close()

    asyncio.run(forget())
    out.print("The next process that starts sets TOKEN_SECRET; everybody signs in anew.")


@app.command()
def routes(
    write: Annotated[
        bool, typer.Option("--write", help=f"Write {ROUTES_FILE} and the documents of each product")
    ] = False,
) -> None:
    """Print the ledger of every door: who may, what it refuses, what it audits."""
    from backoffice.application import described
    from backoffice.kernel.web.ledger import markdown, rows

    products = described()
    text = markdown(rows(products))
    if write:
        ROUTES_FILE.write_text(text)
        for file, document in documents(products).items():
            file.parent.mkdir(exist_ok=True)
            file.write_text(document)
    else:
        out.print(text, markup=False, highlight=False, soft_wrap=True)


def documents(products: "Mapping[str, ProductApp]") -> dict[Path, str]:
    """What clients load, for each product: its OpenAPI document and its Postman collection."""
    return {
        DOCUMENTS[kind] / f"{name}.json": json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        for name, app in products.items()
        for kind, made in (("openapi", app.openapi()), ("postman", app.postman(f"{LOCAL}/{name}")))
    }


@app.command()
def openapi(product: Annotated[str, typer.Argument(help=" or ".join(LISTED))] = FIRST) -> None:
    """Print a product's OpenAPI document."""
    from backoffice.application import described

    found = described().get(product)
    if found is None:
        raise Refused(f"there is no product named {product}")
    out.print(json.dumps(found.openapi(), indent=2), markup=False, highlight=False, soft_wrap=True)
