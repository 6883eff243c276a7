"""A dispute about a paid booking, and people who work on it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backoffice.kernel.webhooks import actions
from backoffice.marketplace.product import MARKETPLACE
from tests.marketplace.conftest import StaffOf
from tests.marketplace.dispute.acting import Desk
from tests.marketplace.making import Given, Path, Staff

DeskOf = Callable[..., Awaitable[Desk]]


@pytest.fixture
def desk_of(staff_of: StaffOf) -> DeskOf:
    """`await desk_of(role)`: somebody new at work; a Staff instead of a role is that one."""

    async def desk(who: str | Staff = "super_admin") -> Desk:
        return Desk(await staff_of(who))

    return desk


@pytest.fixture
async def desk(desk_of: DeskOf) -> Desk:
    return await desk_of()


@pytest.fixture
async def agent(desk_of: DeskOf) -> Desk:
    return await desk_of("support_agent")


@pytest.fixture
async def dispute(path: Path) -> dict[str, Any]:
    """Of 50,000 paise; nobody has it yet. `customer` and `booking` are what it is about."""
    customer, booking, payment = await path.done(50_000)
    opened = await path.dispute(customer, booking, refund_requested=True, refund_amount=50_000, amount_disputed=50_000)
    return {**opened, "customer": customer, "booking": booking, "payment": payment}


@pytest.fixture
async def listening(given: Given) -> None:
    """Somebody subscribed to everything."""
    async with given.write() as tx:
        await actions.add_endpoint(tx, given.house.keys, "https://app.example/hooks", events=MARKETPLACE.events)
