"""What a storm found: numbers with what they should be, asked of the database afterwards."""

from dataclasses import dataclass
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Finding:
    """One line of the table. A `wanted` of None is a number to know, not to judge."""

    what: str
    found: int | float | str
    wanted: int | str | None = None

    @property
    def is_broken(self) -> bool:
        return self.wanted is not None and self.found != self.wanted


def number(db: Connection, sql: str, **parameters: Any) -> int:
    row = db.execute(sql, parameters).fetchone()
    return int(row[0]) if row else 0
