"""The list of bookings: its filters, its search, its orders, and what whoever asks may see."""

from typing import Any

import pytest

from backoffice.marketplace.handling import listing
from tests.marketplace.conftest import StaffOf
from tests.marketplace.handling.handled import BOOKINGS, ids, listed
from tests.marketplace.making import Given, Path
from tests.waits import Waits

HOME = {
    "street": "12 Marine Drive",
    "apartment": "4B",
    "city": "Mumbai",
    "state": "Maharashtra",
    "pincode": "400002",
    "landmark": "Near the station",
    "latitude": 19.076,
    "longitude": 72.8777,
}


async def two(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """An early one in Mumbai at 20,000 and a late one in Pune at 10,000, of different people and vendors."""
    first = await path.booking(
        (await path.customer(name="Asha Rao"))["id"],
        (await path.service())["id"],
        20_000,
        scheduled_at="2026-01-10T10:00:00Z",
        address=HOME,
    )
    second = await path.booking(
        (await path.customer(name="Meera Sen"))["id"],
        (await path.service())["id"],
        10_000,
        scheduled_at="2026-02-10T10:00:00Z",
        address={"city": "Pune"},
    )
    return first, second


async def test_a_row_says_who_booked_what_of_whom_where_and_how_it_stands(path: Path, staff_of: StaffOf) -> None:
    customer, service = await path.customer(), await path.service()
    booking = await path.booking(customer["id"], service["id"], 50_000, address=HOME, notes="Ring twice")
    await path.payment(booking)

    page = await listed(await staff_of())

    assert page["meta"] == {
        "page": 1,
        "page_size": 25,
        "total": 1,
        "total_items": 1,
        "total_pages": 1,
        "has_next": False,
        "has_prev": False,
    }
    row = page["data"][0]
    assert row["user"] == {
        "id": customer["id"],
        "name": "Asha Rao 1",
        "email": "asha1@example.com",
        "phone": "+919876540001",
    }
    assert row["vendor"] == {"id": booking["vendor_id"], "name": "ABC Studios", "display_name": "ABC Studios"}
    assert row["service"] == {"id": service["id"], "name": "Wedding Photography", "category": "photography"}
    assert row["address"] == {name: HOME[name] for name in ("street", "city", "state", "pincode", "landmark")}
    assert (row["booking_number"], row["status"], row["notes"]) == (booking["booking_number"], "pending", "Ring twice")
    assert (row["amount_cents"], row["payment_status"], row["payment_method"]) == (50_000, "paid", "upi")
    assert (row["has_dispute"], row["dispute_status"], row["cancelled_by"]) == (False, None, None)


@pytest.mark.parametrize("role", ["without_pii", "support_agent"])
async def test_whoever_may_not_see_personal_data_sees_it_masked(
    path: Path, given: Given, staff_of: StaffOf, role: str
) -> None:
    await two(path)
    if role == "without_pii":
        async with given.write() as tx:
            tx.record("made", "a role")
            await tx.run(
                "INSERT INTO kernel.role (product, name, title, permissions) VALUES "
                "('marketplace', 'without_pii', 'Without', ARRAY['self:manage', 'bookings:list', 'bookings:view'])"
            )
    staff = await staff_of(role)

    row = (await listed(staff, city="mumbai"))["data"][0]

    if role == "without_pii":
        assert (row["user"]["email"], row["user"]["phone"]) == ("a***@example.com", "****0001")
        assert row["address"] == {
            "street": "****",
            "city": "Mumbai",
            "state": "Maharashtra",
            "pincode": "****",
            "landmark": "****",
        }
    else:
        assert (row["user"]["email"], row["address"]["street"]) == ("asha1@example.com", "12 Marine Drive")


async def test_each_filter_finds_what_has_it_and_all_of_them_together(path: Path, staff_of: StaffOf) -> None:
    first, second = await two(path)
    await path.move(second, "confirmed")
    staff = await staff_of()

    for name, value in {
        "status": "pending",
        "vendor_id": first["vendor_id"],
        "user_id": first["user_id"],
        "service_id": first["service_id"],
        "city": "MUMBAI",
        "to_date": "2026-01-31",
    }.items():
        assert await ids(staff, **{name: value}) == [first["id"]], name
    assert await ids(staff, from_date="2026-02-10") == [second["id"]]
    assert await ids(staff, booking_status="confirmed", category="photography") == [second["id"]]
    assert await ids(staff, category="plumbing") == []
    assert await ids(staff, created_from=first["created_at"], created_to="2099-01-01") == [second["id"], first["id"]]
    assert await ids(staff, created_to="2026-01-01") == []
    assert await ids(staff, from_date="2026-01-10", to_date="2026-02-10") == [second["id"], first["id"]]
    everything = {"status": "confirmed", "vendor_id": second["vendor_id"], "user_id": second["user_id"], "city": "Pune"}
    assert await ids(staff, **everything, service_id=second["service_id"], from_date="2026-02-01") == [second["id"]]
    assert await ids(staff, **everything, service_id=first["service_id"]) == []


async def test_a_booking_that_is_found_in_several_ways_is_counted_once(path: Path, staff_of: StaffOf) -> None:
    customer, service = await path.customer(name="Abc Bkg"), await path.service()
    await two(path)
    booking = await path.booking(customer["id"], service["id"])
    staff = await staff_of()

    for search, found in (("bkg", 3), ("abc", 3), ("abc bkg", 1), ("studios", 3), (booking["id"], 1)):
        page = await listed(staff, search=search)
        assert (len(page["data"]), page["meta"]["total"]) == (found, found), search


@pytest.mark.parametrize("many", [10_000, 0])
async def test_it_is_found_by_its_number_the_customers_name_and_the_vendors_either_way(
    path: Path, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(listing, "MANY", many)
    first, second = await two(path)
    staff = await staff_of()

    number = second["booking_number"]
    for search in (number, number.lower(), second["id"], second["external_id"], "meera", "SEN mee"):
        assert await ids(staff, search=search) == [second["id"]], search
    assert await ids(staff, search="abc stu") == [second["id"], first["id"]]
    assert await ids(staff, search="abc stu", sort_by="amount") == [first["id"], second["id"]]
    assert await ids(staff, search="abc stu", city="Pune") == [second["id"]]
    assert await ids(staff, search="nobody") == []


@pytest.mark.parametrize("many", [10_000, 0])
async def test_it_has_its_orders_in_both_spellings_under_any_filter(
    path: Path, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(listing, "MANY", many)
    first, second = await two(path)
    staff = await staff_of()

    for more in ({}, {"from_date": "2026-01-01", "to_date": "2026-12-31"}):
        assert await ids(staff, **more) == [second["id"], first["id"]]
        for name, rising in {
            "created_at": [first, second],
            "scheduled_at": [first, second],
            "amount": [second, first],
        }.items():
            for sort, order in (("sort_by", "sort_order"), ("sort", "order")):
                found = await ids(staff, **more, **{sort: name, order: "asc"})
                assert found == [one["id"] for one in rising], (name, more)
                assert await ids(staff, **more, **{sort: name, order: "desc"}) == found[::-1]


@pytest.mark.parametrize("period", [{"from_date": "2026-01-01"}, {"to_date": "2026-12-31"}])
async def test_the_days_of_a_period_are_shown_together_page_by_page(
    path: Path, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch, period: dict[str, str]
) -> None:
    first, second = await two(path)
    staff = await staff_of()
    monkeypatch.setattr(listing, "MANY", 0)

    for order, shown in (("asc", [first, second]), ("desc", [second, first])):
        pages = [await listed(staff, **period, sort_order=order, page_size=1, page=number) for number in (1, 2, 3)]
        assert [[row["id"] for row in page["data"]] for page in pages] == [[shown[0]["id"]], [shown[1]["id"]], []]
        assert {page["meta"]["total"] for page in pages} == {2}


async def test_a_period_of_other_days_shows_nothing_of_them(
    path: Path, staff_of: StaffOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = await two(path)
    staff = await staff_of()
    monkeypatch.setattr(listing, "MANY", 0)

    assert await ids(staff, from_date="2026-01-10T10:00:00Z", to_date="2026-02-10T09:59:59Z") == [first["id"]]
    assert await ids(staff, from_date="2026-01-10T10:00:01Z", to_date="2026-02-09") == []


async def test_one_whose_money_is_all_back_is_refunded_and_found_as_nothing_else(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    _, booking, payment = await path.done()
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "UPDATE marketplace.payment SET status = 'refunded', refunded_minor = captured_minor WHERE id = %(id)s",
            id=payment["id"],
        )
    staff = await staff_of()

    assert (await listed(staff))["data"][0]["status"] == "refunded"
    assert await ids(staff, status="refunded") == [booking["id"]]
    assert await ids(staff, status="completed") == []


async def test_a_dispute_stands_in_the_row_and_the_other_spelling_of_cancelled_is_understood(
    path: Path, staff_of: StaffOf
) -> None:
    customer, booking, _ = await path.done()
    await path.dispute(customer, booking)
    other = await path.booking(customer["id"], booking["service_id"])
    await path.move(other, "cancelled", by="customer", cancellation_reason="Plans changed")
    staff = await staff_of()

    disputed = (await listed(staff, status="disputed"))["data"][0]
    cancelled = (await listed(staff, status="canceled"))["data"][0]

    assert (disputed["id"], disputed["has_dispute"], disputed["dispute_status"]) == (booking["id"], True, "open")
    assert (cancelled["id"], cancelled["cancellation_reason"]) == (other["id"], "Plans changed")
    assert (cancelled["cancelled_by"], cancelled["cancelled_by_kind"]) == (customer["id"], "user")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"page_size": 0}, "page_size"),
        ({"sort_by": "name"}, "sort_by"),
        ({"vendor_id": "ten"}, "vendor_id"),
        ({"from_date": "yesterday"}, "from_date"),
    ],
)
async def test_what_is_no_filter_is_refused_by_its_name(staff_of: StaffOf, asked: dict[str, Any], field: str) -> None:
    answer = await (await staff_of()).get(BOOKINGS, params=asked)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert field in error["details"]


async def test_pages_follow_each_other_and_a_size_above_the_largest_is_the_largest(
    path: Path, staff_of: StaffOf
) -> None:
    first, _ = await two(path)
    staff = await staff_of()

    last = await listed(staff, page=2, page_size=1)

    assert [row["id"] for row in last["data"]] == [first["id"]]
    assert (last["meta"]["total_pages"], last["meta"]["has_next"], last["meta"]["has_prev"]) == (2, False, True)
    assert (await listed(staff, page_size=1000))["meta"]["page_size"] == 100


async def test_without_the_permission_nothing_is_listed(staff_of: StaffOf) -> None:
    answer = await (await staff_of("content_moderator")).get(BOOKINGS)

    assert (answer.status_code, answer.json()["error"]["required_permission"]) == (403, "bookings:list")


async def test_a_page_waits_once_and_once_more_where_it_looks_how_many_there_are(
    path: Path, staff_of: StaffOf, waits: Waits
) -> None:
    await two(path)
    staff = await staff_of()

    for asked, waited in (({}, 1), ({"status": "pending"}, 1), ({"search": "asha"}, 3), ({"city": "Pune"}, 2)):
        with waits.counted() as seen:
            await listed(staff, **asked)
        assert seen == [waited], asked
