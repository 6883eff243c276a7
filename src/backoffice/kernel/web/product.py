"""What makes a product's front: its name, its roles, the shape of its errors, the examples of its documentation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from backoffice.kernel.errors import Refusal

Permissions = frozenset[str]


@dataclass(frozen=True)
class Product:
    """`shape(refusal, status)` is the body of an error; `error_model` documents it.

    `moves_money`: a person who works here is reset and renamed on the command line only, never from another product;
    the table kernel.product says the same. `idle_minutes` ends a session nobody used for so long; `scopes` are what
    API keys of its platform may be given, `events` what its webhooks tell.
    """

    name: str
    title: str
    summary: str
    roles: Mapping[str, Permissions]
    shape: Callable[[Refusal, int], dict[str, Any]]
    error_model: type
    examples_file: Path | None = None
    idle_minutes: int | None = None
    moves_money: bool = False
    scopes: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    tags: list[dict[str, str]] = field(default_factory=list)

    def permissions_of(self, role: str) -> Permissions:
        return self.roles.get(role, frozenset())

    def roles_with(self, permission: str) -> list[str]:
        return [role for role, permissions in self.roles.items() if permission in permissions]

    @cached_property
    def examples(self) -> dict[str, dict[str, Any]]:
        """`METHOD /path` -> {"request": ..., "response": ...}, shown on the documentation page."""
        return orjson.loads(self.examples_file.read_bytes()) if self.examples_file else {}
