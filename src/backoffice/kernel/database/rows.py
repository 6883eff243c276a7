"""Typed rows: a result's columns, in order, become the fields of a frozen dataclass, enum members where it says so.

A field that is itself such a dataclass takes a column for each of its own: `agent: AgentOut | None` takes `agent_id`,
`agent_username`, ... and is None where the first of them is NULL. So a row can be the answer that shows it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, make_dataclass
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

R = TypeVar("R")
Maker = Callable[[Sequence[Any]], Any]
_MAKERS: dict[type[Any], Maker] = {}


def _only_class(hint: Any) -> type[Any]:
    """The class that a hint names, None left out; `object` where it names several, or none."""
    kinds = [kind for kind in (get_args(hint) or (hint,)) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 and isinstance(kinds[0], type) else object


def columns_of(row: type[Any]) -> list[tuple[str, Any]]:
    """The columns that a row is made of, in their order, and what is in each."""
    hints, columns = get_type_hints(row), list[tuple[str, Any]]()
    for name in (field.name for field in fields(row)):
        inner = _only_class(hints[name])
        within = columns_of(inner) if is_dataclass(inner) else []
        columns += [(f"{name}_{part}", hint) for part, hint in within] or [(name, hints[name])]
    return columns


def values_of(row: Any) -> dict[str, Any]:
    """A row's fields by their names, for a larger one that begins with them."""
    return {field.name: getattr(row, field.name) for field in fields(row)}


def part_of(shape: type[R], row: R) -> R:
    """The fields of a row that a smaller one has, which it extends: an answer shows no more than its own."""
    whole: Any = shape
    made: R = whole(**{field.name: getattr(row, field.name) for field in fields(whole)})
    return made


def maker_of(row: type[Any]) -> Maker:
    """How one tuple from the database becomes one row. The order of columns is checked by a test, not here."""
    known = _MAKERS.get(row)
    if known is None:
        known = _MAKERS[row] = _make_maker(row)
    return known


def _make_maker(row: type[Any]) -> Maker:
    hints = get_type_hints(row)
    kinds = [_only_class(hints[field.name]) for field in fields(row)]
    nested = [(place, maker_of(kind), len(columns_of(kind))) for place, kind in enumerate(kinds) if is_dataclass(kind)]
    enums = [(place, kind) for place, kind in enumerate(kinds) if issubclass(kind, Enum)]
    converted = [(place, {member.value: member for member in kind}) for place, kind in enums]
    whole: Any = row
    build = _builder(whole)
    if not nested and not converted:
        return lambda values: build(*values)

    def make(values: Sequence[Any]) -> Any:
        changed = [*values]
        if nested:
            for place, inner, width in nested:
                parts = changed[place : place + width]
                changed[place : place + width] = [None if parts[0] is None else inner(parts)]
        for place, members in converted:
            if changed[place] is not None:
                changed[place] = members[changed[place]]
        return build(*changed)

    return make


def built(shape: type[R], named: Mapping[str, Any]) -> R:
    """A row of values by their names, as quickly as one that comes from the database."""
    whole: Any = shape
    made: R = _builder(whole)(**named)
    return made


@cache
def _builder(row: type[Any]) -> Callable[..., Any]:
    """Makes a row of all its fields' values: an open one, which is then closed.

    A frozen class writes past its own lock, field by field, which takes ten times as long as to write into an open one
    of the same fields. A row that checks itself, or extends one with slots, is made by its own class.
    """
    names = [field.name for field in fields(row)]
    opened: Any = make_dataclass(row.__name__, names, slots="__slots__" in vars(row))

    def build(*values: Any, **named: Any) -> Any:
        made = opened(*values, **named)
        made.__class__ = row
        return made

    try:
        build(*[None] * len(names))
    except TypeError:
        return row
    return row if hasattr(row, "__post_init__") else build
