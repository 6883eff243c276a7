"""What staff see of the bookings of a period."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from backoffice.application import front
from backoffice.settings import READS_PER_MINUTE, Settings
from tests.marketplace.analytics.plain import book, fold, offer
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import BASE_URL, Given, Path, StaffClient

DOOR = "/api/v1/admin/analytics/bookings"


async def look(staff: StaffClient, begins: str, to: str, **filters: Any) -> dict[str, Any]:
    answer = await staff.get(DOOR, params={"from": begins, "to": to, **filters})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def on(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


async def october(given: Given) -> None:
    await offer(given)
    async with given.write() as tx:
        tx.record("made", "for a test")
        await book(
            tx,
            [
                (1, on("2025-10-01"), 1, "Pune", 1000, "completed"),
                (2, on("2025-10-01"), 1, "Pune", 3001, "confirmed"),
                (3, on("2025-10-01"), 3, "Delhi", 500, "cancelled"),
                (4, on("2025-10-03", 0), 4, None, 700, "pending"),
                (5, on("2025-10-03", 23), 3, "pune", 900, "in_progress"),
                (6, on("2025-11-01", 0), 3, "Pune", 10, "completed"),
            ],
        )


async def test_every_day_of_the_period_is_there_with_what_was_booked_in_it(given: Given, staff_of: StaffOf) -> None:
    await october(given)

    shown = await look(await staff_of(), "2025-10-01T00:00:00Z", "2025-10-31T23:59:59Z")

    series = shown["data"]["time_series"]
    assert [one["date"] for one in series] == [f"2025-10-{day:02d}" for day in range(1, 32)]
    assert series[0] == {
        "date": "2025-10-01",
        "total_bookings": 3,
        "pending": 0,
        "confirmed": 1,
        "in_progress": 0,
        "completed": 1,
        "cancelled": 1,
        "disputed": 0,
        "total_value_cents": 4501,
        "avg_value_cents": 1500,
        "bookings_url": "/api/v1/admin/bookings?created_from=2025-10-01&created_to=2025-10-01",
    }
    assert (series[1]["total_bookings"], series[2]["total_bookings"], series[2]["pending"]) == (0, 2, 1)
    summary = shown["data"]["summary"]
    assert (summary["total_bookings"], summary["total_value_cents"], summary["avg_value_cents"]) == (5, 6101, 1220)
    assert (summary["conversion_rate"], summary["cancellation_rate"]) == (0.4, 0.2)
    assert shown["meta"] == {
        "from": "2025-10-01T00:00:00Z",
        "to": "2025-10-31T23:59:59Z",
        "granularity": "day",
        "filters_applied": {"city": None, "category": None, "vendor_id": None, "status": None},
        "bookings_url": "/api/v1/admin/bookings?created_from=2025-10-01&created_to=2025-10-31",
    }


async def test_the_best_come_first_by_bookings_then_by_what_they_come_to(given: Given, staff_of: StaffOf) -> None:
    await october(given)

    data = (await look(await staff_of(), "2025-10-01", "2025-10-31"))["data"]

    assert data["top_services"] == [
        {"service_id": "svc_1", "service_name": "One", "bookings_count": 2, "total_value_cents": 4001},
        {"service_id": "svc_3", "service_name": "Three", "bookings_count": 2, "total_value_cents": 1400},
        {"service_id": "svc_4", "service_name": "Four", "bookings_count": 1, "total_value_cents": 700},
    ]
    assert data["top_vendors"] == [
        {"vendor_id": 2, "vendor_name": "B", "bookings_count": 3, "total_value_cents": 2100},
        {"vendor_id": 1, "vendor_name": "A", "bookings_count": 2, "total_value_cents": 4001},
    ]


async def test_filters_are_anded_and_a_city_is_known_by_any_spelling(given: Given, staff_of: StaffOf) -> None:
    await october(given)
    await fold(given)
    staff = await staff_of()

    async def total(**filters: Any) -> int:
        found = await look(staff, "2025-10-01", "2025-10-31", **filters)
        return int(found["data"]["summary"]["total_bookings"])

    assert await total(city="PUNE") == 3
    assert await total(city="pune", category="cleaning") == 3
    assert await total(city="pune", category="cleaning", status="completed") == 1
    assert await total(city="pune", vendor_id=2) == 1
    assert await total(status="canceled") == 1
    assert await total(city="Nowhere") == 0
    assert await total(category="plumbing", vendor_id=2, status="pending") == 1


async def test_weeks_and_months_are_asked_for_by_either_name(given: Given, staff_of: StaffOf) -> None:
    await october(given)
    staff = await staff_of()

    weeks = await look(staff, "2025-10-01", "2025-11-02", granularity="week")
    months = await look(staff, "2025-10-01", "2025-11-02", group_by="month")

    by_week = {one["date"]: one["total_bookings"] for one in weeks["data"]["time_series"]}
    assert by_week == {"2025-09-29": 5, "2025-10-06": 0, "2025-10-13": 0, "2025-10-20": 0, "2025-10-27": 1}
    assert [(one["date"], one["total_bookings"]) for one in months["data"]["time_series"]] == [
        ("2025-10-01", 5),
        ("2025-11-01", 1),
    ]
    assert months["meta"]["granularity"] == "month"


async def test_what_was_just_booked_and_moved_is_counted(path: Path, staff_of: StaffOf) -> None:
    _, booking, _ = await path.done(50_000)
    await path.booking((await path.customer())["id"], booking["service_id"], 20_000)
    today = datetime.now(UTC).date().isoformat()

    data = (await look(await staff_of(), today, today))["data"]

    [bucket] = data["time_series"]
    assert (bucket["total_bookings"], bucket["completed"], bucket["pending"]) == (2, 1, 1)
    assert bucket["total_value_cents"] == 70_000


async def test_a_period_that_can_not_be_is_refused_in_the_contracts_words(staff_of: StaffOf) -> None:
    staff = await staff_of()
    backwards = await staff.get(DOOR, params={"from": "2025-11-01", "to": "2025-10-01"})
    long = await staff.get(DOOR, params={"from": "2024-01-01", "to": "2025-11-01"})
    none = await staff.get(DOOR, params={"from": "2025-10-01"})
    unknown = await staff.get(DOOR, params={"from": "2025-10-01", "to": "2025-10-02", "vendor_id": 999})

    assert backwards.status_code == long.status_code == none.status_code == 400
    assert backwards.json()["error"] == {
        "code": "INVALID_DATE_RANGE",
        "message": "Start date must be before end date",
        "from": "2025-11-01",
        "to": "2025-10-01",
        "details": {"from": "2025-11-01", "to": "2025-10-01"},
    }
    assert long.json()["error"]["details"] == {"from": "2024-01-01", "to": "2025-11-01", "days": 670}
    assert none.json()["error"]["code"] == "VALIDATION_ERROR"
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "VENDOR_NOT_FOUND")


async def test_only_what_is_past_may_be_kept_by_clients(staff_of: StaffOf) -> None:
    staff = await staff_of()
    today = datetime.now(UTC).date()

    def ending(days_ago: int) -> dict[str, str]:
        return {"from": (today - timedelta(days=200)).isoformat(), "to": (today - timedelta(days=days_ago)).isoformat()}

    kept = [(await staff.get(DOOR, params=ending(ago))).headers["cache-control"] for ago in (0, 1, 30)]

    assert kept == ["no-store", "private, max-age=300", "private, max-age=900"]


async def test_sixty_times_a_minute_somebody_may_ask(settings: Settings, given: Given) -> None:
    """At a tenth of the usual rate of reads it is six."""
    application = front(settings.model_copy(update={"reads_per_minute": READS_PER_MINUTE // 10}))
    await application.house.open()
    headers = {"Authorization": f"Bearer {await given.token(await given.staff('super_admin'))}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url=BASE_URL, headers=headers
    ) as staff:
        answers = [await staff.get(DOOR, params={"from": "2025-10-01", "to": "2025-10-02"}) for _ in range(7)]
    await application.house.close()

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[6].json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert "retry-after" in answers[6].headers


async def test_the_best_are_recalled_until_something_is_booked_folded_or_corrected(
    given: Given, staff_of: StaffOf
) -> None:
    await october(given)
    staff = await staff_of()

    async def best() -> list[tuple[int, int]]:
        data = (await look(staff, "2025-10-01", "2025-10-31"))["data"]
        return [(one["vendor_id"], one["bookings_count"]) for one in data["top_vendors"]]

    async def change(sql: Any) -> None:
        async with given.write() as tx:
            tx.record("made", "for a test")
            await tx.run(sql)

    seen = [await best(), await best()]
    await change("UPDATE marketplace.booking SET created_at = '2025-11-02' WHERE id = 'bkg_5'")
    seen.append(await best())
    await fold(given)
    seen.append(await best())
    await change("DELETE FROM marketplace.booking WHERE id = 'bkg_3'")
    seen.append(await best())

    assert seen == [[(2, 3), (1, 2)]] * 2 + [[(1, 2), (2, 2)]] * 2 + [[(1, 2), (2, 1)]]
