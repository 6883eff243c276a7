"""What a product declares of its bulk acts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from backoffice.kernel.bulk.rules import BulkNotFound
from backoffice.kernel.database import Db
from backoffice.kernel.errors import Refusal
from backoffice.kernel.house import House
from backoffice.kernel.identity.role_book import RoleBook
from backoffice.kernel.write import Tx

P = TypeVar("P", bound=BaseModel)
Kept = Mapping[str, Any]
"""How an act left a row: what its undo needs to know it again, and nothing personal."""
Refused = Mapping[str, Refusal]
"""Why, by subject."""


@dataclass(frozen=True, slots=True)
class One(Generic[P]):
    """One row of a bulk act. `subject` is its id as text, `params` what staff said of the act."""

    subject: str
    params: P
    house: House


@dataclass(frozen=True)
class BulkAct(Generic[P]):
    """`act` does to one row what its own door does, by the same action, as whoever started it.

    It says how it left the row where `undo` can take that back, else None. `undo` refuses a row that is otherwise by
    now: ChangedSince. `foresee` tells without doing anything which rows would refuse as they are, by the same rules.
    """

    name: str
    permission: str
    params: type[P]
    act: Callable[[Tx, One[P]], Awaitable[Kept | None]]
    foresee: Callable[[Db, Sequence[str], P], Awaitable[Refused]]
    undo: Callable[[Tx, str, Kept], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Acts:
    """The bulk acts of a product, whose roles say who may, and its word for a refusal."""

    acts: Sequence[BulkAct[Any]]
    book: RoleBook
    code_of: Callable[[Refusal], str]

    def named(self, name: str) -> BulkAct[Any]:
        """BulkNotFound for one that the code no longer knows."""
        for act in self.acts:
            if act.name == name:
                return act
        raise BulkNotFound(job_id=name)
