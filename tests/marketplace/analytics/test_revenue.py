"""What staff see of the money of a period."""

from typing import Any

from tests.marketplace.analytics.histories import History
from tests.marketplace.analytics.plain import fold, offer
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path, StaffClient

DOOR = "/api/v1/admin/analytics/revenue"
PAYMENTS = """
    INSERT INTO marketplace.payment (id, booking_id, customer_id, amount_minor, method, gateway, status, captured_minor,
                                     created_at, completed_at)
         VALUES ('pay_1', 'bkg_1', 1, 1001, 'card', 'sandbox', 'success', 1001, '2025-10-01', '2025-10-01T10:00Z'),
                ('pay_2', 'bkg_2', 1, 3000, 'upi', 'sandbox', 'success', 3000, '2025-10-03', '2025-10-03T23:59:59Z'),
                ('pay_3', 'bkg_2', 1, 9000, 'upi', 'sandbox', 'failed', 0, '2025-10-03', '2025-10-03T20:00Z'),
                ('pay_4', 'bkg_1', 1, 2000, 'card', 'sandbox', 'success', 2000, '2025-09-20', '2025-09-20T10:00Z')
"""
REFUND = """
    INSERT INTO marketplace.refund (id, number, payment_id, booking_id, customer_id, vendor_id, origin, status,
                                    requested_minor, amount_minor, reason, requested_by, decided_at, gateway_refund_id,
                                    processed_at)
         VALUES (gen_random_uuid(), 'RF-1', 'pay_4', 'bkg_1', 1, 1, 'request', 'processed', 500, 500, 'other', 'user',
                 '2025-10-02', 'gw', '2025-10-02T12:00Z')
"""


async def look(staff: StaffClient, begins: str, to: str, **filters: Any) -> dict[str, Any]:
    answer = await staff.get(DOOR, params={"from": begins, "to": to, **filters})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def october(given: Given) -> None:
    """A commission of 15%. What was paid in September goes back in October."""
    await offer(given)
    async with given.write() as tx:
        tx.record("made", "for a test")
        await History(given).book(
            tx, [((90, 1, 1), 1, "Pune", 1001, "completed"), ((90, 1, 1), 3, "Delhi", 3000, "completed")]
        )
        await tx.run(PAYMENTS)
        await tx.run(REFUND)


async def test_money_counts_on_the_day_it_came_and_on_the_day_it_went(given: Given, staff_of: StaffOf) -> None:
    await october(given)

    shown = await look(await staff_of(), "2025-10-01T00:00:00Z", "2025-10-31T23:59:59Z")

    first, second, third, fourth, *_ = shown["data"]["time_series"]
    assert first == {
        "date": "2025-10-01",
        "gross_revenue_cents": 1001,
        "net_revenue_cents": 1001,
        "refunds_cents": 0,
        "platform_fees_cents": 150,
        "vendor_payouts_cents": 851,
        "transactions_count": 1,
        "avg_transaction_cents": 1001,
    }
    assert (second["gross_revenue_cents"], second["refunds_cents"], second["net_revenue_cents"]) == (0, 500, -500)
    assert (third["gross_revenue_cents"], fourth["gross_revenue_cents"]) == (3000, 0)
    assert shown["data"]["summary"] == {
        "gross_revenue_cents": 4001,
        "net_revenue_cents": 3501,
        "refunds_cents": 500,
        "platform_fees_cents": 600,
        "vendor_payouts_cents": 2901,
        "transactions_count": 2,
        "avg_transaction_cents": 2000,
        "growth_rate_percent": 100.0,
    }
    assert shown["data"]["by_payment_method"] == [
        {"method": "upi", "revenue_cents": 3000, "transactions_count": 1, "percentage": 75.0},
        {"method": "card", "revenue_cents": 1001, "transactions_count": 1, "percentage": 25.0},
    ]
    assert shown["data"]["top_revenue_vendors"] == [
        {"vendor_id": 2, "vendor_name": "B", "revenue_cents": 3000, "transactions_count": 1},
        {"vendor_id": 1, "vendor_name": "A", "revenue_cents": 1001, "transactions_count": 1},
    ]
    assert shown["data"]["top_revenue_categories"] == [
        {"category": "cleaning", "revenue_cents": 4001, "transactions_count": 2}
    ]
    assert (shown["meta"]["currency"], shown["meta"]["granularity"]) == ("INR", "day")


async def test_money_is_filtered_by_method_city_category_and_vendor(given: Given, staff_of: StaffOf) -> None:
    await october(given)
    await fold(given)
    staff = await staff_of()

    async def gross(**filters: Any) -> int:
        found = await look(staff, "2025-10-01", "2025-10-31", **filters)
        return int(found["data"]["summary"]["gross_revenue_cents"])

    assert await gross() == 4001
    assert await gross(payment_method="upi") == 3000
    assert await gross(city="pune") == 1001
    assert await gross(city="pune", payment_method="upi") == 0
    assert await gross(vendor_id=2) == 3000
    assert await gross(category="plumbing") == 0


async def test_a_payment_and_its_refund_of_just_now_are_counted(path: Path, staff_of: StaffOf) -> None:
    _, booking, payment = await path.done(50_000)
    staff = await staff_of()
    today = booking["created_at"][:10]

    paid = (await look(staff, today, today))["data"]["summary"]
    await staff.post(
        f"/api/v1/admin/payments/{payment['id']}/refund",
        json={"amount": 20_000, "reason": "customer_request"},
        headers={"Idempotency-Key": "back"},
    )
    waits = (await look(staff, today, today))["data"]["summary"]

    assert (paid["gross_revenue_cents"], paid["transactions_count"], paid["refunds_cents"]) == (50_000, 1, 0)
    assert waits["refunds_cents"] == 0, "a refund counts once its gateway confirmed it"


async def test_growth_from_nothing_is_no_number(given: Given, staff_of: StaffOf) -> None:
    await october(given)

    shown = await look(await staff_of(), "2025-09-01", "2025-09-30")

    assert shown["data"]["summary"]["growth_rate_percent"] is None
