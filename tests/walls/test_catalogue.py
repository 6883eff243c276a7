"""What the database says of its own walls: watched tables, append-only tables, and the moves a status may make."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg import sql

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.migrations import APPEND_ONLY, SCHEMAS
from backoffice.kernel.moves import Transitions, pairs
from tests.conftest import superuser
from tests.walls.statements import modules
from tests.walls.unwatched import UNWATCHED

Connection = psycopg.Connection[tuple[Any, ...]]
OURS = [schema for schema in SCHEMAS if schema != "procrastinate"]


@dataclass(frozen=True)
class Moves:
    """The moves that a table's trigger lets through, as `old>new`."""

    table: str
    allowed: frozenset[str]

    @property
    def statuses(self) -> set[str]:
        return {status for pair in self.allowed for status in pair.split(">")}


@pytest.fixture
def catalogue(server: EmbeddedServer) -> Iterator[Connection]:
    """As the superuser; whatever a test does is undone."""
    with superuser(server) as connection, connection.transaction(force_rollback=True):
        yield connection


def tables(catalogue: Connection, *, with_trigger: str = "", with_column: str = "") -> set[str]:
    """Our tables, with a trigger that runs this function, or a column of this name."""
    found = catalogue.execute(
        """
        SELECT c.oid::regclass::text FROM pg_class c
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
           AND (%(trigger)s = '' OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled <> 'D'
                                               AND t.tgfoid = to_regproc(%(trigger)s)))
           AND (%(column)s = '' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
                                              AND a.attname = %(column)s))
        """,
        {"schemas": OURS, "trigger": with_trigger, "column": with_column},
    )
    return {name for (name,) in found.fetchall()}


def test_every_table_is_watched_or_says_why_not(catalogue: Connection) -> None:
    watched = tables(catalogue, with_trigger="kernel.mark_changed")
    exempt = set(UNWATCHED)

    assert tables(catalogue) - watched - exempt == set(), "watch these: SELECT kernel.watch('...')"
    assert exempt - tables(catalogue) == set(), "these are gone from the database"
    assert exempt & watched == set(), "these are watched and need no exemption"


def test_a_watched_table_marks_every_kind_of_change(catalogue: Connection) -> None:
    found = catalogue.execute(
        "SELECT tgrelid::regclass::text, tgtype & 28, tgqual FROM pg_trigger"
        " WHERE tgfoid = 'kernel.mark_changed'::regproc"
    ).fetchall()
    insert_delete_update = 4 | 8 | 16

    assert [row for row in found if row[1:] != (insert_delete_update, None)] == []


def test_the_record_is_append_only(catalogue: Connection) -> None:
    assert tables(catalogue, with_trigger="kernel.refuse_change") == set(APPEND_ONLY)


def moves_in_the_database(catalogue: Connection) -> list[Moves]:
    found = catalogue.execute(
        "SELECT tgrelid::regclass::text, tgargs FROM pg_trigger WHERE tgfoid = 'kernel.only_moves'::regproc ORDER BY 1"
    )
    return [Moves(table, frozenset(args.decode().split("\0")[:-1])) for table, args in found.fetchall()]


def moves_in_the_rules() -> dict[str, Transitions[Any]]:
    """Every TRANSITIONS (or ..._TRANSITIONS) of a rules.py, by its dotted name."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        if module.__name__.endswith("rules")
        for name, value in vars(module).items()
        if name.endswith("TRANSITIONS")
    }


def test_every_status_moves_only_as_its_rules_say(catalogue: Connection) -> None:
    ruled = {name: frozenset(pairs(moves)) for name, moves in moves_in_the_rules().items()}
    stored = {moves.table: moves.allowed for moves in moves_in_the_database(catalogue)}

    assert set(stored) == tables(catalogue, with_column="status") - set(UNWATCHED)
    assert [table for table, allowed in stored.items() if allowed not in ruled.values()] == []
    assert [name for name, allowed in ruled.items() if allowed not in stored.values()] == []


def test_a_status_outside_the_moves_is_refused_by_its_table(catalogue: Connection) -> None:
    for moves in moves_in_the_database(catalogue):
        open_up(catalogue, moves.table)
        for status in moves.statuses:
            put(catalogue, moves.table, status)
        with pytest.raises(psycopg.errors.CheckViolation), catalogue.transaction():
            put(catalogue, moves.table, "no such status")


def test_every_pair_of_statuses_is_let_through_or_refused(catalogue: Connection) -> None:
    for moves in moves_in_the_database(catalogue):
        open_up(catalogue, moves.table)
        for old, new in product(moves.statuses, repeat=2):
            put(catalogue, moves.table, old)
            expected = old == new or f"{old}>{new}" in moves.allowed
            assert is_let_through(catalogue, moves.table, new) is expected, f"{moves.table} from {old} to {new}"


def open_up(catalogue: Connection, table: str) -> None:
    """Leave a table nothing but the rule about its status (undone afterwards): then one column makes a row."""
    name = sql.Identifier(*table.split("."))
    constraints = catalogue.execute(
        """
        SELECT conname FROM pg_constraint c
         WHERE conrelid = %(table)s::regclass
           AND NOT (contype = 'c' AND conkey = ARRAY(SELECT a.attnum FROM pg_attribute a
                                                      WHERE a.attrelid = c.conrelid AND a.attname = 'status'))
           AND NOT (contype = 'n' AND EXISTS (SELECT FROM pg_attribute a
                                               WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                                                 AND a.attidentity <> ''))
         ORDER BY contype = 'n'
        """,
        {"table": table},
    ).fetchall()
    for (constraint,) in constraints:
        drop = "ALTER TABLE {} DROP CONSTRAINT {} CASCADE"
        catalogue.execute(sql.SQL(drop).format(name, sql.Identifier(constraint)))
    catalogue.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
    catalogue.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER only_moves").format(name))


def put(catalogue: Connection, table: str, status: str) -> None:
    """One row of this status, and no other."""
    name = sql.Identifier(*table.split("."))
    catalogue.execute(sql.SQL("DELETE FROM {}").format(name))
    catalogue.execute(sql.SQL("INSERT INTO {} (status) VALUES (%s)").format(name), [status])


def is_let_through(catalogue: Connection, table: str, status: str) -> bool:
    update = sql.SQL("UPDATE {} SET status = %s").format(sql.Identifier(*table.split(".")))
    try:
        with catalogue.transaction():
            catalogue.execute(update, [status])
    except psycopg.Error as refused:
        assert refused.sqlstate == "BO002", refused
        return False
    return True


def test_every_foreign_key_that_cascades_has_an_index_to_look_from(catalogue: Connection) -> None:
    """Without one, deleting the row it points to reads the whole table."""
    found = catalogue.execute(
        """
        SELECT conrelid::regclass::text, conname FROM pg_constraint c
         WHERE contype = 'f' AND conrelid::regclass::text !~ '^(procrastinate|tests)' AND confdeltype <> 'a'
           AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
                              AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
        """
    )

    assert found.fetchall() == []
