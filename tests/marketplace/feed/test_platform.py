"""Batches at the platform's doors: the lines that are right come in, each other one is named; or none does."""

import asyncio
from typing import Any

import httpx
import pytest

from backoffice.kernel.database import Query
from backoffice.marketplace.feed import store
from tests.marketplace.conftest import Platform, StaffOf
from tests.marketplace.feed.making import booking, customer, done, payment, raw, review, reviewed, service, vendor
from tests.marketplace.making import Given

KINDS = ("customers", "vendors", "services", "bookings", "payments", "reviews")
WHEN = """
    SELECT array_agg(external_id || to_char(created_at AT TIME ZONE 'UTC', ' YYYY-MM-DD"T"HH24:MI:SS"Z"')
                     || to_char(completed_at AT TIME ZONE 'UTC', ' YYYY-MM-DD"T"HH24:MI:SS"Z"') ORDER BY external_id)
      FROM marketplace.payment
"""


async def send(
    platform: httpx.AsyncClient, kind: str, lines: list[dict[str, Any]], *, key: str | None = None, **form: str
) -> httpx.Response:
    content = b"".join(raw({name: value for name, value in line.items() if name != "kind"}) for line in lines)
    return await platform.post(
        f"/api/v1/platform/{kind}/batch",
        files={"file": ("lines.jsonl", content, "application/x-ndjson")},
        data=form,
        headers={"Idempotency-Key": key} if key else {},
    )


async def test_a_history_comes_in_kind_by_kind(platform: Platform, given: Given) -> None:
    shop = await platform()
    lines = [reviewed(number) for number in range(20)]

    for place, kind in enumerate(KINDS):
        answer = await send(shop, kind, [one[place] for one in lines])
        assert answer.json() == {"success": True, "data": {"imported": 20, "known": 0, "refused": []}}

    assert await given.value("SELECT sum(paid_minor) FROM marketplace.customer") == 20 * 50_000
    assert await given.value("SELECT sum(reviews) FROM marketplace.customer") == 20
    assert await given.value("SELECT marketplace.recount(array_agg(id)) FROM marketplace.customer") == 0


async def test_the_lines_that_are_right_come_in_and_each_other_is_named(platform: Platform, given: Given) -> None:
    shop = await platform()
    lines = [customer(1), customer(2, email="nobody"), customer(3, surprise=1), customer(1)]

    told = (await send(shop, "customers", lines)).json()["data"]

    assert (told["imported"], told["known"]) == (1, 1)
    assert [one["line"] for one in told["refused"]] == [2, 3]
    assert told["refused"][0]["reason"] == "email: must be an e-mail address"
    assert await given.value("SELECT string_agg(external_id, ' ') FROM marketplace.customer") == "u1"


async def test_lines_that_are_refused_for_the_same_want_are_taken_out_at_once(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement for each would take as long for one refused line as for bringing in thirty."""
    shop, dropped = await platform(), list[int]()
    drop = store.drop_lines

    def count(*asked: Any, lines: list[int]) -> Query[int]:
        dropped.append(len(lines))
        return drop(*asked, lines=lines)

    monkeypatch.setattr(store, "drop_lines", count)
    bookings = await send(shop, "bookings", [booking(number, "nobody", "nothing") for number in range(50)])
    reviews = await send(shop, "reviews", [review(number, "nothing") for number in range(50)])

    assert [len(answer.json()["data"]["refused"]) for answer in (bookings, reviews)] == [50, 50]
    assert dropped == [50, 50]


async def test_asked_for_all_or_nothing_a_refused_line_leaves_nothing(platform: Platform, given: Given) -> None:
    shop = await platform()

    refused = await send(shop, "customers", [customer(1), customer(2, email="nobody")], all_or_nothing="true")

    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["count"]) == (400, "LINES_REFUSED", 1)
    assert error["details"]["refused"] == [{"line": 2, "reason": "email: must be an e-mail address"}]
    assert await given.value("SELECT count(*) FROM marketplace.customer") == 0


async def test_sent_again_under_its_key_it_is_answered_as_before(platform: Platform) -> None:
    shop = await platform()

    first = await send(shop, "vendors", [vendor(1)], key="batch 1")
    again = await send(shop, "vendors", [vendor(1)], key="batch 1")
    anew = await send(shop, "vendors", [vendor(1)], key="batch 2")

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert anew.json()["data"] == {"imported": 0, "known": 1, "refused": []}


async def test_more_than_five_thousand_lines_are_refused(platform: Platform) -> None:
    answer = await send(await platform(), "vendors", [vendor(number) for number in range(5_001)])

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["message"] == "file: has 5001 lines, more than 5000"


@pytest.mark.parametrize("kind", KINDS)
async def test_two_who_bring_the_same_at_once_bring_it_once(platform: Platform, given: Given, kind: str) -> None:
    shop = await platform()
    lines = [reviewed(number) for number in range(10)]
    place = KINDS.index(kind)
    for before in range(place):
        await send(shop, KINDS[before], [one[before] for one in lines])
    told = [one[place] for one in lines]

    first, second = await asyncio.gather(send(shop, kind, told), send(shop, kind, told[::-1]))

    both = [first.json()["data"], second.json()["data"]]
    assert sum(one["imported"] for one in both) == sum(one["known"] for one in both) == 10, both
    assert await given.value(f"SELECT count(*) FROM marketplace.{kind[:-1]}") == 10


async def test_an_id_of_ours_names_a_thing_as_well_as_the_platforms_own(platform: Platform, given: Given) -> None:
    shop = await platform()
    for kind, line in (("customers", customer(1)), ("vendors", vendor(1))):
        await send(shop, kind, [line])
    user = await given.value("SELECT id FROM marketplace.customer")
    owner = await given.value("SELECT id FROM marketplace.vendor")

    offered = await send(shop, "services", [service(1, owner)])
    booked = await send(shop, "bookings", [booking(1, user, await given.value("SELECT id FROM marketplace.service"))])
    paid = await send(shop, "payments", [payment(1, await given.value("SELECT id FROM marketplace.booking"))])

    assert [one.json()["data"]["imported"] for one in (offered, booked, paid)] == [1, 1, 1]


async def test_history_of_somebody_who_was_erased_stays_out(
    platform: Platform, staff_of: StaffOf, given: Given
) -> None:
    shop, (who, *_) = await platform(), reviewed(1)
    for kind, line in zip(KINDS, reviewed(1), strict=True):
        await send(shop, kind, [line])
    customer_id = await given.value("SELECT id FROM marketplace.customer")
    await (await staff_of()).post(f"/api/v1/admin/users/{customer_id}/anonymize")

    past = booking(2, who["external_id"], "s1", "confirmed", "in_progress", "completed", notes="Ring twice")
    told = (await send(shop, "bookings", [past])).json()["data"]

    assert (told["imported"], len(told["refused"])) == (0, 1), told
    assert await given.value("SELECT count(*) FROM marketplace.booking") == 1


async def test_money_of_the_past_came_in_the_past_also_where_it_came_too_late(platform: Platform, given: Given) -> None:
    shop, made, captured = await platform(), "2026-03-01T12:30:00Z", "2026-03-02T00:00:00Z"
    for kind, line in zip(KINDS, done(1)[:-1], strict=False):
        await send(shop, kind, [line])
    await send(shop, "bookings", [booking(3, "u1", "s1", "cancelled")])

    await send(
        shop,
        "payments",
        [
            payment(1, "b1", created_at=made),
            payment(2, "b1", created_at=made),
            payment(4, "b3", created_at=made, completed_at=captured),
            payment(5, "b3", completed_at=captured),
        ],
    )

    assert await given.value("SELECT count(captured_late) FROM marketplace.payment") == 3
    assert await given.value(WHEN) == [
        f"p1 {made} {made}",
        f"p2 {made} {made}",
        f"p4 {made} {captured}",
        f"p5 {captured} {captured}",
    ]
