"""`backoffice import knowledge`: what is known already stays as it is."""

from collections.abc import Callable, Iterable

from backoffice.helpdesk.knowledge import actions
from backoffice.helpdesk.knowledge.rows import read_entries
from backoffice.helpdesk.product import HELPDESK
from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.importing import Report


async def import_entries(
    house: House, lines: Iterable[bytes], *, skip_refused: bool, progress: Callable[[int], None]
) -> Report:
    """The entries of a CSV file, in one write."""
    content = b"".join(lines)
    progress(len(content))
    read = read_entries(content)
    if skip_refused or not read.refused:
        async with house.database.write(system(HELPDESK.name, "import")) as tx:
            read.imported = await actions.import_entries(tx, read.entries)
    return read
