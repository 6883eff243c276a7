"""The ledger of doors: docs/routes.md says what the code declares."""

from pathlib import Path

import pytest

from backoffice.application import described
from backoffice.cli.records import documents
from backoffice.kernel.web.ledger import markdown, rows
from backoffice.kernel.web.lock import KeyRule, Way
from backoffice.products import LISTED

PAGE = Path(__file__).parents[2] / "docs" / "routes.md"


def test_the_page_of_doors_says_what_the_doors_declare() -> None:
    assert PAGE.read_text() == markdown(rows(described())), "run: backoffice routes --write"


@pytest.mark.parametrize("product", LISTED)
def test_the_documents_that_clients_load_say_what_the_doors_declare(product: str) -> None:
    made = {file: text for file, text in documents(described()).items() if file.stem == product}

    assert len(made) == 2
    stale = [str(file) for file, text in made.items() if (PAGE.parents[1] / file).read_text() != text]
    assert stale == [], "run: backoffice routes --write"


def test_every_door_is_in_the_ledger_once() -> None:
    ledger = rows(described())
    doors = [door for app in described().values() for door in app.doors]

    assert len(ledger) == len(doors)
    assert len({(row.method, row.path) for row in ledger}) == len(ledger)


def test_every_row_says_who_may_enter() -> None:
    ledger = rows(described())

    assert [row for row in ledger if [row.permission, row.scope, row.public].count("") != 2] == []
    assert [row for row in ledger if row.permission and not row.roles] == []


def test_only_writes_honour_keys_and_only_they_audit_with_their_transaction() -> None:
    ledger = rows(described())

    assert [row for row in ledger if row.key_rule is not KeyRule.IGNORED and row.way is not Way.WRITE] == []
    assert [row for row in ledger if row.acts and row.way is Way.READ] == []


def test_a_door_of_platforms_reads_like_a_line_of_the_page() -> None:
    [line] = [line for line in markdown(rows(described())).splitlines() if "POST `/shield/v1/platform/claims`" in line]

    assert "| an API key with `claims:submit` |" in line


def test_a_door_reads_like_a_line_of_the_page() -> None:
    [line] = [line for line in markdown(rows(described())).splitlines() if "tickets/{ticket_id}/notes`" in line]

    assert line == (
        "| POST `/helpdesk/api/v1/tickets/{ticket_id}/notes` | `tickets:work` (super_admin, admin, agent)"
        " | TicketNotFound, NotYourTicketToUpdate | ticket.note_added | write | honoured |"
    )
