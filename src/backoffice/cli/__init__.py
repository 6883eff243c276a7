"""The `backoffice` command. `run` is for one machine; `serve`, `worker` and `migrate` are its parts, for many.

Commands import what they need when they run: each process loads only its own part of the house.
"""

import inspect
from typing import Annotated

import typer

from backoffice import __version__
from backoffice.cli.backup import app as backup
from backoffice.cli.check import app as check
from backoffice.cli.data import app as data
from backoffice.cli.growth import app as growth
from backoffice.cli.money import app as money
from backoffice.cli.notifications import app as notifications
from backoffice.cli.platform import app as platform
from backoffice.cli.records import app as records
from backoffice.cli.records import audit, keys
from backoffice.cli.restoring import app as restoring
from backoffice.cli.serving import app as serving
from backoffice.cli.staff import app as staff
from backoffice.cli.webhooks import app as webhooks
from backoffice.kernel.web.product import every_product
from backoffice.products import LISTED
from backoffice.speaking import REFUSALS, complain, out

*OTHERS, LAST = LISTED
HELP = (
    f"{', '.join(OTHERS).capitalize()} and {LAST}. "
    "`run` is for one machine; `serve`, `worker` and `migrate` are its parts, for many."
)
app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys.add_typer(platform, name="platform")
GROUPS = {
    "staff": staff,
    "audit": audit,
    "keys": keys,
    "backup": backup,
    "notifications": notifications,
    "webhooks": webhooks,
}
for name, group in GROUPS.items():
    app.add_typer(group, name=name)
for part in (
    serving,
    check,
    data,
    growth,
    records,
    restoring,
    money,
    *(one.commands.load() for one in every_product() if one.commands),
):
    app.registered_commands.extend(part.registered_commands)
    app.registered_groups.extend(part.registered_groups)


def flow(part: typer.Typer) -> None:
    """A paragraph of help is as wide as the screen: all but the first would break where the source breaks."""
    for command in part.registered_commands:
        paragraphs = inspect.getdoc(command.callback) or ""
        command.help = "\n\n".join(" ".join(one.split()) for one in paragraphs.split("\n\n"))
    for group in part.registered_groups:
        if group.typer_instance:
            flow(group.typer_instance)


flow(app)


def say_version(is_asked: bool) -> None:
    from backoffice.kernel.database.schema import newest

    if is_asked:
        out.print(f"backoffice {__version__}, schema {newest()}", highlight=False)
        raise typer.Exit


@app.callback()
def begin(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is, and its newest migration", callback=say_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run a command; an expected failure is one clear sentence and exit code 1."""
    try:
        app()
    except REFUSALS as refusal:
        complain(refusal)
        raise SystemExit(1) from None
