"""A product as load runs see it: how its database is filled, who looks, and what its warm doors ask the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from rich.progress import Progress

from backoffice.kernel.actor import Actor
from backoffice.kernel.database import Db, Query
from backoffice.kernel.identity.confirming import confirm_recent_session, confirm_session
from backoffice.kernel.web import Product

Connection = psycopg.Connection[tuple[Any, ...]]
Rows = list[dict[str, Any]]
CONNECTION: Any = None
NOWHERE = Db(CONNECTION)
"""A statement is built without a connection; only running it needs one."""


@dataclass(frozen=True)
class Door:
    """What a warm door asks, built by the product's own stores: twins and pgbench ask the same.

    `address` has a place for what is asked for (`{}`), which `asks` gets as well. `then` is asked with it and the
    rows that the first statement found; `keeps` is written in the same transaction, by a door that keeps who looked.
    """

    address: str
    asks: Callable[[str], Sequence[Query[Any]]]
    then: Callable[[str, Rows], Sequence[Query[Any]]] | None = None
    keeps: Callable[[str], Sequence[Query[Any]]] | None = None


@dataclass(frozen=True)
class Tested:
    """A product under load; `admin` is who looks. `version` is counted up when the content of its filling changes.

    `fill` gets a migrated, empty database; `forget` takes a filled one back to what it was before a run;
    `contents` says what a scale holds; `least_share` of its twin's requests a second is what a door should reach.
    """

    product: Product
    admin: Actor
    version: int
    fill: Callable[[Connection, int, Progress], None]
    forget: Callable[[Connection, int], None]
    contents: Callable[[int], str]
    doors: Mapping[str, Door]
    least_share: float = 0.60

    @property
    def name(self) -> str:
        return self.product.name

    def confirm(self, session_id: str) -> Query[bool | None]:
        """The session lookup that every door begins with."""
        actor = replace(self.admin, session_id=session_id)
        if self.product.idle_minutes is None:
            return confirm_session(NOWHERE, actor)
        return confirm_recent_session(NOWHERE, actor, idle_minutes=self.product.idle_minutes)
