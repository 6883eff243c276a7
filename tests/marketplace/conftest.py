"""The marketplace's clients: `await staff_of("finance_admin")` is signed in, `await platform()` sends an API key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from tests.clients import Clients
from tests.marketplace.making import BASE_URL, Given, Path, Staff, StaffClient

StaffOf = Callable[..., Awaitable[StaffClient]]
Platform = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def given(house: House, password_hash: str) -> Given:
    """Makes the marketplace's rows as the product would have left them."""
    return Given(house, password_hash)


@pytest.fixture
async def staff_of(application: Front, given: Given) -> AsyncIterator[StaffOf]:
    """`await staff_of(role)`: a client of somebody new with this role; a Staff instead of a role signs that one in."""
    async with AsyncExitStack() as stack:
        clients = Clients(application, BASE_URL, stack)

        async def client_of(who: str | Staff = "super_admin") -> StaffClient:
            staff = who if isinstance(who, Staff) else await given.staff(who)
            client = await clients.open(StaffClient, Authorization=f"Bearer {await given.token(staff)}")
            client.staff = staff
            return client

        yield client_of


@pytest.fixture
async def platform(application: Front, given: Given) -> AsyncIterator[Platform]:
    """`await platform("customers:write", ...)`: a client that sends a new API key with these scopes, or with all."""
    async with AsyncExitStack() as stack:
        clients = Clients(application, BASE_URL, stack)

        async def client_of(*scopes: str) -> httpx.AsyncClient:
            return await clients.open(httpx.AsyncClient, X_API_Key=await given.api_key(*scopes))

        yield client_of


@pytest.fixture
async def path(platform: Platform) -> Path:
    """Brings customers, bookings and payments in through the platform's doors."""
    return Path(await platform())
