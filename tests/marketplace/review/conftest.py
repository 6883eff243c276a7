"""Whoever listens to webhooks."""

import pytest

from backoffice.kernel.webhooks import actions
from backoffice.marketplace.product import MARKETPLACE
from tests.marketplace.making import Given


@pytest.fixture
async def listening(given: Given) -> None:
    """Somebody subscribed to everything."""
    async with given.write() as tx:
        await actions.add_endpoint(tx, given.house.keys, "https://app.example/hooks", events=MARKETPLACE.events)
