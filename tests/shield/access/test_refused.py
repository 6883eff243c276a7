"""Proofs that don't hold are refused so often a minute; nobody with one that holds notices."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import BASE_URL, Admin, Given

ME = "/v1/admin/auth/me"
MEMBERS = "/v1/platform/members"
MANY = 3
NEW = {"email": "ada@example.com", "profile": {"first_name": "Ada", "last_name": "Lovelace"}}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As everywhere, but with little patience."""
    limits = ("refused_per_address", "reads_per_minute", "writes_per_minute", "platform_calls_per_minute")
    return settings.model_copy(update=dict.fromkeys(limits, MANY))


@pytest.fixture
async def stranger(application: Front, given: Given) -> Any:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


async def tries(knock: Callable[[int], Awaitable[httpx.Response]]) -> list[int]:
    """What one more than the limit allows are answered."""
    return [(await knock(number)).status_code for number in range(MANY + 1)]


def expired(given: Given, admin: Admin) -> dict[str, str]:
    claims = {"user_id": admin.id, "username": admin.username, "role": admin.role, "sid": admin.session_id}
    token = given.house.tokens.issue("access", "shield", lifetime=timedelta(minutes=-1), claims=claims)
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("header", [{"Authorization": "Bearer made.up.{}"}, {}], ids=["made up", "none"])
async def test_bad_tokens_are_refused_so_often_while_good_ones_from_there_still_open(
    stranger: httpx.AsyncClient, admin_of: AdminOf, header: dict[str, str]
) -> None:
    colleague = await admin_of("support")

    async def knock(number: int) -> httpx.Response:
        return await stranger.get(ME, headers={name: text.format(number) for name, text in header.items()})

    assert await tries(knock) == [*[401] * MANY, 429]
    last = await knock(0)
    assert (last.json()["error"]["code"], 1 <= int(last.headers["Retry-After"]) <= 60) == ("RATE_LIMITED", True)
    assert (await colleague.get(ME)).status_code == 200


@pytest.mark.parametrize("key", ["bo_{}", "bo_{:043d}"], ids=["odd", "well formed"])
async def test_bad_keys_are_refused_so_often_while_good_ones_from_there_still_open(
    stranger: httpx.AsyncClient, platform: Platform, key: str
) -> None:
    neighbour = await platform("members:write")

    async def knock(number: int) -> httpx.Response:
        return await stranger.post(MEMBERS, headers={"X-API-Key": key.format(number)}, json=NEW)

    assert await tries(knock) == [*[401] * MANY, 429]
    assert (await neighbour.post(MEMBERS, json=NEW)).status_code == 201


@pytest.mark.parametrize("door", [ME, "/v1/files/none?until=1&signature=x"], ids=["a proof", "a public door"])
async def test_a_household_of_ipv6_is_one_address_however_many_it_has(
    application: Front, house: House, door: str
) -> None:
    async def knock(number: int) -> httpx.Response:
        transport = httpx.ASGITransport(application, client=(f"2001:db8:1:2::{number:x}", 1))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            return await client.get(door)

    assert (await tries(knock))[-1] == 429


async def test_a_session_whose_token_ran_out_closes_nothing_but_itself(
    given: Given, stranger: httpx.AsyncClient
) -> None:
    forgotten, fresh = expired(given, await given.admin()), expired(given, await given.admin())

    assert await tries(lambda _: stranger.get(ME, headers=forgotten)) == [*[401] * MANY, 429]
    assert (await stranger.get(ME, headers=fresh)).status_code == 401
    assert (await stranger.get(ME)).status_code == 401


async def test_who_is_known_and_may_not_is_counted_like_any_caller(platform: Platform, admin_of: AdminOf) -> None:
    key, auditor = await platform("claims:submit"), await admin_of("auditor")

    assert await tries(lambda _: key.post(MEMBERS, json=NEW)) == [*[403] * MANY, 429]
    assert await tries(lambda _: auditor.post("/v1/admin/payouts", json={})) == [*[403] * MANY, 429]
