"""What becomes of a refund at its gateway: done, refused, tried again, lost on the way, done after all."""

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.gateways.payments import GatewayUnavailable, Refunded, Refused
from backoffice.kernel.house import House
from backoffice.marketplace.refund import actions, rules, store
from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import approve, refund, send

STANDING = "SELECT string_agg(status || ' ' || amount_minor, ',' ORDER BY requested_at) FROM marketplace.refund"
MANY_THAT_WAIT = """
    INSERT INTO marketplace.refund (id, number, payment_id, booking_id, customer_id, vendor_id, origin, status,
                                    requested_minor, amount_minor, reason, requested_by, decided_at)
    SELECT uuidv7(), 'RF-2020-' || n, payment_id, booking_id, customer_id, vendor_id, origin, 'approved', 1, 1, reason,
           requested_by, decided_at - interval '1 day'
      FROM marketplace.refund, generate_series(1, 600) AS n
"""
LEFT = "SELECT captured_minor - reserved_minor - refunded_minor FROM marketplace.payment"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sandbox_gateway_behaviour": {"fail": "fail", "lose": "lose"}})


async def settle(house: House, refund_id: str, outcome: Refunded | Refused, key: str | None = None) -> None:
    async with house.database.write(system("marketplace", "tests")) as tx:
        tx.record("told", refund_id)
        await actions.settle(tx, rules.refund_of(refund_id), outcome, key=key)  # type: ignore[arg-type]


async def refunded(path: Path, staff_of: StaffOf, name: str = "gw", amount: int | None = None) -> str:
    """An approved refund of a new payment that the gateway calls so."""
    booking = await path.booking((await path.customer())["id"], (await path.service())["id"])
    payment = await path.payment(booking, gateway_payment_id=name)
    answer = await refund(await staff_of(), payment, **({"amount_cents": amount} if amount else {}))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["id"])


async def test_a_refused_refund_gives_its_balance_back_and_is_tried_again_under_a_new_key(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    refund_id = await refunded(path, staff_of, "gw_fail")
    await send(house, refund_id)
    refused = await given.value(STANDING), await given.value(LEFT)

    again = await approve(await staff_of(), refund_id)
    await send(house, refund_id)

    assert refused == ("failed 50000", 50_000)
    assert again.json()["data"]["status"] == "approved"
    kept = house.settings.data_folder / "sandbox-gateway"
    assert {file.stem for file in kept.glob("*.json")} == {refund_id, f"{refund_id}.2"}


async def test_a_lost_answer_stays_approved_counts_and_is_asked_under_the_same_key(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    refund_id = await refunded(path, staff_of, "gw_lose")
    with pytest.raises(GatewayUnavailable):
        await send(house, refund_id)
    unknown = await given.value(STANDING), await given.value(LEFT)

    await send(house, refund_id)

    assert unknown == ("approved 50000", 0)
    assert await given.value(STANDING) == "processed 50000"
    assert len([*(house.settings.data_folder / "sandbox-gateway").glob("*.json")]) == 1


async def test_what_is_done_stays_done_and_a_word_of_an_earlier_try_is_no_news(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    refund_id = await refunded(path, staff_of)
    await settle(house, refund_id, Refused("insufficient_balance", "not now"))
    await approve(await staff_of(), refund_id)

    await settle(house, refund_id, Refused("insufficient_balance", "not now"), key=refund_id)
    waiting = await given.value(STANDING)
    await settle(house, refund_id, Refunded("rfnd_1"), key=f"{refund_id}.2")
    await settle(house, refund_id, Refused("late", "late"))

    assert waiting == "approved 50000"
    assert await given.value(STANDING) == "processed 50000"


async def test_a_failed_refund_that_was_done_after_all_counts_where_its_balance_is_still_there(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    refund_id = await refunded(path, staff_of)
    await settle(house, refund_id, Refused("timeout", "no answer"))

    await settle(house, refund_id, Refunded("rfnd_1"))

    assert await given.value(STANDING) == "processed 50000"
    assert await given.value("SELECT status FROM marketplace.payment") == "refunded"


async def test_a_failed_refund_that_was_done_after_all_never_takes_what_another_took(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    refund_id = await refunded(path, staff_of)
    await settle(house, refund_id, Refused("timeout", "no answer"))
    payment = {"id": await given.value("SELECT id FROM marketplace.payment")}
    await refund(await staff_of(), payment, amount_cents=1)

    await settle(house, refund_id, Refunded("rfnd_1"))

    assert await given.value(STANDING) == "failed 50000,approved 1"


async def test_what_left_is_asked_for_however_many_may_not_leave_yet(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    left = await refunded(path, staff_of, amount=1)
    async with given.write() as tx:
        tx.record("many wait", left)
        await tx.run(MANY_THAT_WAIT)
        await tx.run(
            "UPDATE marketplace.refund SET first_sent_at = now(), last_sent_at = now() WHERE id = %(id)s", id=left
        )

    async with given.read() as db:
        asked, again = [
            await store.list_on_their_way(db, before=datetime.now(UTC) + timedelta(minutes=1)) for _ in range(2)
        ]

    assert [str(one) for one in (asked[0], again[0])] == [left, left]
    assert len(asked) == 500
    assert set(asked) != set(again), "of those that wait others have their turn"
