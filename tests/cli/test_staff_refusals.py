"""staff create: what the API would refuse, the command refuses, in the same words."""

import pytest

from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        (("bad", "notanemail", ""), "email: must be an e-mail address"),
        (("bad", "bad@desk.example", ""), "full name: must not be empty"),
        (("", "bad@desk.example", "Bad"), "username: must not be empty"),
    ],
)
async def test_nobody_is_created_whom_the_api_would_refuse(
    command: Command, person: tuple[str, str, str], sentence: str
) -> None:
    refused = await command("staff", "create", *person, "--role", "admin")

    assert (refused.code, refused.err) == (1, f"backoffice: {sentence}\n")
