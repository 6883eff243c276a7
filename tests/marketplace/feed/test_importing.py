"""A file of history: all of it, or nothing and a sentence for each refused line; twice is like once."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as tried_with
from hypothesis import strategies as some

from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.importing import Report
from backoffice.marketplace.feed.importing import import_history
from tests.conftest import Sweeper
from tests.marketplace.feed.making import booking, customer, done, payment, raw, review, reviewed, service, vendor
from tests.marketplace.making import Given, Path

THERE = {
    "customers": """
        SELECT external_id, name, email, bookings, paid_minor, trust_computed FROM marketplace.customer ORDER BY 1
    """,
    "vendors": "SELECT external_id, name, reviews, ratings FROM marketplace.vendor ORDER BY 1",
    "services": "SELECT external_id, name, base_price_minor FROM marketplace.service ORDER BY 1",
    "bookings": """
        SELECT external_id, customer_id, service_id, status, payment_status, amount_minor, created_at
          FROM marketplace.booking ORDER BY 1
    """,
    "moves": "SELECT booking_id, became, moved_by, moved_at FROM marketplace.booking_move ORDER BY booking_id, id",
    "payments": """
        SELECT external_id, booking_id, status, captured_minor, captured_late FROM marketplace.payment ORDER BY 1
    """,
    "reviews": """
        SELECT external_id, booking_id, rating, comment, vendor_response, vendor_responded_at
          FROM marketplace.review ORDER BY 1
    """,
    "staged": "SELECT batch FROM marketplace.staged",
}
DRIFTED = """
    SELECT (SELECT coalesce(marketplace.recount(array_agg(id)), 0) FROM marketplace.customer)
         + (SELECT coalesce(marketplace.recount_vendors(array_agg(id)), 0) FROM marketplace.vendor)
"""


async def bring(house: House, lines: list[dict[str, Any] | bytes], *, skip_refused: bool = False) -> Report:
    told: list[int] = []
    written = [one if isinstance(one, bytes) else raw(one) for one in lines]
    report = await import_history(house, written, skip_refused=skip_refused, progress=told.append)
    assert told == sorted(told) and (not written or told[-1] == sum(map(len, written)))
    return report


async def there(house: House) -> dict[str, list[Any]]:
    async with house.database.read() as db:
        return {what: await (await db.connection.execute(sql)).fetchall() for what, sql in THERE.items()}  # type: ignore[call-overload]


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_history_comes_in_whole_in_whatever_order_its_lines_stand(
    house: House, given: Given, backwards: bool
) -> None:
    lines: list[Any] = [line for number in range(30) for line in reviewed(number)]

    report = await bring(house, lines[::-1] if backwards else lines)

    assert (report.imported, report.known, report.errors) == (180, 0, [])
    found = await there(house)
    assert {len(found[what]) for what in ("customers", "services", "bookings", "payments", "reviews")} == {30}
    assert {row[3:5] for row in found["bookings"]} == {("completed", "paid")}
    assert [row[1:3] for row in found["moves"][:4]] == [
        ("pending", "customer"),
        ("confirmed", "vendor"),
        ("in_progress", "vendor"),
        ("completed", "vendor"),
    ]
    assert {row[3:5] for row in found["customers"]} == {(1, 50_000)}
    assert {row[2:4] for row in found["vendors"]} == {(1, 4)}
    assert found["staged"] == []
    assert await given.value("SELECT marketplace.recount(array_agg(id)) FROM marketplace.customer") == 0


async def test_what_is_here_already_stays_as_it_is(house: House, path: Path) -> None:
    known, booked, _ = await path.done(50_000)
    before = await there(house)
    lines: list[Any] = [
        customer(0, external_id="u1", name="Somebody Else", email="other@mail.example"),
        payment(0, booked["id"], external_id="p4", gateway_payment_id="gw_4"),
    ]

    report = await bring(house, lines)

    assert (report.imported, report.known, report.errors) == (0, 2, [])
    assert await there(house) == before
    assert known["external_id"] == "u1"


async def test_a_refused_line_leaves_nothing(house: House) -> None:
    report = await bring(house, [*done(1), b"{not json\n", customer(2, email="nobody")])

    assert [one.partition(":")[0] for one in report.errors] == ["line 6", "line 7"]
    assert report.imported == 0
    assert {what: rows for what, rows in (await there(house)).items() if rows} == {}


REASONS = [
    "line 6: Another user has this email or phone",
    "line 7: Vendor not found",
    "line 8: User not found",
    "line 9: Service not found",
    "line 10: A booking that is pending can't become completed",
    "line 11: what has happened can't lie in the future",
    "line 12: This user may not book: the account is suspended",
    "line 14: The external_id names another booking already",
    "line 15: Booking not found",
    "line 16: A payment that is success can't become failed",
    "line 17: The external_id or the gateway's id names another payment already",
    *(f"line {n}: kind: must be one of customer, vendor, service, booking, payment, review" for n in range(18, 23)),
    "line 23: longer than 100000 bytes",
]


async def test_every_line_is_held_to_what_the_door_for_one_asks(house: House, path: Path, given: Given) -> None:
    suspended, _, _ = await path.done()
    async with given.write() as tx:
        tx.record("suspended", "for a test")
        await tx.run("UPDATE marketplace.customer SET status = 'suspended', suspended_at = now()")
    lines: list[Any] = [
        *done(7),
        customer(8, email="ASHA7@mail.example"),
        service(9, "nobody"),
        booking(10, "nobody", "s7"),
        booking(11, "u7", "nothing"),
        booking(12, "u7", "s7", "completed"),
        booking(13, "u7", "s7", "cancelled", moves=[]) | {"created_at": "2099-01-01T00:00:00Z"},
        booking(14, suspended["id"], "s7", "confirmed"),
        booking(15, suspended["id"], "s7", "confirmed", "in_progress", "completed"),
        booking(7, "u7", "s7", pricing={"base_amount_cents": 1}),
        payment(16, "nothing"),
        payment(7, "b7", "failed"),
        payment(7, "b7", amount_cents=1),
        {"kind": "cat", "external_id": "x"},
        *({"kind": kind, "external_id": "x"} for kind in ([], {}, None, 1)),
        b" " * 3 + b"x" * 200_000,
    ]

    report = await bring(house, lines, skip_refused=True)

    assert report.errors == REASONS
    assert (report.imported, report.known) == (6, 0)


async def test_money_that_came_too_late_is_marked_as_the_door_for_one_marks_it(house: House) -> None:
    lines: list[Any] = [
        *done(1),
        payment(2, "b1"),
        booking(3, "u1", "s1", "cancelled"),
        payment(4, "b3"),
        payment(5, "b3", "failed"),
    ]

    report = await bring(house, lines)

    assert (report.imported, report.errors) == (9, [])
    late = {row[0]: row[4] for row in (await there(house))["payments"]}
    assert late == {"p1": None, "p2": "paid_already", "p4": "booking_cancelled", "p5": None}


async def test_a_booking_is_paid_by_a_payment_that_came_in_and_by_none_that_was_refused(house: House) -> None:
    """Bookings come in as paid already where their payment is in the same file."""
    lines: list[Any] = [
        *done(1),
        payment(3, "b3", gateway_payment_id="gw1"),
        booking(2, "u1", "s1", "confirmed"),
        payment(2, "b2", method="card"),
        booking(3, "u1", "s1", "confirmed"),
        booking(4, "u1", "s1"),
        payment(4, "b4", "failed"),
        booking(5, "u1", "s1"),
    ]

    report = await bring(house, lines, skip_refused=True)

    assert [one.line for one in report.refused] == [6]
    assert (report.imported, report.known) == (11, 0)
    async with house.database.read() as db:
        paid = await db.connection.execute(
            "SELECT external_id, payment_status, payment_method FROM marketplace.booking ORDER BY 1"
        )
        kept = await db.connection.execute(
            "SELECT payment_status, sum(bookings) FROM marketplace.booking_tally GROUP BY 1 HAVING sum(bookings) <> 0"
        )
        assert await paid.fetchall() == [
            ("b1", "paid", "upi"),
            ("b2", "paid", "card"),
            ("b3", "pending", None),
            ("b4", "failed", "upi"),
            ("b5", "pending", None),
        ]
        assert dict(await kept.fetchall()) == {"paid": 2, "pending": 2, "failed": 1}


async def test_reviews_are_held_to_what_the_door_for_one_asks(house: House, path: Path) -> None:
    _, booked, _ = await path.done()
    known = await path.review(booked)
    answered = {"response": "Thank you", "responded_at": "2026-03-16T12:00:00Z"}
    lines: list[Any] = [
        *done(1),
        review(1, "b1", **answered),
        review(1, "b1", comment="Said again"),
        review(2, "b1"),
        review(3, "nothing"),
        booking(4, "u1", "s1", "confirmed"),
        review(4, "b4"),
        review(55, booked["id"]),
        review(6, booked["id"], external_id=known["external_id"]),
        review(7, "b4", external_id=known["external_id"]),
    ]

    report = await bring(house, lines, skip_refused=True)

    assert report.errors == [
        "line 8: This booking has a review already, or the external_id names another",
        "line 9: Booking not found",
        "line 11: Only a completed booking is reviewed; this one is confirmed",
        "line 12: This booking has a review already, or the external_id names another",
        "line 14: This booking has a review already, or the external_id names another",
    ]
    assert (report.imported, report.known) == (6, 3), "one customer and two reviews were known"
    found = {row[0]: row[3:5] for row in (await there(house))["reviews"]}
    assert found["r1"] == ("On time", "Thank you")


async def test_it_is_recorded_once_with_how_many_came(house: House, given: Given) -> None:
    await bring(house, [*done(1), *done(2)])

    [(action, *_)] = await given.audited("feed.brought")
    assert action == "feed.brought"
    told = await given.value("SELECT after ->> 'booking' FROM kernel.audit_entry WHERE action = 'feed.brought'")
    assert told == "2"


few = some.integers(1, 3)
LINES = some.lists(
    some.one_of(
        some.builds(customer, few, email=some.sampled_from(["a@mail.example", "b@mail.example", "no"])),
        some.builds(vendor, few),
        some.builds(lambda number, of: service(number, f"v{of}"), few, few),
        some.builds(
            lambda number, user, of, moves, amount: booking(
                number, f"u{user}", f"s{of}", *moves, pricing={"base_amount_cents": amount}
            ),
            few,
            few,
            few,
            some.sampled_from(
                [(), ("confirmed",), ("cancelled",), ("confirmed", "in_progress", "completed"), ("completed",)]
            ),
            some.sampled_from([50_000, 60_000]),
        ),
        some.builds(
            lambda number, of, status: payment(number, f"b{of}", status),
            few,
            few,
            some.sampled_from(["pending", "success", "failed"]),
        ),
        some.builds(lambda number, of, rating: review(number, f"b{of}", rating=rating), few, few, some.integers(1, 5)),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@tried_with(lines=LINES, skip_refused=some.booleans())
async def test_any_file_brought_twice_leaves_what_once_leaves(
    house: House, sweep: Sweeper, lines: list[dict[str, Any]], skip_refused: bool
) -> None:
    sweep()
    everything: list[dict[str, Any] | bytes] = [*done(1), *lines]

    first = await bring(house, everything, skip_refused=skip_refused)
    once = await there(house)
    await bring(house, everything, skip_refused=skip_refused)

    assert await there(house) == once
    assert once["staged"] == []
    if once["customers"]:
        async with house.database.write(system("marketplace", "tests")) as tx:
            tx.record("recount", "everybody")
            assert await tx.value(int, DRIFTED) == 0, first.errors
