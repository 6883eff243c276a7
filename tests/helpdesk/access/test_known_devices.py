"""A stranger who guesses can't shut a person out of the devices they sign in from; and guesses no more than before."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from backoffice.kernel.identity import actions
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.conftest import PASSWORD
from tests.helpdesk.access.test_api import sign_in
from tests.making import Make

CHANGE = "/api/v1/auth/change-password"
WRONG = "Wrong123!"
STRANGERS = [f"127.0.0.{number}" for number in range(20, 25)]
From = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The limits as they come."""
    return settings.model_copy(update={"sign_ins_per_account": 10, "sign_ins_per_address": 50})


@pytest.fixture
async def visitor_from(application: Front, make: Make) -> AsyncIterator[From]:
    """`await visitor_from("127.0.0.1", agent="firefox")`: a client at that address with that browser."""
    async with AsyncExitStack() as stack:

        async def client_at(address: str, *, agent: str = "firefox") -> httpx.AsyncClient:
            transport = httpx.ASGITransport(application, raise_app_exceptions=False, client=(address, 1))
            client = httpx.AsyncClient(
                transport=transport, base_url="http://desk.test/helpdesk", headers={"User-Agent": agent}
            )
            return await stack.enter_async_context(client)

        yield client_at


async def guess(visitor_from: From, username: str, *, addresses: list[str], times: int) -> list[int]:
    """So many wrong passwords, from these addresses in turn."""
    clients = [await visitor_from(address, agent="guesser") for address in addresses]
    return [(await sign_in(clients[n % len(clients)], username, WRONG)).status_code for n in range(times)]


async def test_the_owner_comes_in_from_a_device_of_theirs_while_strangers_guess(make: Make, visitor_from: From) -> None:
    owner, home = await make.super_admin(), await visitor_from("127.0.0.1")
    assert (await sign_in(home, owner.username)).status_code == 200

    strangers = await guess(visitor_from, owner.username, addresses=STRANGERS, times=12)
    mine = await sign_in(home, owner.username, PASSWORD)

    assert strangers == [*[401] * 9, 429, 429, 429], "the owner's first sign-in was a stranger's"
    assert mine.status_code == 200


async def test_many_addresses_are_no_more_tries_at_an_account(make: Make, visitor_from: From) -> None:
    owner = await make.super_admin()
    crowd = [f"10.0.{number}.1" for number in range(40)]

    answers = await guess(visitor_from, owner.username, addresses=crowd, times=40)

    assert answers.count(401) == 10


async def test_guesses_from_the_owners_own_address_with_another_browser_leave_the_owner_a_way_in(
    make: Make, visitor_from: From
) -> None:
    owner, home = await make.super_admin(), await visitor_from("127.0.0.1")
    await sign_in(home, owner.username)

    neighbour = await guess(visitor_from, owner.username, addresses=["127.0.0.1"], times=60)

    assert neighbour.count(401) == 9
    assert (await sign_in(home, owner.username, PASSWORD)).status_code == 200


async def test_a_known_device_has_no_more_tries_than_anybody(make: Make, visitor_from: From) -> None:
    owner, home = await make.super_admin(), await visitor_from("127.0.0.1")
    await sign_in(home, owner.username)

    answers = [(await sign_in(home, owner.username, WRONG)).status_code for _ in range(12)]

    assert answers == [*[401] * 10, 429, 429]


async def test_wrong_passwords_make_no_device_known(make: Make, visitor_from: From) -> None:
    owner = await make.super_admin()
    await guess(visitor_from, owner.username, addresses=STRANGERS, times=10)

    again = await guess(visitor_from, owner.username, addresses=STRANGERS, times=10)

    assert again == [429] * 10


async def test_a_device_is_known_for_its_own_account_alone(make: Make, visitor_from: From) -> None:
    owner, other, home = await make.super_admin(), await make.agent(), await visitor_from("127.0.0.1")
    await sign_in(home, owner.username)
    await guess(visitor_from, other.username, addresses=STRANGERS, times=10)

    assert (await sign_in(home, other.username, PASSWORD)).status_code == 429


async def test_a_one_time_password_makes_every_device_unknown(
    make: Make, visitor_from: From, password_hash: str
) -> None:
    owner, home = await make.super_admin(), await visitor_from("127.0.0.1")
    await sign_in(home, owner.username)
    async with make.write() as tx:
        await actions.reset_password(tx, owner.id, password_hash)
    await guess(visitor_from, owner.username, addresses=STRANGERS, times=10)

    assert (await sign_in(home, owner.username, PASSWORD)).status_code == 429


async def test_a_household_on_ipv6_is_one_address(make: Make, visitor_from: From) -> None:
    owner, home = await make.super_admin(), await visitor_from("2001:db8:1:2::7")
    await sign_in(home, owner.username)
    await guess(visitor_from, owner.username, addresses=STRANGERS, times=10)

    same_house = await visitor_from("2001:db8:1:2:aaaa::9")
    next_door = await visitor_from("2001:db8:1:3::7")

    assert (await sign_in(next_door, owner.username, PASSWORD)).status_code == 429
    assert (await sign_in(same_house, owner.username, PASSWORD)).status_code == 200


async def test_wrong_old_passwords_are_counted_and_audited_like_sign_ins(make: Make, signed_in: Any) -> None:
    agent = await make.agent()
    client = await signed_in(agent)
    body = {"old_password": WRONG, "new_password": "Better456!"}

    tries = [(await client.post(CHANGE, json=body)).status_code for _ in range(11)]
    right = await client.post(CHANGE, json={**body, "old_password": PASSWORD})

    assert (tries, right.status_code) == ([*[400] * 10, 429], 429)
    assert await make.audited() == [("staff.password_refused", f"staff:{agent.id}", agent.id)] * 10


async def test_no_address_and_no_browser_is_kept_in_plain_text(make: Make, visitor_from: From) -> None:
    owner = await make.super_admin()
    await sign_in(await visitor_from("127.0.0.1"), owner.username)

    async with make.read() as db:
        kept = await db.values(bytes, "SELECT device FROM kernel.known_device WHERE staff_id = %(id)s", id=owner.id)
    assert [len(device) for device in kept] == [32]
    assert b"127.0.0.1" not in kept[0]
