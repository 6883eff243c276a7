"""No process and no command begins on a database that is older or newer than its code: a sentence says what to do."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.migration import known_migrations
from tests.cli.conftest import Command
from tests.conftest import superuser

COMMANDS = [("serve",), ("worker",), ("staff", "list")]
LAST = known_migrations()[-1]


@pytest.fixture
def applied(clean: EmbeddedServer) -> Iterator[psycopg.Connection[Any]]:
    """Where it stands what was applied; afterwards it stands there as before."""
    with superuser(clean) as connection:
        before = connection.execute("SELECT name, checksum, needs FROM public.applied_migration").fetchall()
        yield connection
        connection.execute("DELETE FROM public.applied_migration")
        connection.cursor().executemany(
            "INSERT INTO public.applied_migration (name, checksum, needs) VALUES (%s, %s, %s)", before
        )


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: words[0])
async def test_an_older_database_is_refused(
    command: Command, applied: psycopg.Connection[Any], arguments: tuple[str, ...]
) -> None:
    applied.execute("DELETE FROM public.applied_migration WHERE name = %s", [LAST.name])

    said = await command(*arguments)

    assert said.code == 1
    assert said.err == (
        f"backoffice: The database is older than this version: {LAST.name} is not applied. "
        "Run `backoffice migrate` first.\n"
    )


@pytest.mark.parametrize("arguments", [*COMMANDS, ("migrate",)], ids=lambda words: words[0])
async def test_a_database_too_new_for_this_code_is_refused(
    command: Command, applied: psycopg.Connection[Any], arguments: tuple[str, ...]
) -> None:
    applied.execute("INSERT INTO public.applied_migration (name, checksum, needs) VALUES ('9999_later', '', '9998')")

    said = await command(*arguments)

    assert said.code == 1
    assert said.err == (
        "backoffice: The database is newer than this version: its migration 9999_later needs code that knows "
        "migration 9998. Start the version that it was migrated to.\n"
    )


async def test_a_newer_database_on_which_this_code_works_is_taken(
    command: Command, applied: psycopg.Connection[Any]
) -> None:
    applied.execute(
        """
        INSERT INTO public.applied_migration (name, checksum, needs)
             VALUES ('9998_more', '', NULL), ('9999_less', '', %s)
        """,
        [LAST.name[:4]],
    )

    assert (await command("staff", "list")).code == 0
    assert (await command("migrate")).out == "Nothing to apply.\n"
    assert (await command("migrate", "--verify")).out == "The database is at this version.\n"


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: words[0])
async def test_an_empty_database_is_refused(
    command: Command, empty_database: dict[str, str], arguments: tuple[str, ...]
) -> None:
    said = await command(*arguments, **empty_database)

    assert said.code == 1
    assert said.err.startswith("backoffice: The database is empty or not ours: no migration is applied. ")


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: words[0])
async def test_a_database_that_is_not_there_is_named(command: Command, arguments: tuple[str, ...]) -> None:
    said = await command(*arguments, DATABASE_URL="postgresql://x@127.0.0.1:1/x")

    assert said.code == 1
    assert said.err.startswith("backoffice: The database does not answer: ")
    assert said.err.count("\n") == 1


async def test_another_token_secret_is_refused_until_a_command_says_that_it_is_meant(command: Command) -> None:
    other = {"TOKEN_SECRET": "another secret of the tests, also long enough"}
    await command("staff", "list")

    refused = await command("staff", "list", **other)
    changed = await command("keys", "change-token-secret", **other)
    accepted = await command("staff", "list", **other)

    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert refused.err.startswith("backoffice: TOKEN_SECRET is another than that of the other processes.")
    assert (changed.code, accepted.code) == (0, 0), accepted.err
