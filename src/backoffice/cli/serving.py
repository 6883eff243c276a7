"""run, serve, worker, migrate: the processes of the house."""

import logging
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from backoffice.configuration import environment_settings, settings_for, uses_own_server
from backoffice.ports import port_number, refuse_used_port
from backoffice.settings import Product
from backoffice.speaking import PRODUCTS, VAR, Data, out, product_named, refuse_unfit

if TYPE_CHECKING:
    from backoffice.run import Running

app = typer.Typer()
Port = Annotated[int, typer.Option(help="Where the API listens", envvar="PORT", parser=port_number, metavar="PORT")]


@app.command()
def run(
    port: Port = 8000,
    data: Data = VAR,
    product: Annotated[
        Product | None,
        typer.Option(help="Serve one product alone, at the root", parser=product_named, metavar=PRODUCTS),
    ] = None,
) -> None:
    """Run everything on this machine: PostgreSQL, API, worker. Ctrl-C stops it."""
    from backoffice.run import run_everything

    run_everything(data, port=port, product=product, announce=announce, tell=tell)
    out.print("Stopped.")


def tell(step: str) -> None:
    """What happens, as it happens: a first start takes its time."""
    out.print(step, highlight=False, markup=False)


def announce(running: "Running") -> None:
    """Where things are, and, the first time, how to sign in."""
    base = running.settings.public_url
    addresses = Table.grid(padding=(0, 2))
    addresses.add_row("What runs here", f"{base}/")
    for product, sign_in in running.sign_ins.by_product.items():
        root = sign_in["address"]
        addresses.add_row(product.capitalize(), f"{root}/docs" if running.settings.api_docs else f"{root}/")
    addresses.add_row("Metrics", f"http://{running.settings.host}:{running.settings.metrics_port}/metrics")
    for name, page in running.companions.items():
        addresses.add_row(name, page)
    out.print("\n[bold]backoffice runs[/bold]")
    out.print(addresses)
    if running.sign_ins.fresh:
        out.print(
            "\nSign in with these. The passwords are shown once and kept in", running.sign_ins.note, highlight=False
        )
        for product, sign_in in running.sign_ins.by_product.items():
            out.print(f"  {product}: {sign_in['username']}  {sign_in['password']}", highlight=False, markup=False)
    else:
        out.print("\nHow to sign in is kept in", running.sign_ins.note, highlight=False)
        if any("new_password" in sign_in for sign_in in running.sign_ins.by_product.values()):
            out.print("No password is in it any more: `backoffice staff list` names people,", highlight=False)
            out.print("`backoffice staff reset-password USERNAME` makes a new one.", highlight=False)
    out.print("\nCtrl-C stops everything.\n")


@app.command()
def serve() -> None:
    """Serve the API with the settings of the environment."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops

    settings = environment_settings()
    refuse_unfit(settings, settings.database_url.get_secret_value())
    refuse_used_port(settings.host, settings.port, choose="PORT")
    logging.getLogger("granian").setLevel(logging.WARNING)
    Granian(
        "backoffice.application:serve",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,  # of HTTP/2 a connection that only waits is never closed
        websockets=False,
        loop=Loops.uvloop,
        workers=settings.workers,
        factory=True,
        log_level="warning",  # type: ignore[arg-type]
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        backlog=2048,
    ).serve()


@app.command()
def worker() -> None:
    """Run jobs with the settings of the environment."""
    from backoffice.application import work

    settings = environment_settings()
    refuse_unfit(settings, settings.direct_url)
    work(settings)


@app.command()
def migrate(
    verify: Annotated[
        bool, typer.Option("--verify", help="Only say what is missing; exit 1 when something is")
    ] = False,
    data: Data = VAR,
) -> None:
    """Bring the database to this version."""
    from backoffice.kernel.database import migrations
    from backoffice.kernel.database.embedded import APP

    settings = settings_for(data)
    url = settings.owner_url
    if verify:
        missing = migrations.verify(url)
        out.print("\n".join(missing) if missing else "The database is at this version.")
        raise typer.Exit(1 if missing else 0)
    role = settings.database_app_role or (None if uses_own_server() else APP)
    applied = migrations.migrate(url, app_role=role, tell=lambda waits: out.print(waits, markup=False))
    out.print("\n".join(f"applied {name}" for name in applied) if applied else "Nothing to apply.")
