"""Helpers of the claim tests: a client of a claims handler, and what a PATCH answers."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from backoffice.shield.claim import actions
from tests.shield.conftest import AdminOf
from tests.shield.making import AdminClient, Claim, Given

Settle = Callable[[Claim, str, str], Awaitable[None]]


@pytest.fixture
async def handler(admin_of: AdminOf) -> AdminClient:
    """Signed in as a claims handler."""
    return await admin_of("claims_handler")


@pytest.fixture
def change() -> Callable[..., Awaitable[httpx.Response]]:
    """`await change(client, claim, status="approved", ...)`"""

    async def patched(client: httpx.AsyncClient, claim: Claim, **body: Any) -> httpx.Response:
        return await client.patch(f"/v1/admin/claims/{claim.id}", json=body)

    return patched


@pytest.fixture
def pay_out(given: Given) -> Settle:
    """`await pay_out(claim, payout_id, "completed")`: what payouts do when one of theirs moves."""

    async def moved(claim: Claim, payout_id: str, status: str) -> None:
        async with given.write() as tx:
            await tx.run("UPDATE shield.payout SET status = %(to)s WHERE id = %(id)s", to=status, id=payout_id)
            tx.record("payout moved", payout_id)
            await actions.follow_payouts(tx, claim.id)

    return moved
