"""Shield's clients: `await admin_of("finance")` is signed in, `await platform("claims:submit")` sends an API key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from tests.clients import Clients
from tests.shield.making import BASE_URL, Admin, AdminClient, Given
from tests.shield.paying import approved, at_once, by_file

__all__ = ["approved", "at_once", "by_file"]
AdminOf = Callable[..., Awaitable[AdminClient]]
Platform = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def given(house: House, password_hash: str) -> Given:
    """Makes shield's rows as the product would have left them."""
    return Given(house, password_hash)


@pytest.fixture
async def admin_of(application: Front, given: Given) -> AsyncIterator[AdminOf]:
    """`await admin_of(role)`: a client of a new admin with this role; an Admin instead of a role signs that one in."""
    async with AsyncExitStack() as stack:
        clients = Clients(application, BASE_URL, stack)

        async def client_of(who: str | Admin = "super_admin") -> AdminClient:
            admin = who if isinstance(who, Admin) else await given.admin(who)
            client = await clients.open(AdminClient, Authorization=f"Bearer {await given.token(admin)}")
            client.admin = admin
            return client

        yield client_of


@pytest.fixture
async def platform(application: Front, given: Given) -> AsyncIterator[Platform]:
    """`await platform("members:write", ...)`: a client that sends a new API key with these scopes."""
    async with AsyncExitStack() as stack:
        clients = Clients(application, BASE_URL, stack)

        async def client_of(*scopes: str) -> httpx.AsyncClient:
            return await clients.open(httpx.AsyncClient, X_API_Key=await given.api_key(*scopes))

        yield client_of
