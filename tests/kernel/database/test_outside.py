"""Migrations that run outside a transaction, and what one says of the code that may go on beside it."""

from pathlib import Path

import psycopg
import pytest

from backoffice.kernel.database.migration import AppliedRow, DatabaseNewer, Migration, refuse_newer
from backoffice.kernel.database.migrations import migrate, verify
from tests.kernel.database.test_migrations import QUICK, blank

__all__ = ["blank"]
INDEX = """-- An index on what grows.
-- outside a transaction: it is written to meanwhile

DROP INDEX CONCURRENTLY IF EXISTS grown_idx;

-- The second statement.
CREATE INDEX CONCURRENTLY grown_idx ON grown (id);
"""


def test_an_index_is_built_beside_an_open_reader_and_what_stood_before_it_is_committed(
    blank: str, tmp_path: Path
) -> None:
    (tmp_path / "0001_table.sql").write_text("CREATE TABLE grown (id bigint)")
    (tmp_path / "0002_index.sql").write_text(INDEX)
    (tmp_path / "0003_after.sql").write_text("CREATE TABLE after (id bigint)")

    assert migrate(blank, folder=tmp_path, patience=QUICK) == ["0001_table", "0002_index", "0003_after"]

    with psycopg.connect(blank) as reader:
        assert reader.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'grown_idx'::regclass"
        ).fetchone() == (True,)
        (tmp_path / "0004_index.sql").write_text(INDEX.replace("grown_idx", "again_idx"))
        assert migrate(blank, folder=tmp_path, patience=QUICK) == ["0004_index"]


def test_one_that_broke_off_is_run_again_and_what_stood_before_it_is_kept(blank: str, tmp_path: Path) -> None:
    (tmp_path / "0001_table.sql").write_text("CREATE TABLE grown (id bigint); INSERT INTO grown VALUES (1), (1)")
    unique = INDEX.replace("CREATE INDEX", "CREATE UNIQUE INDEX")
    (tmp_path / "0002_index.sql").write_text(unique)

    with pytest.raises(psycopg.errors.UniqueViolation):
        migrate(blank, folder=tmp_path, patience=QUICK)
    assert verify(blank, tmp_path) == ["0002_index"]

    with psycopg.connect(blank, autocommit=True) as connection:
        connection.execute("DELETE FROM grown")
    assert migrate(blank, folder=tmp_path, patience=QUICK) == ["0002_index"]


def test_what_a_migration_needs_is_kept_and_a_record_of_an_earlier_version_is_read(blank: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id bigint)")
    migrate(blank, folder=tmp_path)
    with psycopg.connect(blank) as connection:
        connection.execute("ALTER TABLE public.applied_migration DROP COLUMN needs")
    (tmp_path / "0002_less.sql").write_text("-- needs code: 0001\nDROP TABLE first")

    assert verify(blank, tmp_path) == ["0002_less"]
    assert migrate(blank, folder=tmp_path) == ["0002_less"]

    with psycopg.connect(blank) as connection:
        kept = connection.execute("SELECT name, needs FROM public.applied_migration ORDER BY name").fetchall()
    assert kept == [("0001_first", None), ("0002_less", "0001")]


def test_code_goes_on_beside_what_was_added_and_stops_beside_what_took_away() -> None:
    added, took = AppliedRow("0005_more", "", None), AppliedRow("0006_less", "", "0005")

    refuse_newer([added], ["0004_known"])
    refuse_newer([added, took], ["0004_known", "0005_more"])
    with pytest.raises(DatabaseNewer, match="its migration 0006_less needs code that knows migration 0005"):
        refuse_newer([added, took], ["0004_known"])


def test_statements_stand_apart_by_an_empty_line() -> None:
    migration = Migration("0001_index", INDEX)

    assert migration.outside
    assert [statement.splitlines()[-1] for statement in migration.statements] == [
        "DROP INDEX CONCURRENTLY IF EXISTS grown_idx;",
        "CREATE INDEX CONCURRENTLY grown_idx ON grown (id);",
    ]
