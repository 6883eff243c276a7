"""The platform's doors of bank accounts: the member's own changes, and micro-deposits guessed three times at most."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.shield.bank_account.test_api import BAD_ROUTING, DETAILS
from tests.shield.conftest import Platform
from tests.shield.making import Given, Member

SCOPE = "banking:submit"


async def put(client: httpx.AsyncClient, member: Member, **sent: Any) -> httpx.Response:
    return await client.put(f"/v1/platform/members/{member.id}/bank-account", json={**DETAILS, **sent})


async def deposits(
    client: httpx.AsyncClient, member: Member, amounts: list[int], *, confirm: bool = False
) -> httpx.Response:
    path = f"/v1/platform/members/{member.id}/bank-account/micro-deposits{'/confirm' if confirm else ''}"
    return await client.post(path, json={"amounts": amounts})


async def confirm(client: httpx.AsyncClient, member: Member, amounts: list[int]) -> httpx.Response:
    return await deposits(client, member, amounts, confirm=True)


@pytest.fixture
async def client(platform: Platform) -> httpx.AsyncClient:
    return await platform(SCOPE)


async def test_a_first_account_is_unverified_and_nothing_is_held(given: Given, client: httpx.AsyncClient) -> None:
    member = await given.member()

    data = (await put(client, member)).json()["data"]
    again = (await put(client, member)).json()["data"]

    assert (data["verified"], data["hold_until"], data["account_number_masked"]) == (False, None, "****5546")
    assert again == data
    assert len(await given.audited("banking.info_updated")) == 1


async def test_a_member_who_changes_their_account_is_held_too(given: Given, client: httpx.AsyncClient) -> None:
    member = await given.member()
    claim = await given.claim(member, status="approved")
    payout_id = await given.payout(claim, 1000, account_id=await given.account(member))

    data = (await put(client, member)).json()["data"]

    assert (data["verified"], data["hold_until"] is not None) == (False, True)
    assert await given.value("SELECT held_because FROM shield.payout WHERE id = %(id)s", id=payout_id)


async def test_a_key_without_the_scope_is_refused(given: Given, platform: Platform) -> None:
    member = await given.member()

    assert (await put(await platform("members:write"), member)).status_code == 403


async def test_whoever_names_both_amounts_in_any_order_owns_the_account(
    given: Given, client: httpx.AsyncClient
) -> None:
    member = await given.member()
    await put(client, member)
    await deposits(client, member, [12, 34])

    wrong = (await confirm(client, member, [12, 35])).json()["data"]
    right = (await confirm(client, member, [34, 12])).json()["data"]
    again = (await confirm(client, member, [12, 34])).json()["data"]

    assert (wrong["verified"], wrong["tries_left"]) == (False, 2)
    assert right == again
    assert (right["verified"], right["verification_method"]) == (True, "micro_deposits")
    assert len(await given.audited("banking.verified")) == 1


async def test_after_three_wrong_answers_even_the_right_one_needs_a_new_pair(
    given: Given, client: httpx.AsyncClient
) -> None:
    member = await given.member()
    await put(client, member)
    await deposits(client, member, [12, 34])
    for amounts in ([1, 2], [3, 4], [5, 6]):
        await confirm(client, member, amounts)

    late = await confirm(client, member, [12, 34])
    renewed = (await deposits(client, member, [12, 34])).json()["data"]
    done = (await confirm(client, member, [12, 34])).json()["data"]

    assert (late.status_code, late.json()["error"]["code"]) == (409, "CONFLICT")
    assert (renewed["tries_left"], done["verified"]) == (3, True)


async def test_answers_given_at_once_are_not_more_than_three(given: Given, client: httpx.AsyncClient) -> None:
    member = await given.member()
    await put(client, member)
    await deposits(client, member, [98, 99])

    answers = await asyncio.gather(*(confirm(client, member, [1, cents]) for cents in range(1, 9)))

    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5


async def test_a_pair_sent_again_brings_no_new_tries_and_another_pair_does(
    given: Given, client: httpx.AsyncClient
) -> None:
    member = await given.member()
    await put(client, member)
    await deposits(client, member, [12, 34])
    await confirm(client, member, [1, 2])

    same = (await deposits(client, member, [34, 12])).json()["data"]
    other = (await deposits(client, member, [12, 33])).json()["data"]

    assert (same["tries_left"], other["tries_left"]) == (2, 3)
    assert (await confirm(client, member, [12, 34])).json()["data"]["verified"] is False


async def test_a_change_of_account_ends_the_pair_and_the_verification(given: Given, client: httpx.AsyncClient) -> None:
    member = await given.member()
    await put(client, member)
    await deposits(client, member, [12, 34])
    await confirm(client, member, [12, 34])

    changed = (await put(client, member, account_number="555566667777")).json()["data"]

    assert changed["verified"] is False
    assert (await confirm(client, member, [12, 34])).status_code == 409


async def test_nothing_is_sent_to_a_verified_account_nor_to_one_that_cannot_be(
    given: Given, client: httpx.AsyncClient
) -> None:
    verified, invalid, without = await given.member(), await given.member(), await given.member()
    await given.account(verified)
    kept = (await put(client, invalid, routing_number=BAD_ROUTING)).json()["data"]

    statuses = [(await deposits(client, one, [1, 2])).status_code for one in (verified, invalid, without)]

    assert "checksum" in kept["warning"]
    assert statuses == [409, 409, 404]


@pytest.mark.parametrize("amounts", [[0, 1], [1, 100], [1], [1, 2, 3], ["1", 2], [True, 2], [1.5, 2], None])
async def test_amounts_are_two_of_1_to_99_cents(given: Given, client: httpx.AsyncClient, amounts: Any) -> None:
    member = await given.member()
    await put(client, member)

    assert (await deposits(client, member, amounts)).status_code == 400
