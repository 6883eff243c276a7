"""When a booking is: a moment that can be kept, in the zone that it was said in."""

import pytest

from tests.marketplace.making import Given, Path

ZONE = "SELECT time_zone FROM marketplace.booking"


@pytest.mark.parametrize("at", ["0428-03-24T11:21:57+05:30", "9999-12-31T23:59:59-14:00", "2200-01-01T00:00:00Z"])
async def test_a_time_beyond_all_calendars_is_refused(path: Path, at: str) -> None:
    customer, service = await path.customer(), await path.service()
    wanted = {"user_id": customer["id"], "service_id": service["id"], "pricing": {"base_amount_cents": 500}}

    answer = await path.platform.post(
        "/api/v1/platform/bookings", json={"external_id": "b", "scheduled_at": at, **wanted}
    )

    assert answer.status_code == 400, answer.text
    assert list(answer.json()["error"]["details"]) == ["scheduled_at"]


async def test_the_offset_that_was_agreed_on_stays(path: Path, given: Given) -> None:
    customer = await path.customer()
    booking = await path.booking(customer["id"], (await path.service())["id"], scheduled_at="2026-12-14T10:00:00+05:30")

    assert booking["scheduled_at"] == "2026-12-14T04:30:00Z"
    assert await given.value(ZONE) == "+05:30"
