"""A score by hand stays until it is cleared, and limits bookings where staff want it to."""

import pytest

from tests.marketplace.account.conftest import Act
from tests.marketplace.account.test_suspending import books
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path

RECOUNTED = "SELECT marketplace.recount(array_agg(id)) FROM marketplace.customer"


@pytest.mark.parametrize(("registered", "score"), [({}, 68), ({"registered_at": "2024-05-01T00:00:00Z"}, 78)])
async def test_whoever_booked_nothing_yet_has_three_quarters_of_each_term_wherever_one_looks(
    path: Path, staff_of: StaffOf, given: Given, registered: dict[str, str], score: int
) -> None:
    customer, staff = await path.customer(**registered), await staff_of()

    async def shown() -> list[float]:
        listed = (await staff.get("/api/v1/admin/users")).json()["data"]["items"][0]
        risks = (await staff.get(f"/api/v1/admin/users/{customer['id']}")).json()["data"]["risk_indicators"]
        return [listed["trust_score"], risks["trust_score"], risks["trust_breakdown"]["few_disputes"]]

    assert await shown() == [score, score, 15]
    assert await given.value(RECOUNTED) == 0
    assert await shown() == [score, score, 15]


async def test_a_score_by_hand_stays_through_recounting_until_it_is_cleared(path: Path, act: Act, given: Given) -> None:
    customer = await path.customer()
    score = await act(customer, "trust-score", method="PATCH", score=50, reason="Disputes", apply_restrictions=True)
    await books(path, customer)
    kept = (await act(customer, "trust-score", method="PATCH", score=50, reason="Disputes")).json()["data"]
    cleared = await act(customer, "trust-score", method="PATCH", score=None, reason="A mistake")

    assert score.json()["data"] == {
        "user_id": customer["id"],
        "trust_score": 50,
        "computed": 68,
        "set_by_hand": 50,
        "restrictions": True,
        "bookings_allowed": "all",
    }
    assert (kept["trust_score"], kept["computed"], kept["restrictions"]) == (50, 73, False)
    assert (cleared.json()["data"]["trust_score"], cleared.json()["data"]["set_by_hand"]) == (73, None)
    assert await given.value("SELECT num_nonnulls(trust_by_hand, trust_reason) FROM marketplace.customer") == 0


async def test_below_fifty_only_prepaid_bookings_are_taken_and_below_thirty_none(path: Path, act: Act) -> None:
    customer = await path.customer()

    async def booked(score: int, *, restricts: bool) -> list[int]:
        await act(customer, "trust-score", method="PATCH", score=score, reason="x", apply_restrictions=restricts)
        return [(await books(path, customer, prepaid=prepaid)).status_code for prepaid in (False, True)]

    assert await booked(49, restricts=True) == [403, 201]
    assert await booked(29, restricts=True) == [403, 403]
    refused = (await books(path, customer)).json()["error"]
    assert refused["bookings_allowed"] == "none"
    assert refused["message"] == "A trust score of 29 restricts this user: allowed bookings: none"
    assert await booked(29, restricts=False) == [201, 201]


async def test_a_score_out_of_bounds_or_without_a_reason_is_refused(path: Path, act: Act) -> None:
    customer = await path.customer()

    answers = [
        await act(customer, "trust-score", method="PATCH", **body)
        for body in (
            {"score": 101, "reason": "x"},
            {"score": -1, "reason": "x"},
            {"score": 50},
            {"reason": "no score"},
            {"score": "50", "reason": "x"},
        )
    ]

    assert {one.status_code for one in answers} == {400}
