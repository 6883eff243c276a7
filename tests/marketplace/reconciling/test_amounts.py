"""A gateway that gave another amount than ours: both are listed, nothing is noted as given until somebody looked."""

from typing import Any

import orjson
import pytest

from backoffice.kernel.gateways.payments import OtherAmount, Refunded, Refused
from backoffice.kernel.house import House
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from backoffice.marketplace.reconciling.rules import Difference, Kind, differences
from backoffice.marketplace.refund.rules import Status
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import approve, post, refund, reject, run_in, said, send

DIFFERENCES = "/api/v1/admin/refund-differences"
STANDING = "SELECT string_agg(kind || ' ' || status, ',' ORDER BY id) FROM marketplace.refund_difference"
MONEY = "SELECT status || ' ' || reserved_minor || ' ' || refunded_minor FROM marketplace.payment"
REFUND = "SELECT status || ' ' || amount_minor FROM marketplace.refund ORDER BY requested_at LIMIT 1"
OTHER = OtherAmount("rfnd_1", 40_000, "INR")


def test_another_amount_contradicts_us_whatever_we_say() -> None:
    for ours in (Status.APPROVED, Status.PROCESSED, Status.FAILED):
        assert differences(ours, [OTHER], reference="rfnd_1") == [Difference(Kind.AMOUNT_DIFFERS, OTHER)]
    done, refused = Refunded("rfnd_2"), Refused("declined", "declined")
    assert differences(Status.PROCESSED, [OTHER, done]) == [Difference(Kind.DONE_THOUGH_FAILED, OTHER)]
    assert differences(Status.APPROVED, [refused, OTHER]) == [Difference(Kind.AMOUNT_DIFFERS, OTHER)]
    assert differences(Status.PROCESSED, [OTHER], reference="rfnd_2") == [], "it was given beside what we know as done"


def gave(house: House, refund_id: str, *, amount: int, currency: str = "INR") -> None:
    """What the sandbox's books say of a refund from now on."""
    file = house.settings.data_folder / "sandbox-gateway" / f"{refund_id}.json"
    kept = (
        orjson.loads(file.read_bytes()) if file.exists() else {"key": refund_id, "payment": "x", "outcome": "refunded"}
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps({**kept, "amount_minor": amount, "currency": currency}))


async def asked(staff: Any, payment: dict[str, Any], **body: Any) -> str:
    answer = await refund(staff, payment, **body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["id"])


async def compared(house: House, given: Given) -> int:
    """The one difference that the night finds."""
    await reconcile_refunds(run_in(house))
    return int(await given.value("SELECT id FROM marketplace.refund_difference"))


async def test_less_than_ours_is_listed_with_both_and_counts_once_somebody_closes_it(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of("finance_admin")
    _, _, payment = await path.done()
    refund_id = await asked(staff, payment)
    await send(house, refund_id)
    gave(house, refund_id, amount=40_000)

    number = await compared(house, given)
    (listed,) = (await staff.get(DIFFERENCES, params={"kind": "amount_differs"})).json()["data"]
    meanwhile = await given.value(MONEY)
    more = await refund(staff, payment, amount_cents=1)
    closed = await post(staff, f"{DIFFERENCES}/{number}/close", reason="The rest follows")
    await reconcile_refunds(run_in(house))
    rest = await refund(staff, payment, amount_cents=10_000)

    assert [listed[name] for name in ("our_amount_cents", "gateway_amount_cents", "gateway_currency")] == [
        50_000,
        40_000,
        "INR",
    ]
    assert (meanwhile, said(more)) == ("refunded 0 50000", (409, "GATEWAY_GAVE_MORE"))
    assert closed.json()["data"]["amount_cents"] == 40_000
    assert rest.status_code == 200, rest.text
    assert await given.value(MONEY) == "partially_refunded 10000 40000"
    assert await given.value(STANDING) == "amount_differs closed"


async def test_more_than_ours_that_nobody_heard_of_is_not_noted_as_ours(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    _, _, payment = await path.done()
    refund_id = await asked(staff, payment, amount_cents=20_000)
    other = await asked(staff, payment, amount_cents=10_000)
    gave(house, refund_id, amount=45_000)
    async with given.write() as tx:
        tx.record("left", refund_id)
        await tx.run("UPDATE marketplace.refund SET sends = 1, first_sent_at = now() WHERE id = %(id)s", id=refund_id)
        tx.record("waits again", other)
        await tx.run("UPDATE marketplace.refund SET status = 'failed' WHERE id = %(id)s", id=other)

    number = await compared(house, given)
    noted, again = await given.value(REFUND), await approve(staff, other)
    await post(staff, f"{DIFFERENCES}/{number}/close", reason="Finance typed it in twice")

    assert (noted, said(again)) == ("approved 20000", (409, "GATEWAY_GAVE_MORE"))
    assert await given.value(REFUND) == "processed 45000"
    assert await given.value(MONEY) == "partially_refunded 0 45000"


async def test_what_others_hold_is_never_counted_twice(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    _, _, payment = await path.done()
    refund_id = await asked(staff, payment, amount_cents=20_000)
    await send(house, refund_id)
    other = (
        await path.post("refunds", external_id="r1", payment_id=payment["id"], amount_cents=30_000, reason="other")
    )["id"]
    gave(house, refund_id, amount=70_000)
    number = await compared(house, given)

    held = await post(staff, f"{DIFFERENCES}/{number}/close", reason="Too much")
    await reject(staff, other)
    closed = await post(staff, f"{DIFFERENCES}/{number}/close", reason="Too much")

    assert said(held) == (409, "REFUND_EXCEEDS_BALANCE")
    assert closed.status_code == 200, closed.text
    assert await given.value(MONEY) == "refunded 0 50000", "never more than was captured"


@pytest.mark.parametrize("heals", [True, False])
async def test_another_currency_moves_nothing_and_goes_when_the_books_agree(
    path: Path, staff_of: StaffOf, given: Given, house: House, heals: bool
) -> None:
    staff = await staff_of()
    _, _, payment = await path.done()
    refund_id = await asked(staff, payment)
    await send(house, refund_id)
    gave(house, refund_id, amount=50_000, currency="USD")
    number = await compared(house, given)

    if heals:
        gave(house, refund_id, amount=50_000)
    else:
        for one in (staff, await staff_of()):
            kept = await post(one, f"{DIFFERENCES}/{number}/close", reason="They write it wrong")
        assert kept.json()["data"]["approvals_required"] == 2, "nobody can say how much that is"
    await reconcile_refunds(run_in(house))

    assert await given.value(STANDING) == f"amount_differs {'gone' if heals else 'closed'}"
    assert await given.value(MONEY) == "refunded 0 50000"


async def test_what_is_on_its_way_ends_once_two_people_closed_that_it_left_in_another_currency(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff, second = await staff_of(), await staff_of()
    _, _, payment = await path.done()
    refund_id = await asked(staff, payment, amount_cents=20_000)
    gave(house, refund_id, amount=20_000, currency="USD")
    async with given.write() as tx:
        tx.record("left", refund_id)
        await tx.run("UPDATE marketplace.refund SET sends = 1, first_sent_at = now() WHERE id = %(id)s", id=refund_id)
    number = await compared(house, given)

    before = await given.value(MONEY)
    for one in (staff, second):
        await post(one, f"{DIFFERENCES}/{number}/close", reason="They write it wrong")
    await send(house, refund_id)
    await reconcile_refunds(run_in(house))
    rest = await refund(staff, payment, amount_cents=30_000)

    assert (before, await given.value(REFUND)) == ("success 20000 0", "processed 20000")
    assert rest.status_code == 200, rest.text
    assert await given.value(STANDING) == "amount_differs closed"
