"""What texts say of the code is so: files exist, rooms are on the map and name their acts, enums are their CHECKs."""

import ast
import inspect
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import pytest

from backoffice import products
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database.embedded import EmbeddedServer
from checks.house import ROOT
from tests.conftest import superuser
from tests.walls.statements import SOURCE, modules

NAMED_FILE = re.compile(r"[\w./-]*\w\.(?:py|sql|md)\b")
NAMED_ACT = re.compile(r"(?<![\w.])((?:\w+)?\.\w+)")
WORDS_OF_SQL = {
    "helpdesk.broadcast_recipient.outcome": "set and read by SQL alone",
    "helpdesk.message.author": "a plain word wherever a conversation is shown",
    "shield.claim_document.content_type": "media types, checked as files are",
    "shield.dashboard_sum.figure": "written by triggers alone",
}
LISTED = re.compile(r"\((\w+) = ANY \(ARRAY\[([^\]]*)\]")


def texts() -> Iterator[tuple[str, str]]:
    """Every page, and every docstring of the code, with where it stands."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        yield page.name, page.read_text(encoding="utf-8")
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield str(file.relative_to(ROOT)), ast.get_docstring(node) or ""


def test_every_file_that_a_text_names_exists() -> None:
    ours = [
        path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts
    ]
    missing = [
        (place, name)
        for place, text in texts()
        for name in NAMED_FILE.findall(text)
        if not any(f"/{path}".endswith(f"/{name.lstrip('./')}") for path in ours)
    ]

    assert missing == []


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_every_room_stands_on_the_map(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    rooms = [init.parent.name for init in SOURCE.glob("*/*/__init__.py") if init.parts[-3] in products.LISTED]

    assert rooms
    assert [room for room in rooms if f" {room}/" not in text] == []


def acts_of(product: str) -> dict[str, str]:
    """`TicketAct.MOVED` -> `ticket.moved`, for every act of the product's own."""
    return {
        f"{kind.__name__}.{act.name}": act.value
        for module in modules()
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, Act) and kind.__module__.startswith(f"backoffice.{product}.")
        for act in kind
    }


def done_in(room: Path, known: dict[str, str]) -> set[str]:
    """The acts that the room's doors declare and its code does."""
    return {
        known[said]
        for file in room.glob("*.py")
        if file.name != "rules.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and (said := ast.unparse(node)) in known
    }


def named_by(room: Path, known: dict[str, str]) -> set[str]:
    """The acts its docstring names, `.moved` being of the same family as the one before it."""
    family, found = "", set()
    for word in NAMED_ACT.findall(
        ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    ):
        family = word.split(".")[0] or family
        found.add(f"{family}.{word.split('.')[1]}")
    return found & set(known.values())


@pytest.mark.parametrize("product", ["helpdesk", "marketplace", "shield"])
def test_a_room_names_every_act_it_audits_and_no_other(product: str) -> None:
    known = acts_of(product)
    rooms = [file.parent for file in (SOURCE / product).glob("*/__init__.py") if file.parent.name != "demo"]

    done = {room.name: done_in(room, known) for room in rooms}
    named = {room.name: named_by(room, known) for room in rooms}

    assert {room: sorted(done[room] - named[room]) for room in done if done[room] - named[room]} == {}
    assert {room: sorted(named[room] - done[room]) for room in done if named[room] - done[room]} == {}


def enums(module: ModuleType) -> list[frozenset[str]]:
    found = [kind for kind in vars(module).values() if inspect.isclass(kind) and issubclass(kind, StrEnum)]
    return [frozenset(map(str, kind)) for kind in found]


def test_every_list_of_words_in_the_database_is_an_enum_of_the_code(server: EmbeddedServer) -> None:
    with superuser(server) as connection:
        found = connection.execute(
            """
            SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
             WHERE contype = 'c' AND connamespace::regnamespace::text IN ('kernel', 'helpdesk', 'marketplace', 'shield')
            """
        ).fetchall()
    listed = {
        f"{table}.{column}": frozenset(re.findall(r"'([^']*)'", words))
        for table, definition in found
        for column, words in LISTED.findall(definition)
    }
    known = {words for module in modules() for words in enums(module)}

    assert {place for place, words in listed.items() if words not in known} == set(WORDS_OF_SQL)
