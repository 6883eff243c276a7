"""Asks PostgreSQL what a statement would return, without running it, and compares with the row it becomes."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, NamedTuple, get_args, get_origin
from uuid import UUID

import psycopg
from psycopg.postgres import types as known_types

from backoffice.kernel.database.rows import columns_of
from tests.walls.statements import PLACEHOLDER, Statement

RESULTS: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "bytea": (bytes,),
    "date": (date,),
    "float4": (float,),
    "float8": (float,),
    "int2": (int,),
    "int4": (int,),
    "int8": (int,),
    "interval": (timedelta,),
    "json": (dict, list),
    "jsonb": (dict, list),
    "name": (str,),
    "numeric": (Decimal,),
    "text": (str,),
    "time": (time,),
    "timestamptz": (datetime,),
    "uuid": (UUID,),
    "varchar": (str,),
}
PARAMETERS: dict[type, str] = {
    bool: "bool",
    int: "int8",
    float: "float8",
    UUID: "uuid",
    datetime: "timestamptz",
    date: "date",
    bytes: "bytea",
    dict: "jsonb",
    timedelta: "interval",
}


class Column(NamedTuple):
    """A column of a result. `nullable` is what its table says of it; an outer join may say otherwise."""

    name: str
    kind: str
    is_array: bool
    nullable: bool

    def __str__(self) -> str:
        return f"{self.kind}{'[]' if self.is_array else ''}{' or NULL' if self.nullable else ''}"


def complaints(connection: psycopg.Connection[Any], statement: Statement) -> list[str]:
    """What is wrong with a statement; nothing when it may run as it is."""
    names = list(dict.fromkeys(PLACEHOLDER.findall(statement.sql)))
    if statement.given is not None and (absent := set(names) - set(statement.given)):
        return [f"{statement.place}: no value for {sorted(absent)}"]
    oids = [_oid_of((statement.given or {}).get(name)) for name in names]
    prepared = connection.pgconn.prepare(b"", _numbered(statement.sql, names).encode(), oids)
    if prepared.status != psycopg.pq.ExecStatus.COMMAND_OK:
        return [f"{statement.place}: {prepared.error_message.decode(errors='replace').strip()}"]
    found = connection.pgconn.describe_prepared(b"")
    columns = [_column(connection, found, place) for place in range(found.nfields)]
    return [f"{statement.place}: {wrong}" for wrong in _compared(statement, columns)]


def _column(connection: psycopg.Connection[Any], found: Any, place: int) -> Column:
    nullable = _is_nullable(connection, found.ftable(place), found.ftablecol(place))
    name = (found.fname(place) or b"").decode()
    kind = known_types.get(found.ftype(place))
    is_array = kind is not None and found.ftype(place) == kind.array_oid
    return Column(name, kind.name if kind else "of an unknown type", is_array, nullable)


@cache
def _is_nullable(connection: psycopg.Connection[Any], table: int, column: int) -> bool:
    """Of a column of a table; asked once on a connection, for hundreds of statements read the same ones."""
    found = connection.execute(
        "SELECT NOT attnotnull FROM pg_attribute WHERE attrelid = %s AND attnum = %s", [table, column]
    )
    return found.fetchone() == (True,)


def _numbered(sql: str, names: list[str]) -> str:
    return PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", sql).replace("%%", "%")


def _kinds(hint: Any) -> list[Any]:
    """The alternatives of a hint, None left out."""
    kinds = get_args(hint) if get_origin(hint) not in (None, list, dict) else (hint,)
    return [kind for kind in kinds if kind is not NoneType]


def _oid_of(hint: Any) -> int:
    """The type a parameter travels as; 0 where PostgreSQL is left to find out, as for text."""
    kinds = _kinds(hint)
    if len(kinds) != 1:
        return 0
    kind = get_origin(kinds[0]) or kinds[0]
    if kind is list:
        of = PARAMETERS.get(*get_args(kinds[0])) if get_args(kinds[0]) else None
        return known_types[of].array_oid if of else 0
    return known_types[PARAMETERS[kind]].oid if kind in PARAMETERS else 0


def _compared(statement: Statement, columns: list[Column]) -> list[str]:
    names = [column.name for column in columns]
    if statement.row is None:
        return []
    if statement.is_value:
        return _misfits([statement.row], columns) if len(columns) == 1 else [f"returns {names}, not one value"]
    wanted = [name for name, _ in columns_of(statement.row)]
    if wanted != names:
        return [f"{statement.row.__name__} has {wanted}, it returns {names}"]
    return _misfits([hint for _, hint in columns_of(statement.row)], columns)


def _misfits(hints: list[Any], columns: list[Column]) -> list[str]:
    return [
        f"{column.name} is {column}, not {hint}"
        for hint, column in zip(hints, columns, strict=True)
        if not _fits(hint, column)
    ]


def _fits(hint: Any, column: Column) -> bool:
    if hint in (Any, object):
        return True
    if column.nullable and NoneType not in get_args(hint):
        return False
    kinds = _kinds(hint)
    if column.is_array:
        kinds = [kind for outer in kinds if get_origin(outer) is list for kind in get_args(outer)]
    plain = [get_origin(kind) or kind for kind in kinds]
    wanted = [str if isinstance(kind, type) and issubclass(kind, Enum) else kind for kind in plain]
    return any(kind in RESULTS.get(column.kind, ()) for kind in wanted)
