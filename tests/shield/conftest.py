"""Shield's clients: `await admin_of("finance")` is signed in, `await platform("claims:submit")` sends an API key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
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

        async def client_of(who: str | Admin = "super_admin") -> AdminClient:
            admin = who if isinstance(who, Admin) else await given.admin(who)
            transport = httpx.ASGITransport(application, raise_app_exceptions=False)
            headers = {"Authorization": f"Bearer {await given.token(admin)}"}
            client = AdminClient(transport=transport, base_url=BASE_URL, headers=headers)
            client.admin = admin
            return await stack.enter_async_context(client)

        yield client_of


@pytest.fixture
async def platform(application: Front, given: Given) -> AsyncIterator[Platform]:
    """`await platform("members:write", ...)`: a client that sends a new API key with these scopes."""
    async with AsyncExitStack() as stack:

        async def client_of(*scopes: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(application, raise_app_exceptions=False)
            headers = {"X-API-Key": await given.api_key(*scopes)}
            client = httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)
            return await stack.enter_async_context(client)

        yield client_of
