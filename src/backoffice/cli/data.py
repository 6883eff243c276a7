"""demo, import: bringing data in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backoffice.kernel.web.product import every_product
from backoffice.speaking import VAR, Data, Refused, in_house, one_of, out, progress

if TYPE_CHECKING:
    from backoffice.kernel.house import House
    from backoffice.kernel.importing import Report

app = typer.Typer()
IMPORTERS = {name: importer for product in every_product() for name, importer in product.importers.items()}
KINDS = "; ".join(f"{name}: {importer.file}" for name, importer in IMPORTERS.items())


@app.command()
def demo(data: Data = VAR) -> None:
    """Load the demo of every product into a database without customers and members."""
    from backoffice.first_start import load_demos

    demos = {one.name: one.demo.load() for one in every_product() if one.demo}

    async def fill(house: "House") -> None:
        async with house.database.read() as db:
            if any([await demo.is_begun(db) for demo in demos.values()]):
                raise Refused("this database already has customers or members; the demo is for an empty one")
        await load_demos(house, demos, tell=status.update)

    with out.status("Loading the demo") as status:
        in_house(data, fill)
    out.print("The demo is loaded.")


@app.command(name="import")
def import_file(
    what: Annotated[str, typer.Argument(help=KINDS, parser=one_of(IMPORTERS), metavar=f"[{'|'.join(IMPORTERS)}]")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One line, or row of a table, for each")],
    skip_refused: Annotated[bool, typer.Option("--skip-refused", help="Bring in the lines that are right")] = False,
    data: Data = VAR,
) -> None:
    """Import a file: all of it, or nothing and a sentence for each refused line."""
    importer = IMPORTERS[what]
    bring = importer.bring.load()

    with progress() as bar, file.open("rb") as lines:
        task = bar.add_task("Importing", total=file.stat().st_size)

        def moved(done: int) -> None:
            bar.update(task, completed=done)

        async def brought(house: "House") -> "Report":
            return await bring(house, lines, skip_refused=skip_refused, progress=moved)

        report = in_house(data, brought)
    for problem in report.errors:
        out.print(problem, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if report.refused and not skip_refused:
        raise Refused(f"{len(report.refused)} lines of {file} were refused; nothing was imported")
    known = f", {report.known} known already" if report.known else ""
    refused = f", {len(report.refused)} lines refused" if report.refused else ""
    out.print(f"{report.imported} {importer.things} imported{known}{refused}.")
