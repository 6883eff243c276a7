"""The `backoffice` command. `run` is for one machine; `serve`, `worker` and `migrate` are its parts, for many.

Commands import what they need when they run: each process loads only its own part of the house.
"""

import typer

from backoffice.cli.check import app as check
from backoffice.cli.data import app as data
from backoffice.cli.data import simulate
from backoffice.cli.notifications import app as notifications
from backoffice.cli.platform import app as platform
from backoffice.cli.records import app as records
from backoffice.cli.records import audit, keys
from backoffice.cli.serving import app as serving
from backoffice.cli.staff import app as staff
from backoffice.cli.webhooks import app as webhooks
from backoffice.products import LISTED
from backoffice.shield.commands import app as payouts
from backoffice.speaking import REFUSALS, complain

HELP = (
    f"{' and '.join(LISTED).capitalize()}. "
    "`run` is for one machine; `serve`, `worker` and `migrate` are its parts, for many."
)
app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys.add_typer(platform, name="platform")
for part in (serving, check, data, records):
    app.registered_commands.extend(part.registered_commands)
GROUPS = {
    "staff": staff,
    "audit": audit,
    "keys": keys,
    "payouts": payouts,
    "notifications": notifications,
    "webhooks": webhooks,
    "simulate": simulate,
}
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def main() -> None:
    """Run a command; an expected failure is one clear sentence and exit code 1."""
    try:
        app()
    except REFUSALS as refusal:
        complain(refusal)
        raise SystemExit(1) from None
