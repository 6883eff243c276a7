"""Every SQL text in the code is prepared against the migrated schema; what it returns fits the row it becomes."""

import inspect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pytest

from backoffice.kernel.database import Listing, Pages
from backoffice.kernel.database.embedded import EmbeddedServer
from tests.walls.preparing import complaints
from tests.walls.statements import Statement, UnreadableStatement, combinations, listings, modules, statements

ALLOWED = (
    "backoffice.kernel.backup.",
    "backoffice.kernel.database.",
    "backoffice.kernel.restore.from_dump",
    "backoffice.kernel.restore.preparing",
    "backoffice.kernel.restore.roles",
    "backoffice.kernel.restore.target",
    "backoffice.kernel.write.",
    "backoffice.kernel.web.front",
)
"""Where SQL without a row is at home: opening, closing, locking, asking whether somebody is there. Backups and restores
ask servers that are not the house's, as another role, and while the house is down.
"""


@pytest.fixture
def database(server: EmbeddedServer) -> Iterator[psycopg.Connection[Any]]:
    """As the application sees it."""
    with psycopg.connect(server.app_url, autocommit=True) as connection:
        yield connection


def test_every_statement_fits_the_schema_and_its_row(database: psycopg.Connection[Any]) -> None:
    found = [statement for module in modules() for statement in statements(module)]

    assert [wrong for statement in found for wrong in complaints(database, statement)] == []
    assert len(found) > 30, "the wall no longer finds the statements"


def test_every_listing_fits_under_each_filter_and_sort(database: psycopg.Connection[Any]) -> None:
    ways = (one for module in modules() for named in listings(module) for one in combinations(*named))
    found = {(one.sql, one.row): one for one in ways}  # a listing is found in every module that names it

    assert [wrong for statement in found.values() for wrong in complaints(database, statement)] == []
    assert len(found) > 10, "the wall no longer finds the listings"


def test_no_two_lists_have_one_name_under_which_their_totals_are_kept() -> None:
    lists = {id(one): one.name for module in modules() for one in vars(module).values() if isinstance(one, Pages)}

    assert len(lists) > 10, "the wall no longer finds the lists"
    assert [name for name, times in Counter(lists.values()).items() if times > 1] == []


@dataclass(frozen=True)
class StaffRow:
    id: int
    username: str
    created_at: datetime


RIGHT = "SELECT id, username, created_at FROM kernel.staff WHERE id = %(id)s"
WRONG = {
    "an unknown column": "SELECT id, nickname, created_at FROM kernel.staff WHERE id = %(id)s",
    "another order": "SELECT username, id, created_at FROM kernel.staff WHERE id = %(id)s",
    "another name": "SELECT id, email, created_at FROM kernel.staff WHERE id = %(id)s",
    "another type": "SELECT id, username, created_at::text FROM kernel.staff WHERE id = %(id)s",
    "a column that may be NULL": "SELECT staff_id AS id, department AS username, now() AS created_at"
    " FROM helpdesk.team_member WHERE staff_id = %(id)s",
    "a column more": "SELECT id, username, created_at, email FROM kernel.staff WHERE id = %(id)s",
    "a parameter nobody gives": "SELECT id, username, created_at FROM kernel.staff WHERE email = %(email)s",
    "an integer where a text is": "SELECT id, username, created_at FROM kernel.staff WHERE username = %(id)s",
    "no SQL": "SELEC id FROM kernel.staff",
}


def test_a_right_statement_passes(database: psycopg.Connection[Any]) -> None:
    assert complaints(database, Statement("here", RIGHT, StaffRow, given={"id": int})) == []


@pytest.mark.parametrize("sql", WRONG.values(), ids=WRONG)
def test_the_wall_catches(database: psycopg.Connection[Any], sql: str) -> None:
    assert len(complaints(database, Statement("here", sql, StaffRow, given={"id": int}))) == 1


def test_the_wall_catches_a_value_of_another_type(database: psycopg.Connection[Any]) -> None:
    wrong = Statement("here", "SELECT count(*) FROM kernel.staff", bool, is_value=True)

    assert complaints(database, wrong) == ["here: count is int8, not <class 'bool'>"]


def test_the_wall_catches_a_filter_that_is_wrong_on_its_own(database: psycopg.Connection[Any]) -> None:
    wrong = Listing(int, "SELECT count(*) FROM kernel.staff {where}", filters={"name": "nickname = %(name)s"})

    found = [bool(complaints(database, statement)) for statement in combinations("here", wrong)]

    assert found == [False, True, True]


def test_the_wall_sees_no_way_around_itself(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sly.py").write_text('def count(db, what):\n    return db.value(int, "SELECT " + what)\n')
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(UnreadableStatement, match="sly:2"):
        list(statements(__import__("sly")))


def test_a_statement_put_together_from_constants_is_read_whole(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain.py").write_text('ONE = "SELECT "\ndef count(db):\n    return db.value(int, ONE + "1")\n')
    monkeypatch.syspath_prepend(tmp_path)

    assert [found.sql for found in statements(__import__("plain"))] == ["SELECT 1"]


def test_statements_run_only_through_the_typed_ways() -> None:
    """A bare `.execute(` would pass this wall by: only the kernel's own database may."""
    found = [module.__name__ for module in modules() if ".execute(" in inspect.getsource(module)]

    assert [name for name in found if not name.startswith(ALLOWED)] == []
