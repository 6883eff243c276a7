"""What the database and the validator quote of people never reaches a log, whoever logs it and however."""

from typing import Any

import psycopg
import pytest
from pydantic import BaseModel, ValidationError

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.failures import as_traceback, plain
from backoffice.kernel.telemetry import as_json, cut_details, hide_secrets, say_failure

CANARY = "canary-asha@example.com"
UNIQUE = """
    INSERT INTO kernel.staff (username, email, full_name, password_hash)
    SELECT 'canary' || n, %(value)s, 'Canary', '' FROM generate_series(1, 2) n
"""
QUOTING = {
    "a unique value": UNIQUE,
    "a text that is no uuid": "SELECT %(value)s::text::uuid",
    "a text that is no number": "SELECT %(value)s::text::int",
    "a text that is no time": "SELECT %(value)s::text::timestamptz",
    "a text that is no json": "SELECT %(value)s::text::jsonb",
    "a missing row": "INSERT INTO kernel.session (id, staff_id, product, address, agent, expires_at)"
    " VALUES (uuidv7(), -4711, %(value)s, '', '', now())",
    "an empty column": "INSERT INTO kernel.staff (username, email, full_name) VALUES ('x', %(value)s, 'x')",
    "a check": "INSERT INTO kernel.staff (username, email, full_name, password_hash) VALUES ('', %(value)s, 'x', 'x')",
}


def line_of(**event: Any) -> str:
    """What is written."""
    for step in (hide_secrets, say_failure, cut_details):
        event = step(None, "", event)
    return as_json(event).decode()


@pytest.fixture(params=QUOTING.values(), ids=QUOTING)
def failure(request: pytest.FixtureRequest, clean: EmbeddedServer) -> psycopg.Error:
    """One that the database really raised, with the canary in what it quotes."""
    with psycopg.connect(clean.app_url) as connection, pytest.raises(psycopg.Error) as raised:
        connection.execute(request.param, {"value": CANARY})
    assert "canary" in str(raised.value) or "-4711" in str(raised.value)
    return raised.value


@pytest.mark.parametrize("as_what", ["exc_info", "event", "cause", "repr", "chained"])
def test_no_line_quotes_it(failure: psycopg.Error, as_what: str) -> None:
    try:
        raise RuntimeError("a job failed") from failure
    except RuntimeError as chained:
        lines = {
            "exc_info": line_of(exc_info=failure),
            "event": line_of(event=f"pool said: {plain(failure)}"),
            "cause": line_of(cause=failure),
            "repr": line_of(cause=repr(failure)) if "DETAIL" in str(failure) else "",
            "chained": as_traceback(ExceptionGroup("two", [chained, failure])),
        }

    assert "canary" not in lines[as_what]
    assert "-4711" not in lines[as_what]


def test_what_was_wrong_is_still_said(clean: EmbeddedServer) -> None:
    with psycopg.connect(clean.app_url) as connection, pytest.raises(psycopg.Error) as raised:
        connection.execute(UNIQUE, {"value": CANARY})

    said = plain(raised.value)
    assert said == 'UniqueViolation: duplicate key value violates unique constraint "staff_email_key"'


def test_a_validator_says_which_field_and_not_what_was_in_it() -> None:
    class Form(BaseModel):
        age: int

    with pytest.raises(ValidationError) as raised:
        Form.model_validate({"age": CANARY})

    assert plain(raised.value) == "ValidationError: age: int_parsing"
