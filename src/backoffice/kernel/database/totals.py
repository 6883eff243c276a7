"""How many rows a list has under its filters: live where sums kept with every write know them, counted where not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice.kernel.database.compose import Listing
from backoffice.kernel.database.query import Db, Query


@dataclass(frozen=True)
class Totals:
    """`count` counts the rows, `tally` adds up kept sums; `always` are filters of every list of this kind."""

    name: str
    count: Listing
    tally: Listing
    always: Mapping[str, object] = field(default_factory=dict)

    def are_kept(self, shown: Mapping[str, object]) -> bool:
        """Whether the kept sums know this total: no filter is present that they are not kept by."""
        return all(value is None or name in self.tally.filters for name, value in shown.items())

    def kept(self, db: Db, shown: Mapping[str, Any]) -> Query[int]:
        return db.value(int, self.tally.where({**shown, **self.always}), **shown)

    def counted(self, db: Db, shown: Mapping[str, Any]) -> Query[int]:
        return db.value(int, self.count.where({**shown, **self.always}), **shown)

    def key(self, shown: Mapping[str, object]) -> str:
        """What a counted total is kept under."""
        return f"{self.name}:{sorted((name, str(value)) for name, value in shown.items() if value is not None)}"
