"""Texts no database keeps, and a password longer than its hash can cover: a refusal that says so, never a 500."""

from typing import Any

import pytest
from pwdlib.hashers.bcrypt import BcryptHasher

from tests.conftest import PASSWORD
from tests.helpdesk.access.test_api import LOGIN, sign_in
from tests.making import Make

KIND = {"Content-Type": "application/json"}


@pytest.mark.parametrize("name", [rb"\ud800", rb"\udc00\ud800", b"\xed\xa0\x80", b"\xff", rb"\u0000", b"a" * 900_000])
async def test_a_name_that_is_no_text_is_bad_input(make: Make, signed_in: Any, name: bytes) -> None:
    agent = await make.agent()
    client = await signed_in(await make.super_admin())

    answer = await client.put(
        f"/api/v1/admin/users/{agent.id}", content=b'{"full_name": "' + name + b'"}', headers=KIND
    )

    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


async def test_a_browser_with_a_megabyte_of_a_name_still_signs_in(make: Make, visitor: Any) -> None:
    agent = await make.agent()

    answer = await visitor.post(
        LOGIN, json={"username": agent.username, "password": PASSWORD}, headers={"User-Agent": "x" * 1_000_000}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("wrong", ["P1!" + "a" * 70, "P1!" + "\N{LATIN SMALL LETTER E WITH ACUTE}" * 40])
async def test_a_password_of_more_bytes_than_bcrypt_covers_is_a_wrong_one(make: Make, visitor: Any, wrong: str) -> None:
    agent = await make.agent()
    hashed = BcryptHasher(rounds=4).hash(PASSWORD)
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run("UPDATE kernel.staff SET password_hash = %(hash)s WHERE id = %(id)s", hash=hashed, id=agent.id)

    answers = [await sign_in(visitor, agent.username, wrong), await sign_in(visitor, agent.username)]

    assert [answer.status_code for answer in answers] == [401, 200]
