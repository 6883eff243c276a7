"""How tests look at bookings and change them as staff do."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.marketplace.making import Path

BOOKINGS = "/api/v1/admin/bookings"
REASON = "The customer called and is ill"
_keys = itertools.count(1)


async def listed(staff: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await staff.get(BOOKINGS, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def ids(staff: httpx.AsyncClient, **asked: Any) -> list[str]:
    """Of the list, each counted in its total."""
    page = await listed(staff, **asked)
    assert page["meta"]["total_items"] == len(page["data"]), asked
    return [row["id"] for row in page["data"]]


async def whole(staff: httpx.AsyncClient, booking: dict[str, Any]) -> dict[str, Any]:
    answer = await staff.get(f"{BOOKINGS}/{booking['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


async def change(staff: httpx.AsyncClient, booking: dict[str, Any], **wanted: Any) -> httpx.Response:
    """Under a key of its own."""
    key = {"Idempotency-Key": f"change {next(_keys)}"}
    return await staff.patch(f"{BOOKINGS}/{booking['id']}", json=wanted, headers=key)


async def cancel(staff: httpx.AsyncClient, booking: dict[str, Any], **wanted: Any) -> httpx.Response:
    return await change(staff, booking, **{"status": "cancelled", "cancellation_reason": REASON, **wanted})


async def preview(staff: httpx.AsyncClient, booking: dict[str, Any], **asked: Any) -> dict[str, Any]:
    answer = await staff.post(f"{BOOKINGS}/{booking['id']}/cancellation-preview", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def paid(path: Path, *, hours: float = 100, amount: int = 50_000, **facts: Any) -> dict[str, Any]:
    """A confirmed booking that was paid and takes place in so many hours."""
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"], amount, scheduled_at=in_hours(hours), **facts)
    await path.payment(booking)
    await path.move(booking, "confirmed")
    return booking
