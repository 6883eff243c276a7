"""The list of payouts: filters, totals and sums that equal what they summarise."""

from datetime import UTC, datetime, timedelta

from tests.shield.conftest import AdminOf
from tests.shield.making import Given
from tests.shield.paying import Approved

PAYOUTS = "/v1/admin/payouts"


async def test_the_list_filters_counts_and_sums(admin_of: AdminOf, approved: Approved, given: Given) -> None:
    client, claim, other = await admin_of("auditor"), await approved(100_000), await approved(100_000)
    for cents, status in ((10_000, "pending"), (20_000, "processing"), (5_000, "completed"), (7_000, "failed")):
        await given.payout(claim, cents, status=status)
    await given.payout(other, 1_050, status="pending")
    data = (await client.get(PAYOUTS)).json()["data"]

    assert data["pagination"] == {"current_page": 1, "total_pages": 1, "total_items": 5, "items_per_page": 20}
    assert data["summary"] == {
        "total_pending": 110.50,
        "total_processing": 200.00,
        "total_completed_this_month": 50.00,
    }
    assert [one["amount"] for one in data["payouts"]] == [10.50, 70.00, 50.00, 200.00, 100.00]
    today, tomorrow = (f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" for days in (0, 1))
    for query, expected in {
        "status=pending": 2,
        "status=cancelled": 0,
        f"user_id={claim.member.id}": 4,
        f"claim_id={other.id}&status=pending": 1,
        f"date_from={today}&date_to={today}": 5,
        f"date_from={tomorrow}": 0,
        "user_id=nobody": 0,
    }.items():
        found = (await client.get(f"{PAYOUTS}?{query}")).json()["data"]
        assert (len(found["payouts"]), found["pagination"]["total_items"]) == (expected, expected), query


async def test_pages_hold_each_payout_once(admin_of: AdminOf, approved: Approved, given: Given) -> None:
    client, claim = await admin_of("finance"), await approved(100_000)
    made = {await given.payout(claim, 100) for _ in range(5)}
    seen = [
        one["id"]
        for page in (1, 2, 3)
        for one in (await client.get(f"{PAYOUTS}?limit=2&page={page}")).json()["data"]["payouts"]
    ]

    assert len(seen) == 5
    assert set(seen) == made


async def test_what_is_not_a_filter_value_is_refused(admin_of: AdminOf) -> None:
    client = await admin_of("finance")
    for query in ("status=lost", "limit=0", "date_from=yesterday", "date_from=2026-02-02&date_to=2026-02-01"):
        assert (await client.get(f"{PAYOUTS}?{query}")).status_code == 400, query


async def test_a_payout_that_is_not_there_is_not_found(admin_of: AdminOf) -> None:
    client = await admin_of("finance")

    assert (await client.get(f"{PAYOUTS}/payout_nothing")).status_code == 404
    answer = await client.patch(f"{PAYOUTS}/payout_nothing", json={"action": "cancel", "reason": "x"})
    assert answer.status_code == 404
    answer = await client.post(PAYOUTS, json={"claim_id": "claim_nothing", "amount": 1, "method": "ach"})
    assert answer.status_code == 404
