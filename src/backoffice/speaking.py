"""How commands speak: tables and progress to people, one sentence when something can't be done."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import psycopg
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backoffice.configuration import ConfigurationMissing, settings_for
from backoffice.kernel.database.data_folder import EmbeddedServerError
from backoffice.kernel.database.migration import MigrationRefused
from backoffice.kernel.errors import Refusal, Unavailable
from backoffice.kernel.secrets.refusal import SecretsDiffer
from backoffice.ports import PortRefused
from backoffice.products import LISTED

if TYPE_CHECKING:
    from backoffice.kernel.house import House
    from backoffice.settings import Settings

T = TypeVar("T")
WIDE = 200
out = Console(width=None if sys.stdout.isatty() else WIDE)
"""Lines for a file or another command are not cut to the width of a screen."""
VAR = Path("var")


class Refused(Exception):
    """A command can't do what was asked; the message is one sentence."""


def checked(kind: Any, value: str, *, named: str) -> str:
    """A text as the API would take it, in the form it would keep."""
    from pydantic import TypeAdapter, ValidationError

    from backoffice.kernel.sentences import sentence_of

    try:
        return str(TypeAdapter(kind).validate_python(value.strip()))
    except ValidationError as wrong:
        raise Refused(f"{named}: {sentence_of(wrong.errors(include_url=False, include_input=False)[0])}") from None


def data_folder(named: str | Path) -> Path:
    """An empty name would be the folder one stands in, and be filled with a database."""
    if not str(named).strip():
        raise Refused("The data folder has no name. Name one with DATA=... or --data, or leave it out.")
    return Path(named)


def one_of(names: Collection[str]) -> Callable[[str], str]:
    """Takes one of these names, as somebody typed it."""

    def named(typed: str) -> str:
        if typed not in names:
            raise typer.BadParameter(f"{typed!r} is not one of {', '.join(map(repr, names))}.")
        return typed

    return named


product_named = one_of(LISTED)
PRODUCTS = f"[{'|'.join(LISTED)}]"
Data = Annotated[
    Path,
    typer.Option(
        help="The data folder of a `backoffice run`", envvar="DATA_FOLDER", parser=data_folder, metavar="FOLDER"
    ),
]


REFUSALS = (
    ConfigurationMissing,
    EmbeddedServerError,
    MigrationRefused,
    PortRefused,
    Refused,
    Refusal,
    SecretsDiffer,
    OSError,
    psycopg.Error,
)


def complain(refusal: BaseException) -> None:
    """One line, also of what is not ours: a disk that is full, a folder that can't be written, a store that is away."""
    sentence = str(refusal)
    match refusal:
        case psycopg.OperationalError():
            sentence = f"The database does not answer: {_first_line(refusal)}"
        case psycopg.Error():
            sentence = f"The database refuses: {_first_line(refusal)}"
        case OSError(filename=str() | Path() as named, strerror=str() as why):
            sentence = f"{why}: {named}"
        case Unavailable(__cause__=Exception() as cause):
            sentence = f"{sentence}: {_first_line(cause)}"
        case _:
            pass
    Console(stderr=True).print(f"backoffice: {sentence}", style="red", highlight=False, soft_wrap=True)


def _first_line(failure: Exception) -> str:
    return next(iter(str(failure).splitlines()), type(failure).__name__)


def show(table: Table, *, otherwise: str) -> None:
    """The table, or a sentence where it has no row: a frame around nothing looks like something that broke."""
    out.print(table if table.row_count else otherwise, markup=False, highlight=bool(table.row_count))


def progress() -> Progress:
    """A bar for people; a file or another command gets the result alone."""
    return Progress(console=out, transient=True, disable=not out.is_terminal)


async def refuse_silent_database(url: str) -> None:
    """One try, where a pool would try again for half a minute."""
    connection = await psycopg.AsyncConnection.connect(url, connect_timeout=5)
    await connection.close()


def built(settings: "Settings", url: str) -> "House":
    """The house, not yet open. Refused where the folder for its files can't be made."""
    from backoffice.kernel.house import House

    try:
        return House.build(settings, database_url=url)
    except OSError as exc:
        raise Refused(f"The data folder {exc.filename} cannot be written: {exc.strerror}.") from exc


def refuse_unfit(settings: "Settings", url: str) -> None:
    """What a process would only find out once it serves is said here, in a sentence: no database, or another's."""

    async def look() -> None:
        await refuse_silent_database(url)
        house = built(settings, url)
        await house.open()
        await house.close()

    asyncio.run(look())


def in_house(data: Path, work: Callable[["House"], Awaitable[T]]) -> T:
    """Run one piece of work on the house of these settings."""

    async def opened() -> T:
        settings = settings_for(data)
        house = built(settings, settings.direct_url)
        await refuse_silent_database(settings.direct_url)
        await house.open()
        try:
            return await work(house)
        finally:
            await house.close()

    return asyncio.run(opened())
