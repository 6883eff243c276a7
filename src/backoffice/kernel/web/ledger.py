"""The ledger of doors: what each declares about itself, as rows and as the page committed as docs/routes.md."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from backoffice.kernel.web.door import Door
from backoffice.kernel.web.lock import KeyRule, Way
from backoffice.kernel.web.product_app import ProductApp

INTRODUCTION = """# Every door

Written by `backoffice routes --write` from what the doors declare; a test compares.

Any door may also answer 400 (not valid), 401 (who is there?), 403 (not permitted), 405, 413, 415, 429 and 503;
one that takes a body also 408, when that does not keep coming.
**Way**: *read* is one connection, and one batch for the session and what the door asks first; *write* is one
transaction, committed before the answer is sent; *own* opens its own short reads and writes, for example around the
hashing of a password. One that *waits* looks after its commit for what comes of it, holding no connection, for at most
`OUTCOME_WAIT_SECONDS`, and answers with that; sent again with its key, it shows how things stand by then.
**Who** with *fresh code*: and only who gave a code of their second factor in this session within ten minutes.
**Key**: whether an `Idempotency-Key` is honoured, required or ignored.
"""
HEAD = "| Door | Who | Refuses | Audits | Way | Key |\n|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Row:
    """One door: exactly one of `permission`, `scope` (of an API key) and `public` (why it is) says who may enter."""

    product: str
    tag: str
    method: str
    path: str
    permission: str
    roles: tuple[str, ...]
    scope: str
    public: str
    errors: tuple[str, ...]
    acts: tuple[str, ...]
    key_rule: KeyRule
    way: Way
    waits: bool
    step_up: bool = False


def rows(products: Mapping[str, ProductApp]) -> list[Row]:
    """Every door of these products, by their path segment, in the order in which paths are tried."""
    return [
        row
        for segment, app in products.items()
        for door in app.doors
        for row in _rows_of(door, app, root=f"/{segment}")
    ]


def _rows_of(door: Door, app: ProductApp, *, root: str) -> Iterator[Row]:
    lock = door.lock
    for method in sorted(door.methods or ()):
        yield Row(
            product=app.product.title,
            tag=door.operation.tag,
            method=method,
            path=root + door.path_format,
            permission=lock.permission or "",
            roles=tuple(app.product.roles_with(lock.permission or "")),
            scope=lock.scope or "",
            public="; ".join(filter(None, (lock.public, lock.unlimited and f"unlimited: {lock.unlimited}"))),
            errors=tuple(dict.fromkeys(error.__name__ for error in door.errors)),
            acts=tuple(sorted(lock.acts)),
            key_rule=lock.key_rule,
            way=lock.way,
            waits=lock.outcome is not None,
            step_up=lock.step_up,
        )


def markdown(ledger: Iterable[Row]) -> str:
    """The page: a table for each part of each product."""
    parts = [INTRODUCTION]
    for (product, tag), doors in groupby(ledger, key=lambda row: (row.product, row.tag)):
        parts.append(f"## {product}: {tag}\n\n{HEAD}")
        parts.extend(_line(row) for row in doors)
        parts.append("")
    return "\n".join(parts)


def _who(row: Row) -> str:
    if row.permission:
        return f"`{row.permission}` ({', '.join(row.roles)}){', fresh code' if row.step_up else ''}"
    return f"an API key with `{row.scope}`" if row.scope else f"anyone: {row.public}"


def _line(row: Row) -> str:
    cells = (
        f"{row.method} `{row.path}`",
        _who(row),
        ", ".join(row.errors) or "-",
        ", ".join(row.acts) or "-",
        row.way.value + ", waits" * row.waits,
        row.key_rule.value if row.way is Way.WRITE else "-",
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
