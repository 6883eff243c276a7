"""Migrations: applied once each and in order, refused when edited, on too old a server, or by two at once."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Queue

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from backoffice.kernel.database import migrations
from backoffice.kernel.database.embedded import APP, OWNER, EmbeddedServer
from backoffice.kernel.database.migration import FOLDER, MigrationRefused, known_migrations
from backoffice.kernel.database.migrations import LOCK, Patience, migrate, verify
from tests.conftest import superuser


@pytest.fixture
def blank(server: EmbeddedServer) -> Iterator[str]:
    """The owner's address of an empty database."""
    with superuser(server) as connection:
        connection.execute(f"CREATE DATABASE blank OWNER {OWNER}".encode())
    yield make_conninfo(server.owner_url, dbname="blank")
    with superuser(server) as connection:
        connection.execute("DROP DATABASE blank WITH (FORCE)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations, to be changed."""
    return Path(shutil.copytree(FOLDER, tmp_path / "migrations"))


NAMES = [migration.name for migration in known_migrations()]
QUICK = Patience(lock_seconds=0.05, pause_seconds=0.05, seconds=60)
SUMS = Path(__file__).with_name("migrations.sha256")


def test_the_numbers_of_the_migrations_are_unique_and_begin_at_one() -> None:
    numbers = [int(name[:4]) for name in NAMES]

    assert numbers[0] == 1
    assert len(set(numbers)) == len(numbers)


def test_a_migration_that_others_may_have_applied_stays_as_it_is() -> None:
    """Whoever applied it would be refused by the edited one. A new migration brings its line; no line ever changes."""
    lines = [f"{migration.checksum}  {migration.name}" for migration in known_migrations()]

    assert SUMS.read_text(encoding="utf-8").splitlines() == lines


def test_an_empty_database_gets_every_migration_once_and_in_order(blank: str, folder: Path) -> None:
    assert verify(blank, folder) == NAMES
    assert migrate(blank, app_role=APP, folder=folder) == NAMES
    assert migrate(blank, app_role=APP, folder=folder) == []
    assert verify(blank, folder) == []

    (folder / "9000_more.sql").write_text("CREATE TABLE kernel.more (id bigint)")
    assert verify(blank, folder) == ["9000_more"]
    assert migrate(blank, app_role=APP, folder=folder) == ["9000_more"]

    edited = folder / f"{NAMES[0]}.sql"
    edited.write_text(edited.read_text() + "-- a word more\n")
    for check in (lambda: migrate(blank, app_role=APP, folder=folder), lambda: verify(blank, folder)):
        with pytest.raises(MigrationRefused, match=f"{NAMES[0]} was edited after it was applied"):
            check()


def test_a_migration_that_fails_leaves_nothing_behind(blank: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id bigint)")
    (tmp_path / "0002_broken.sql").write_text("CREATE TABLE second (id bigint); SELECT nothing FROM nowhere")

    with pytest.raises(psycopg.errors.UndefinedTable):
        migrate(blank, folder=tmp_path)

    with psycopg.connect(blank) as connection:
        left = connection.execute("SELECT to_regclass('first'), to_regclass('public.applied_migration')").fetchone()
    assert left == (None, None)


def test_the_application_role_may_read_what_was_applied_and_change_no_record(
    blank: str, server: EmbeddedServer
) -> None:
    migrate(blank, app_role=APP)

    with psycopg.connect(make_conninfo(server.app_url, dbname="blank"), autocommit=True) as connection:
        applied = connection.execute("SELECT count(*) FROM public.applied_migration").fetchone()
        assert applied == (len(NAMES),)
        assert connection.execute("SHOW search_path").fetchone() == ("public, procrastinate",)
        for table in migrations.APPEND_ONLY:
            rights = connection.execute(
                """
                SELECT r FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) r
                 WHERE has_table_privilege(%s, r) ORDER BY r
                """,
                [table],
            ).fetchall()
            assert rights == [("INSERT",), ("SELECT",)]


def test_an_older_server_is_refused_in_one_sentence(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "MINIMUM_VERSION", 990000)

    for check in (lambda: migrate(server.owner_url), lambda: verify(server.owner_url)):
        with pytest.raises(MigrationRefused, match=r"^PostgreSQL 18 or newer is needed; .* server of version 18\.$"):
            check()


def test_two_that_migrate_at_once_apply_everything_once(blank: str) -> None:
    applied: list[list[str]] = []
    heard: Queue[str] = Queue()
    with psycopg.connect(blank) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        both = [
            threading.Thread(
                target=lambda told=told: applied.append(migrate(blank, app_role=APP, patience=QUICK, tell=told))
            )
            for told in (lambda said: heard.put(f"one {said}"), lambda said: heard.put(f"two {said}"))
        ]
        for one in both:
            one.start()
        waiting = {heard.get(timeout=60)}
        while len(waiting) < 2:
            waiting.add(heard.get(timeout=60))
        assert waiting == {f"{who} waiting for another `backoffice migrate`" for who in ("one", "two")}
        assert applied == []
        holder.rollback()
        for one in both:
            one.join(timeout=30)

    assert sorted(applied) == [[], NAMES]


def test_ids_of_entries_become_numbers_and_what_was_none_gets_the_next_ones(server: EmbeddedServer) -> None:
    text = next(migration.text for migration in known_migrations() if migration.name.endswith("knowledge_numbers"))
    written = ["KB007", "12", "FAQ-9", "KB12", "0012", "KB1"]
    with superuser(server) as connection, connection.transaction(force_rollback=True):
        connection.execute(
            """
            ALTER TABLE helpdesk.knowledge_entry DROP CONSTRAINT knowledge_entry_question_id_check;
            ALTER TABLE helpdesk.knowledge_entry ALTER COLUMN question_id TYPE text;
            ALTER TABLE helpdesk.knowledge_entry
                ADD CONSTRAINT knowledge_entry_question_id_check CHECK (question_id <> '')
            """
        )
        for question_id in written:
            connection.execute(
                """
                INSERT INTO helpdesk.knowledge_entry (question_id, category, question, answer, updated_at)
                VALUES (%s, 'payment', %s, 'So.', '2026-01-01')
                """,
                [question_id, question_id],
            )
        connection.execute(text.encode())
        rows = connection.execute("SELECT question, question_id, updated_at FROM helpdesk.knowledge_entry").fetchall()

    assert {question: number for question, number, _ in rows} == {
        "KB007": 7, "12": 12, "FAQ-9": 13, "KB12": 14, "0012": 15, "KB1": 1,
    }  # fmt: skip
    assert {changed.year for _, _, changed in rows} == {2026}
    assert {changed.month for _, _, changed in rows} == {1}


def test_a_reader_is_waited_for_without_standing_in_anybodys_way(blank: str, folder: Path) -> None:
    migrate(blank, folder=folder)
    (folder / "9000_column.sql").write_text("ALTER TABLE kernel.staff ADD COLUMN hat text")
    heard: Queue[str] = Queue()
    with psycopg.connect(blank) as reader, psycopg.connect(blank, autocommit=True) as other:
        reader.execute("SELECT count(*) FROM kernel.staff")
        holder = reader.info.backend_pid
        with ThreadPoolExecutor() as threads:
            migrating = threads.submit(migrate, blank, folder=folder, patience=QUICK, tell=heard.put)
            said = [heard.get(timeout=60) for _ in range(2)]
            assert other.execute("SELECT count(*) FROM kernel.staff").fetchone() == (0,)
            reader.rollback()
            assert migrating.result(timeout=60) == ["9000_column"]

    assert said[0] == f"waiting for process {holder} of {OWNER}, which holds kernel.staff"


def test_a_lock_that_never_comes_ends_in_a_sentence_and_changes_nothing(blank: str, folder: Path) -> None:
    migrate(blank, folder=folder)
    (folder / "9000_column.sql").write_text("ALTER TABLE kernel.staff ADD COLUMN hat text")
    with psycopg.connect(blank) as reader:
        reader.execute("SELECT count(*) FROM kernel.staff")
        with pytest.raises(MigrationRefused, match=r"could not lock its tables within 0\.2 s: process \d+ of"):
            migrate(blank, folder=folder, patience=replace(QUICK, seconds=0.2))

    assert verify(blank, folder) == ["9000_column"]
