"""Finds every SQL statement in the code: literals handed to db.one, db.all and the like, and every Listing.

A literal may be put together from constants: `db.one(ClaimRow, CLAIM + "WHERE id = %(id)s", ...)`.
"""

import ast
import builtins
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import backoffice
from backoffice.kernel.database import Listing, Pages
from backoffice.kernel.database.pages import DEEPER, UNUSUAL, USUAL
from backoffice.kernel.secrets.rotation import SealedColumn

SOURCE = Path(backoffice.__file__).parent
OF_ROWS = frozenset({"one", "find", "all", "stream"})
OF_VALUES = frozenset({"value", "find_value", "values"})
TOUCHING = frozenset({"run"})
DATABASES = frozenset({"db", "tx", "self"})
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Statement:
    """SQL as it stands in the code. `row` is what its result becomes, None where it has no result.

    `given` are the parameters its call names, with their Python types where the code tells (None: all, unknown).
    """

    place: str
    sql: str
    row: type | None
    is_value: bool = False
    given: dict[str, Any] | None = field(default=None)


class UnreadableStatement(Exception):
    """A statement that is neither a literal nor made by a Listing: nothing checks it."""


def modules() -> Iterator[ModuleType]:
    """Every module of the product; `__main__` modules run instead of being imported."""
    for found in pkgutil.walk_packages([str(SOURCE)], "backoffice."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def statements(module: ModuleType) -> Iterator[Statement]:
    """The literals of one module."""
    text = inspect.getsource(module)
    for function, call in _calls(ast.parse(text)):
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        place = f"{module.__name__}:{call.lineno}"
        sql = call.args[0] if method in TOUCHING else call.args[1]
        if isinstance(sql, ast.Call) and isinstance(sql.func, ast.Attribute) and sql.func.attr == "where":
            continue
        row = None if method in TOUCHING else _named(module, call.args[0])
        given = _given(module, function, call)
        yield Statement(place, _text(module, sql), row, is_value=method in OF_VALUES, given=given)


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Calls on a database, each with the name of the function it stands in."""
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and _is_on_database(call):
                yield name, call


def _is_on_database(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=name), attr=method) if name in DATABASES:
            known = OF_ROWS | OF_VALUES | TOUCHING
            return method in known and len(call.args) >= (1 if method in TOUCHING else 2)
    return False


def _text(module: ModuleType, sql: ast.expr) -> str:
    """A literal, or literals put together with `+`, some of which a module has as constants."""
    match sql:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name.isupper() and isinstance(text := getattr(module, name, None), str):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(module, left) + _text(module, right)
    raise UnreadableStatement(f"{module.__name__}:{sql.lineno}: {ast.unparse(sql)}")


def _named(module: Any, expression: ast.expr) -> type:
    """The class that an expression such as `TicketRow` or `rules.Status` names in its module."""
    match expression:
        case ast.Name(id=name):
            return getattr(module, name, None) or getattr(builtins, name)  # type: ignore[no-any-return]
        case ast.Attribute(value=inner, attr=name):
            return getattr(_named(module, inner), name)  # type: ignore[no-any-return]
        case ast.Subscript(value=inner):
            return _named(module, inner)
    raise UnreadableStatement(f"{module.__name__}:{expression.lineno}: {ast.unparse(expression)}")


def _given(module: ModuleType, function: str, call: ast.Call) -> dict[str, Any] | None:
    hints = get_type_hints(getattr(module, function)) if function else {}
    fields: dict[str, Any] = {}
    for value in (keyword.value for keyword in call.keywords if keyword.arg is None):
        match value:
            case ast.Call(func=ast.Name(id="asdict"), args=[ast.Name(id=row)]):
                fields |= get_type_hints(hints[row])
            case _:
                return None
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg and keyword.arg != "missing"}
    return fields | {name: _type_of(value, hints) for name, value in named.items()}


def _type_of(value: ast.expr, hints: dict[str, Any]) -> Any:
    match value:
        case ast.Constant(value=constant):
            return type(constant)
        case ast.Name(id=name):
            return hints.get(name)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if isinstance(hints.get(name), type):
            return get_type_hints(hints[name]).get(attribute)
    return None


def listings(module: ModuleType) -> Iterator[tuple[str, Listing]]:
    """The listings that a module names, and those of its sealed columns."""
    for name, value in vars(module).items():
        several = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        for number, one in enumerate(several):
            place = f"{module.__name__}.{name}[{number}]"
            if isinstance(one, Listing):
                yield place, one
            elif isinstance(one, Pages):
                known = (one.listing, one.count, one.tally, *one.quick, *map(one.backwards, one.listing.sorts))
                yield from ((place, listing) for listing in known if listing is not None)
            elif isinstance(one, SealedColumn):
                yield from ((place, one.older), (place, one.renew))


def combinations(place: str, listing: Listing) -> Iterator[Statement]:
    """No filter, each alone by each of its conditions, if any, all together; and each sort, and cut of a page."""
    ways = {name: [True] if isinstance(of, str) else list(of) for name, of in listing.filters.items()}
    alone: list[dict[str, object]] = [{name: value} for name, values in ways.items() for value in values]
    for present in ({}, *alone, {name: values[0] for name, values in ways.items() if values}):
        for sort in listing.sorts or [None]:
            for cut in (UNUSUAL + DEEPER, *USUAL.values())[:2] if "{cut}" in listing.sql else [""]:
                said = f"{place} filters={present} sort={sort} {cut}"
                text = listing.where(present, sort=sort, cut=cut).text
                yield Statement(said, text, listing.row, is_value=not hasattr(listing.row, "__dataclass_fields__"))
