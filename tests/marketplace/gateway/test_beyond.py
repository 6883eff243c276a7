"""Money that a gateway gave beside our refunds: what is told of it counts in whatever order it comes, and once."""

from uuid import UUID

import pytest

from backoffice.marketplace.gateway import rules
from backoffice.marketplace.refund import rules as refund_rules
from backoffice.marketplace.refund.jobs import send_refund
from backoffice.marketplace.refund.rules import GatewayGaveMore
from tests.marketplace.conftest import StaffOf
from tests.marketplace.gateway.conftest import Refunds, Telling
from tests.marketplace.gateway.test_carrying import PROBLEM, paid, told
from tests.marketplace.making import Given, Path
from tests.marketplace.money import post, said

DIFFERENCES = "/api/v1/admin/refund-differences"
LISTED = """
    SELECT string_agg(concat_ws(' ', kind, status, said_minor), ',' ORDER BY id) FROM marketplace.refund_difference
"""
NUMBER = "SELECT id FROM marketplace.refund_difference ORDER BY id DESC LIMIT 1"
MONEY = "SELECT status || ' ' || reserved_minor || ' ' || refunded_minor FROM marketplace.payment"


async def test_what_failed_before_it_was_told_as_given_stops_nothing(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    payment = await paid(path)

    assert await gateway.tell("refund.failed", **told(None, amount=15_000)) == "set_aside"
    assert await gateway.tell("refund.processed", **told(None, amount=15_000)) == "set_aside"

    assert await given.value(LISTED) == "unknown_here gone 15000"
    assert await refund.requested(payment)


async def test_what_was_closed_as_given_and_failed_then_is_listed_again(
    path: Path, gateway: Telling, given: Given, staff_of: StaffOf
) -> None:
    await paid(path)
    await gateway.tell("refund.processed", **told(None, amount=15_000))
    await post(await staff_of("finance_admin"), f"{DIFFERENCES}/{await given.value(NUMBER)}/close", reason="by hand")

    for _ in range(2):
        assert await gateway.tell("refund.failed", **told(None, amount=15_000, reason="closed account")) == "set_aside"

    assert await given.value(PROBLEM) == rules.UNDONE
    assert await given.value(LISTED) == "unknown_here closed 15000,refused_at_gateway open"


async def test_two_other_amounts_under_one_key_are_both_listed_and_count_each_once(
    path: Path, gateway: Telling, given: Given, refund: Refunds, staff_of: StaffOf
) -> None:
    refund_id = await refund.approved(await paid(path))
    for name, amount in (("rfnd_a", 15_000), ("rfnd_b", 12_000)):
        assert await gateway.tell("refund.processed", **told(refund_id, id=name, amount=amount)) == "set_aside"

    assert await given.value(LISTED) == "amount_differs open 15000,unknown_here open 12000"
    staff, last = await staff_of("finance_admin"), await given.value(NUMBER)
    for number in (last - 1, last):
        assert (await post(staff, f"{DIFFERENCES}/{number}/close", reason="found out")).status_code == 200
    assert await given.value(MONEY) == "partially_refunded 0 27000"


@pytest.mark.parametrize("amount", [20_000, 12_000])
async def test_what_was_given_once_more_is_gone_if_that_failed(
    path: Path, gateway: Telling, given: Given, refund: Refunds, amount: int
) -> None:
    refund_id = await refund.approved(await paid(path))
    await send_refund(gateway.run, refund_id=str(refund_id))
    again = told(refund_id, id="rfnd_b", amount=amount)

    assert await gateway.tell("refund.processed", **again) == "set_aside"
    assert await given.value(LISTED) == f"unknown_here open {amount}"
    assert await gateway.tell("refund.failed", **again) == "done"
    assert await given.value(LISTED) == f"unknown_here gone {amount}"
    assert await refund.status(refund_id) == "processed"


async def test_nothing_is_closed_into_the_books_before_what_left_them_in_a_restore_is_known(
    path: Path, gateway: Telling, given: Given, staff_of: StaffOf
) -> None:
    await paid(path)
    await gateway.tell("refund.processed", **told("0199f3c0-0000-7000-8000-000000000009"))
    staff, number = await staff_of("finance_admin"), await given.value(NUMBER)
    async with given.write() as tx:
        tx.record("restored", "to yesterday")
        await tx.run("INSERT INTO kernel.hold (because) VALUES ('restored')")

    held = await post(staff, f"{DIFFERENCES}/{number}/close", reason="by hand")

    assert said(held) == (409, "RESTORE_NOT_SETTLED")
    assert await given.value(LISTED) == "unknown_here open 20000"


async def failed_once(refund: Refunds, gateway: Telling, refund_id: UUID) -> None:
    """The gateway refused it, and staff want it tried again."""
    await gateway.tell("refund.failed", **told(refund_id, reason="insufficient balance"))
    await refund.approve(refund_id)


async def test_a_try_that_came_through_after_all_is_not_paid_once_more_by_the_next_that_has_not_left(
    path: Path, gateway: Telling, given: Given, refund: Refunds
) -> None:
    refund_id = await refund.approved(await paid(path))
    await failed_once(refund, gateway, refund_id)

    assert await gateway.tell("refund.processed", **told(refund_id)) == "done"
    await send_refund(gateway.run, refund_id=str(refund_id))

    assert await given.value("SELECT status || ' ' || gateway_refund_id FROM marketplace.refund") == "processed rfnd_1"
    assert await given.value("SELECT sends FROM marketplace.refund") == 0, "nothing was asked of the gateway"
    assert await given.value(MONEY) == "partially_refunded 0 20000"


@pytest.mark.parametrize("amount", [20_000, 15_000])
async def test_a_try_that_came_through_beside_the_next_is_listed_and_stops_the_payment(
    path: Path, gateway: Telling, given: Given, refund: Refunds, amount: int
) -> None:
    payment = await paid(path)
    refund_id = await refund.approved(payment)
    await failed_once(refund, gateway, refund_id)
    await send_refund(gateway.run, refund_id=str(refund_id))

    for _ in range(2):
        assert await gateway.tell("refund.processed", **told(refund_id, amount=amount)) == "set_aside"

    figures = "" if amount == 20_000 else f" {amount}"
    assert await given.value(LISTED) == f"done_though_failed open{figures}"
    with pytest.raises(GatewayGaveMore):
        await refund.requested(payment, 1)


async def test_closing_what_an_earlier_try_gave_otherwise_ends_the_next_that_has_not_left(
    path: Path, gateway: Telling, given: Given, refund: Refunds, staff_of: StaffOf
) -> None:
    refund_id = await refund.approved(await paid(path))
    await failed_once(refund, gateway, refund_id)
    await gateway.tell("refund.processed", **told(refund_id, amount=15_000))
    await send_refund(gateway.run, refund_id=str(refund_id))
    waits = await given.value("SELECT waits_because FROM marketplace.refund")

    closed = await post(
        await staff_of("finance_admin"), f"{DIFFERENCES}/{await given.value(NUMBER)}/close", reason="It has it"
    )
    await send_refund(gateway.run, refund_id=str(refund_id))

    assert waits == refund_rules.GIVEN_BEYOND
    assert closed.status_code == 200, closed.text
    assert await given.value("SELECT status || ' ' || sends FROM marketplace.refund") == "processed 0"
    assert await given.value(MONEY) == "partially_refunded 0 15000"
