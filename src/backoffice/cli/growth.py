"""growth: which tables grow, how fast, and when the disk is full."""

import math
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from backoffice.configuration import uses_own_server
from backoffice.kernel.web.product import every_product
from backoffice.speaking import VAR, Data, in_house, out

if TYPE_CHECKING:
    from backoffice.kernel.database.growth import GrowthRow
    from backoffice.kernel.house import House

app = typer.Typer()
DAY, MEGABYTE = 86_400, 1_000_000
THINGS = {one.name: one.counted_by for one in every_product() if one.counted_by}
"""What a product's figures are counted by."""
ENOUGH_DAYS = 7
"""Of counting. A first start writes a demo in a minute, and a weekend is unlike a working day."""


def gigabytes(given: float | None) -> float | None:
    if given is not None and not (math.isfinite(given) and given > 0):
        raise typer.BadParameter("say how many gigabytes are free: more than 0")
    return given


@app.command()
def growth(
    free_gb: Annotated[
        float | None,
        typer.Option(callback=gigabytes, help="Free space where PostgreSQL lies, when that is another machine"),
    ] = None,
    all_tables: Annotated[bool, typer.Option("--all", help="Small tables too")] = False,
    data: Data = VAR,
) -> None:
    """Print how large the tables are, what a ticket, a booking and a claim leave in them, and when the disk is full."""
    from backoffice.kernel.database.growth import list_growth

    async def look(house: "House") -> "list[GrowthRow]":
        async with house.database.read() as db:
            return await list_growth(db)

    rows = in_house(data, look)
    days = (datetime.now(UTC) - rows[0].since).total_seconds() / DAY
    shown = rows if all_tables else [row for row in rows if row.bytes >= MEGABYTE]
    out.print(_table(rows, shown, days=days))
    free = shutil.disk_usage(data).free if free_gb is None and not uses_own_server() else (free_gb or 0) * 1e9
    for line in summary(rows, days=days, free=free):
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def _table(rows: "Sequence[GrowthRow]", shown: "Sequence[GrowthRow]", *, days: float) -> Table:
    things = {schema: next((row.rows for row in rows if row.name == name), 0) for schema, name in THINGS.items()}
    table = Table("table", "MB", "rows", "bytes a row", "rows a day", "MB a day", "rows of each", "bytes of each")
    for row in shown:
        number = things.get(row.name.partition(".")[0], 0)
        a_row = row.bytes / row.rows if row.rows else 0
        each = (f"{row.rows / number:.2f}", f"{row.bytes / number:.0f}") if number else ("", "")
        daily = max(row.added, 0) / days if days >= ENOUGH_DAYS else None
        a_day = ("", "") if daily is None else (f"{daily:.0f}", f"{daily * a_row / MEGABYTE:.2f}")
        table.add_row(row.name, f"{row.bytes / MEGABYTE:.1f}", f"{row.rows}", f"{a_row:.0f}", *a_day, *each)
    return table


def summary(rows: "Sequence[GrowthRow]", *, days: float, free: float) -> list[str]:
    """What the table comes to. Before a week was counted nothing is said of a day, and no date given."""
    for_each = [
        f"A {name.rpartition('.')[2]} leaves {total / number:.0f} bytes in {schema}."
        for schema, name in THINGS.items()
        if (number := sum(row.rows for row in rows if row.name == name))
        and (total := sum(row.bytes for row in rows if row.name.startswith(f"{schema}.")))
    ]
    in_all = f"{sum(row.bytes for row in rows) / MEGABYTE:.0f} MB in all."
    if days < ENOUGH_DAYS:
        counted = f"{days:.1f} days" if days >= 1 else f"{days * 24:.1f} hours"
        too_short = (
            f"PostgreSQL has counted for {counted}: too short to say what a day brings, and when the disk is full."
        )
        return [*for_each, in_all, f"{too_short} Ask again once it was a week."]
    daily = sum(max(row.added, 0) / days * row.bytes / row.rows for row in rows if row.rows)
    grows = f"{in_all} {daily / MEGABYTE:.1f} MB more a day over the last {days:.1f} days."
    if not free:
        return [*for_each, grows, "Say --free-gb to hear when the disk is full."]
    until = f"{free / daily:.0f} days" if daily else "as long as nothing is written"
    full = f"{free / 1e9:.0f} GB are free: enough for {until}, without the write-ahead log and backups."
    return [*for_each, grows, full]
