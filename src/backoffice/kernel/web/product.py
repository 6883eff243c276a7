"""What makes a product's front: its name, its roles, the shape of its errors, the examples of its documentation."""

import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

import orjson
import typer

from backoffice.kernel.errors import Refusal
from backoffice.kernel.identity.role_book import RoleBook
from backoffice.products import LISTED

if TYPE_CHECKING:
    from backoffice.kernel.database import Db, Query
    from backoffice.kernel.health.figures import Figure
    from backoffice.kernel.house import House
    from backoffice.kernel.identity.joining import Joining
    from backoffice.kernel.importing import Report
    from backoffice.kernel.secrets.rotation import SealedColumn
    from backoffice.kernel.web.part import Part
    from backoffice.settings import Settings

Permissions = frozenset[str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Later(Generic[T]):
    """A part of a product that only some processes load: `module:name`, imported when it is asked for."""

    where: str

    def load(self) -> T:
        found: T = pkgutil.resolve_name(self.where)
        return found


class Demo(Protocol):
    """Loads what a newcomer sees first; `is_begun` says whether the product has customers already."""

    async def load(self, house: "House") -> None: ...

    def is_begun(self, db: "Db") -> "Query[bool]": ...


class Bring(Protocol):
    """Brings the lines of a file in. With a refused line nothing is, unless those are to be skipped.

    `progress` is told how many bytes were read.
    """

    async def __call__(
        self, house: "House", lines: Iterable[bytes], *, skip_refused: bool, progress: Callable[[int], None]
    ) -> "Report": ...


@dataclass(frozen=True, slots=True)
class Importer:
    """What `backoffice import` takes: `file` says what is in one, `things` what they are called once they are here."""

    things: str
    file: str
    bring: Later[Bring]


@dataclass(frozen=True, slots=True)
class Companion:
    """A process that `backoffice run` starts beside the API: it plays somebody outside who is not configured yet.

    `command` is one of `backoffice` that takes --port, `page` what a person may open there, and `account` the settings
    by which the house finds it at its address.
    """

    name: str
    command: str
    page: str
    is_needed: "Callable[[Settings], bool]"
    account: Callable[[str], dict[str, object]]


Probe: TypeAlias = "Callable[[Settings], Awaitable[str]]"
"""Tries something outside: says a few words, or raises backoffice.probing.Wrong."""


@dataclass(frozen=True)
class Product:
    """`shape(refusal, status)` is the body of an error; `error_model` documents it, and `own_shapes` those refusals
    that are told in another.

    `moves_money`: a person who works here is reset and renamed on the command line only, never from another product;
    the table kernel.product says the same. With a `role_book` its staff may make roles of their own, as rows.
    `idle_minutes` ends a session nobody used for so long; `scopes` are what API keys of its platform may be given,
    `events` what its webhooks tell.

    What only some processes need is named and loaded by them: the list of `doors`, the module of `jobs`, the `sealed`
    columns, the `demo`, the `figures` that are told to Prometheus, its part in a `recovery`, how `staff` join where
    that is more than the directory's part; for the command line its own `commands`, the `importers` by the word one
    types, the `probes` of `backoffice check` by what they try, and the `companions` of `backoffice run`. `in_sentences`
    is its name among words, `counted_by` the table by whose rows `backoffice growth` counts what it leaves.
    """

    name: str
    title: str
    summary: str
    roles: Mapping[str, Permissions]
    shape: Callable[[Refusal, int], dict[str, Any]]
    error_model: type
    own_shapes: Mapping[type[Refusal], Any] = field(default_factory=dict)
    examples_file: Path | None = None
    idle_minutes: int | None = None
    moves_money: bool = False
    role_book: RoleBook | None = None
    scopes: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    in_sentences: str = ""
    counted_by: str = ""
    doors: str | None = None
    jobs: str | None = None
    sealed: "Later[Sequence[SealedColumn]] | None" = None
    demo: Later[Demo] | None = None
    staff: "Later[Joining] | None" = None
    commands: Later[typer.Typer] | None = None
    importers: Mapping[str, Importer] = field(default_factory=dict)
    probes: Later[Mapping[str, Probe]] | None = None
    figures: "Later[Sequence[Figure]] | None" = None
    companions: Later[Sequence[Companion]] | None = None
    recovery: "Later[Part] | None" = None
    tags: list[dict[str, str]] = field(default_factory=list)

    @property
    def said(self) -> str:
        return self.in_sentences or self.name

    def joining(self) -> "Joining":
        """How staff come and go here."""
        from backoffice.kernel.identity.joining import Joining  # noqa: PLC0415 - few processes ask

        return self.staff.load() if self.staff else Joining(self.name, role_book=self.role_book)

    def is_made_role(self, role: str) -> bool:
        """Whether staff made it, so that a row says what it may do."""
        return self.role_book is not None and role not in self.roles

    def permissions_of(self, role: str) -> Permissions:
        return self.roles.get(role, frozenset())

    def roles_with(self, permission: str) -> list[str]:
        return [role for role, permissions in self.roles.items() if permission in permissions]

    @cached_property
    def examples(self) -> dict[str, dict[str, Any]]:
        """`METHOD /path` -> {"request": ..., "response": ...}, shown on the documentation page.

        {"as": "METHOD /other/path"} is the example of a door that stands there too.
        """
        found = orjson.loads(self.examples_file.read_bytes()) if self.examples_file else {}
        return {name: found[one["as"]] if "as" in one else one for name, one in found.items()}


def product_of(name: str) -> Product:
    """What the product of this name says of itself."""
    found: Product = pkgutil.resolve_name(LISTED[name])
    return found


def every_product() -> list[Product]:
    return [product_of(name) for name in LISTED]
