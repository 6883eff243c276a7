"""What a migration declares in one line: the tally of a table, and the words and moves of a status."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from backoffice.kernel.database.embedded import EmbeddedServer
from tests.conftest import superuser

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def parcels(server: EmbeddedServer) -> Iterator[Connection]:
    """A table of three parcels, two on their way and one without a city; undone afterwards."""
    with superuser(server) as connection, connection.transaction(force_rollback=True):
        connection.execute("CREATE TABLE kernel.parcel (id bigint PRIMARY KEY, status text, city text, grams bigint)")
        connection.execute(
            "INSERT INTO kernel.parcel VALUES (1, 'sent', 'Pune', 5), (2, 'sent', 'Pune', 7), (3, 'lost', NULL, 9)"
        )
        yield connection


def tallied(parcels: Connection) -> list[Any]:
    return parcels.execute(
        "SELECT status, city, sum(parcels)::int, sum(grams)::int FROM kernel.parcel_tally"
        " GROUP BY 1, 2 HAVING sum(parcels) <> 0 ORDER BY 1, 2"
    ).fetchall()


def test_a_tally_begins_with_what_is_there_and_follows_every_change(parcels: Connection) -> None:
    parcels.execute("SELECT kernel.tally('kernel.parcel', 'parcels', '{status,city}', '{grams}')")
    assert tallied(parcels) == [("lost", None, 1, 9), ("sent", "Pune", 2, 12)]

    parcels.execute("UPDATE kernel.parcel SET grams = 8 WHERE id = 2")
    parcels.execute("UPDATE kernel.parcel SET status = 'found', city = 'Goa' WHERE id = 3")
    parcels.execute("INSERT INTO kernel.parcel VALUES (4, 'sent', 'Goa', 1)")
    parcels.execute("DELETE FROM kernel.parcel WHERE id = 1")

    assert tallied(parcels) == [("found", "Goa", 1, 9), ("sent", "Goa", 1, 1), ("sent", "Pune", 1, 8)]


def test_a_declared_tally_is_folded_with_all_others(parcels: Connection) -> None:
    parcels.execute("SELECT kernel.tally('kernel.parcel', 'parcels', '{status,city}', '{grams}')")
    parcels.execute("UPDATE kernel.parcel SET status = 'lost', city = NULL")
    before = tallied(parcels)

    parcels.execute("SELECT kernel.fold_sums(k) FROM kernel.kept_sum k")

    assert tallied(parcels) == before == [("lost", None, 3, 21)]
    assert parcels.execute("SELECT count(*) FROM kernel.parcel_tally").fetchone() == (1,)


def test_an_update_that_changes_no_key_appends_nothing(parcels: Connection) -> None:
    parcels.execute("SELECT kernel.tally('kernel.parcel', 'parcels', '{status}')")
    parcels.execute("UPDATE kernel.parcel SET status = status, grams = grams + 1")

    assert parcels.execute("SELECT count(*) FROM kernel.parcel_tally").fetchone() == (2,)


def test_a_status_is_one_of_its_words_and_moves_only_as_declared(parcels: Connection) -> None:
    parcels.execute("SELECT kernel.status('kernel.parcel', 'sent>lost', 'lost>found')")

    parcels.execute("UPDATE kernel.parcel SET status = 'found' WHERE id = 3")
    with pytest.raises(psycopg.errors.CheckViolation), parcels.transaction():
        parcels.execute("INSERT INTO kernel.parcel VALUES (4, 'eaten')")
    with pytest.raises(psycopg.Error, match="may not move from sent to found"), parcels.transaction():
        parcels.execute("UPDATE kernel.parcel SET status = 'found' WHERE id = 1")


def test_a_status_can_be_declared_anew_with_more_moves(parcels: Connection) -> None:
    parcels.execute("SELECT kernel.status('kernel.parcel', 'sent>lost')")
    parcels.execute("SELECT kernel.status('kernel.parcel', 'sent>lost', 'sent>delivered')")

    parcels.execute("UPDATE kernel.parcel SET status = 'delivered' WHERE id = 1")
    assert parcels.execute("SELECT status FROM kernel.parcel WHERE id = 1").fetchone() == ("delivered",)
