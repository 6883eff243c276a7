"""A receiver on loopback, and a house that publishes to it."""

from collections.abc import AsyncIterator

import pytest

from backoffice.kernel.house import House
from tests.kernel.webhooks.hooks import Hooks
from tests.kernel.webhooks.receiver import Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


@pytest.fixture
def hooks(house: House) -> Hooks:
    return Hooks(house)
