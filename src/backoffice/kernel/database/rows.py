"""Typed rows: a result's columns, in order, become the fields of a frozen dataclass, enum members where it says so."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_type_hints

Maker = Callable[[Sequence[Any]], Any]
_MAKERS: dict[type[Any], Maker] = {}


def _enum_in(hint: Any) -> type[Enum] | None:
    kinds = [kind for kind in (get_args(hint) or (hint,)) if kind is not NoneType]
    if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], Enum):
        return kinds[0]
    return None


def maker_of(row: type[Any]) -> Maker:
    """How one tuple from the database becomes one row. The order of columns is checked by a test, not here."""
    known = _MAKERS.get(row)
    if known is None:
        known = _MAKERS[row] = _make_maker(row)
    return known


def _make_maker(row: type[Any]) -> Maker:
    hints = get_type_hints(row)
    enums = [(place, _enum_in(hints[field.name])) for place, field in enumerate(fields(row))]
    converted = [(place, {member.value: member for member in kind}) for place, kind in enums if kind]
    if not converted:
        return lambda values: row(*values)

    def make(values: Sequence[Any]) -> Any:
        changed = list(values)
        for place, members in converted:
            if changed[place] is not None:
                changed[place] = members[changed[place]]
        return row(*changed)

    return make
