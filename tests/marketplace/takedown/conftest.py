"""A review that its vendor wants taken down, and people who decide."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backoffice.kernel.webhooks import actions
from backoffice.marketplace.product import MARKETPLACE
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path, Staff
from tests.marketplace.takedown.acting import Moderator

ModeratorOf = Callable[..., Awaitable[Moderator]]


@pytest.fixture
def moderator_of(staff_of: StaffOf) -> ModeratorOf:
    """`await moderator_of(role)`: somebody new at work; a Staff instead of a role is that one."""

    async def moderator(who: str | Staff = "content_moderator") -> Moderator:
        return Moderator(await staff_of(who))

    return moderator


@pytest.fixture
async def moderator(moderator_of: ModeratorOf) -> Moderator:
    return await moderator_of()


@pytest.fixture
async def review(path: Path) -> dict[str, Any]:
    """Of one star; its vendor has no other."""
    return await path.reviewed(1)


@pytest.fixture
async def request_(path: Path, review: dict[str, Any]) -> dict[str, Any]:
    """Filed by the vendor of the review, and open."""
    return await path.takedown(review)


@pytest.fixture
async def listening(given: Given) -> None:
    """Somebody subscribed to everything."""
    async with given.write() as tx:
        await actions.add_endpoint(tx, given.house.keys, "https://app.example/hooks", events=MARKETPLACE.events)
