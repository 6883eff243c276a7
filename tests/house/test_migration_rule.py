"""What a migration may not do to those who work meanwhile is found, and what says why is let through."""

from pathlib import Path

from checks.migrations import FIRST, find_blocking

INDEX = "CREATE INDEX member_age_idx ON shield.member (age);\n"
ALLOWED = "-- squawk-ignore require-concurrent-index-creation\n"
CONCURRENT = "CREATE INDEX CONCURRENTLY member_age_idx ON shield.member (age);\n"
REPEATED = "DROP INDEX CONCURRENTLY IF EXISTS shield.member_age_idx;\n\n"
OUTSIDE = "-- outside a transaction: members sign up meanwhile\n\n"


def broken_by(root: Path, text: str, number: int = FIRST) -> list[str]:
    folder = root / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / f"{number:04}_x.sql").write_text("-- A migration.\n" + text)
    return [finding.name for _, finding in find_blocking(root)]


def test_what_stops_writers_is_found(tmp_path: Path) -> None:
    assert broken_by(tmp_path, INDEX) == ["require-concurrent-index-creation"]
    assert broken_by(tmp_path, "ALTER TABLE shield.member ALTER COLUMN age SET NOT NULL;\n") == [
        "adding-not-nullable-field"
    ]
    assert broken_by(tmp_path, "ALTER TABLE shield.member ALTER COLUMN age TYPE bigint;\n") == ["changing-column-type"]
    assert broken_by(tmp_path, "ALTER TABLE shield.member DROP COLUMN age;\n") == ["ban-drop-column"]


def test_what_stops_nobody_is_not(tmp_path: Path) -> None:
    assert broken_by(tmp_path, "CREATE TABLE shield.hat (id bigint);\nCREATE INDEX hat_idx ON shield.hat (id);\n") == []
    assert broken_by(tmp_path, "ALTER TABLE shield.member ADD COLUMN hat text;\n") == []
    assert broken_by(tmp_path, OUTSIDE + REPEATED + CONCURRENT) == []


def test_the_rule_begins_with_the_first_migration_that_knew_it(tmp_path: Path) -> None:
    assert broken_by(tmp_path, INDEX, FIRST - 1) == []


def test_what_is_ignored_says_why(tmp_path: Path) -> None:
    assert broken_by(tmp_path, f"-- A thousand rows at the most.\n{ALLOWED}{INDEX}") == []
    assert broken_by(tmp_path, f"\n{ALLOWED}{INDEX}") == ["reason"]


def test_an_index_is_built_concurrently_outside_a_transaction_and_can_be_built_again(tmp_path: Path) -> None:
    assert broken_by(tmp_path, REPEATED + CONCURRENT) == ["ban-concurrent-index-creation-in-transaction"]
    assert broken_by(tmp_path, OUTSIDE + CONCURRENT) == ["repeatable"]
