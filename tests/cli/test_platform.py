"""keys platform: keys that platforms sign in with, from the command line. Secrets are shown once."""

import re

import httpx

from backoffice.kernel.web.front import Front
from tests.cli.conftest import Command, Said
from tests.making import Make

MEMBERS = "/shield/v1/platform/members"


def key_in(said: Said) -> tuple[str, str]:
    """The id and the secret that a command showed."""
    assert said.code == 0, said.err
    first, secret = said.out.splitlines()
    found = re.search(r"[0-9a-f-]{36}", first)
    assert found
    return found[0], secret


async def status_with(application: Front, secret: str) -> int:
    """401 for a key that does not work, 403 for one without the scope, 400 for one that may send a right body."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
        return (await client.post(MEMBERS, json={}, headers={"X-API-Key": secret})).status_code


async def created(command: Command, *scopes: str) -> tuple[str, str]:
    options = [part for scope in scopes for part in ("--scope", scope)]
    return key_in(await command("keys", "platform", "create", "--name", "checkout", *options))


async def test_a_created_key_opens_the_doors_of_its_scopes(command: Command, make: Make, application: Front) -> None:
    _, members = await created(command, "members:write", "claims:submit")
    _, claims = await created(command, "claims:submit")

    assert await status_with(application, members) == 400
    assert await status_with(application, claims) == 403
    assert [act for act, _, _ in await make.audited()] == ["api_key.created"] * 2


async def test_keys_are_listed_without_their_secrets(command: Command, make: Make) -> None:
    key_id, secret = await created(command, "members:write")

    listed = await command("keys", "platform", "list", "--product", "shield")

    [line] = [line for line in listed.out.splitlines() if key_id in line]
    assert "checkout" in line
    assert "members:write" in line
    assert secret not in listed.out


async def test_a_rotated_key_works_beside_its_successor(command: Command, make: Make, application: Front) -> None:
    key_id, secret = await created(command, "members:write")

    new_id, successor = key_in(await command("keys", "platform", "rotate", key_id))

    assert new_id != key_id
    assert [await status_with(application, one) for one in (secret, successor)] == [400, 400]
    again = await command("keys", "platform", "rotate", key_id)
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "was rotated already" in again.err


async def test_a_revoked_key_opens_nothing(command: Command, make: Make, application: Front) -> None:
    key_id, secret = await created(command, "members:write")

    revoked = await command("keys", "platform", "revoke", key_id)

    assert (revoked.code, revoked.out) == (0, f"The key {key_id} is revoked.\n")
    assert await status_with(application, secret) == 401
    again = await command("keys", "platform", "revoke", key_id)
    assert (again.code, again.err) == (1, f"backoffice: There is no live API key {key_id}\n")


async def test_a_scope_nobody_knows_is_refused(command: Command, make: Make) -> None:
    refused = await command("keys", "platform", "create", "--name", "checkout", "--scope", "everything")

    assert refused.code == 1
    assert "Known: banking:submit, claims:submit, members:write" in refused.err


async def test_a_product_without_platforms_gets_no_keys(command: Command, make: Make) -> None:
    refused = await command("keys", "platform", "create", "--product", "helpdesk", "--name", "a", "--scope", "b")

    assert (refused.code, refused.err) == (1, "backoffice: helpdesk has no doors for platforms\n")
