"""Thousands of rows in one statement for each table, as a demo brings them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backoffice.kernel.write.transaction import Tx


async def copy_all(tx: Tx, columns: Mapping[str, str], rows: Iterable[Iterable[Sequence[Any]]]) -> None:
    """COPY: `columns` names those of each table, `rows` are theirs in the same order. A dict becomes JSON."""
    connection = await tx.ready()
    for (table, names), lines in zip(columns.items(), rows, strict=True):
        async with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for line in lines:
                await copy.write_row(line)
