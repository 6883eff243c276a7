"""Whoever is logged out, suspended or banned has no session any more, and the platform is told which."""

import json
from typing import Any

import pytest

from backoffice.kernel.webhooks.actions import add_endpoint
from tests.marketplace.account.conftest import Act
from tests.marketplace.making import Given, Path

LIVING = "SELECT count(*) FROM marketplace.session WHERE ended_at IS NULL"


async def signed_in(path: Path, given: Given, *, times: int = 2) -> dict[str, Any]:
    """A customer with so many sessions."""
    customer = await path.customer()
    async with given.write() as tx:
        tx.record("made", "for a test")
        for number in range(times):
            await tx.run(
                """
                INSERT INTO marketplace.session (id, external_id, customer_id, device_type)
                     VALUES (%(id)s, %(external_id)s, %(customer)s, 'mobile')
                """,
                id=f"sess_{customer['id']}_{number}",
                external_id=f"s{customer['id']}_{number}",
                customer=customer["id"],
            )
    return customer


async def test_logging_out_ends_every_session_of_this_customer_and_tells_the_platform_which(
    path: Path, act: Act, given: Given
) -> None:
    async with given.write() as tx:
        await add_endpoint(tx, given.house.keys, "https://platform.example/hooks", events=["user.sessions_ended"])
    customer = await signed_in(path, given)
    await signed_in(path, given, times=1)

    answers = [await act(customer, "logout-all") for _ in range(2)]

    assert [one.json()["data"]["sessions_terminated"] for one in answers] == [2, 0]
    assert await given.value(LIVING) == 1
    first = json.loads(str(await given.value("SELECT body FROM kernel.webhook_event ORDER BY id LIMIT 1")))
    assert first["data"]["external_id"] == customer["external_id"]
    assert sorted(first["data"]["session_ids"]) == [f"s{customer['id']}_0", f"s{customer['id']}_1"]


@pytest.mark.parametrize("what", ["suspend", "ban"])
async def test_whoever_is_shut_out_is_signed_out(path: Path, act: Act, given: Given, what: str) -> None:
    customer = await signed_in(path, given)

    await act(customer, what, reason="Abuse", notify_user=False)

    assert await given.value(LIVING) == 0
