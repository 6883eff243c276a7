"""Closing a difference that lets much money go back again takes two people; any other takes one."""

from pathlib import Path as Folder
from typing import Any

import orjson
import pytest

from backoffice.kernel.gateways.payments import Refunded, RefundNews
from backoffice.kernel.house import House
from backoffice.marketplace.reconciling import store
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from backoffice.marketplace.reconciling.rules import REOPENS, Kind
from backoffice.marketplace.reconciling.unknown import end_unknown, note_unknown
from backoffice.marketplace.refund import left_store, rules
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import LARGE, approve, post, refund, run_in, said, send

DIFFERENCES = "/api/v1/admin/refund-differences"
MONEY = "SELECT reserved_minor || ' ' || refunded_minor FROM marketplace.payment"
FOUND = """
    INSERT INTO marketplace.refund_difference (refund_id, payment_id, kind, our_status, said, our_minor, said_minor,
                                               said_currency)
    SELECT CASE WHEN %(kind)s <> 'unknown_here' THEN id END, CASE %(kind)s WHEN 'unknown_here' THEN payment_id END,
           %(kind)s, status, 'rfnd_1', amount_minor, amount_minor + 1, currency
      FROM marketplace.refund
"""
APPROVALS = "SELECT string_agg(status, ',' ORDER BY id) FROM kernel.approval WHERE act = 'difference.closed'"


async def by_hand(given: Given, payment: dict[str, Any], amount: int, reference: str = "rfnd_1") -> int:
    """Money that somebody gave back at the gateway itself, as it is listed."""
    news = RefundNews(None, ("gw",), amount, "INR", Refunded(reference), reference)
    async with given.write() as tx:
        await note_unknown(tx, payment["id"], news)
    return int(await given.value("SELECT max(id) FROM marketplace.refund_difference"))


async def close(staff: Any, number: int) -> Any:
    return await post(staff, f"{DIFFERENCES}/{number}/close", reason="Looked into it")


async def given_back(path: Path, first: Any, second: Any, house: House) -> tuple[str, Folder]:
    """A large refund that both agreed to and its gateway has done, and the file in which it says so."""
    _, _, payment = await path.done(LARGE)
    refund_id = (await refund(first, payment)).json()["data"]["id"]
    await approve(second, refund_id)
    await send(house, refund_id)
    return refund_id, house.settings.data_folder / "sandbox-gateway" / f"{refund_id}.json"


async def test_much_takes_two_people_super_admins_included(path: Path, staff_of: StaffOf, given: Given) -> None:
    first, second = await staff_of("super_admin"), await staff_of("finance_admin")
    _, _, payment = await path.done(2 * LARGE)
    number = await by_hand(given, payment, LARGE)

    one = (await close(first, number)).json()["data"]
    waiting = (await second.get("/api/v1/admin/approvals", params={"waiting": "true"})).json()["data"]
    alone, meanwhile = await close(first, number), await refund(first, payment, amount_cents=1)
    before = await given.value(MONEY)
    both = (await close(second, number)).json()["data"]

    assert (one["status"], one["approvals_required"], one["approvals_received"]) == ("open", 2, 1)
    assert [(row["act"], row["subject"]) for row in waiting] == [("difference.closed", str(number))]
    assert waiting[0]["payload"]["gateway_amount_minor"] == LARGE
    assert said(alone) == (409, "AGREED_ALREADY")
    assert (said(meanwhile), before) == ((409, "GATEWAY_GAVE_MORE"), "0 0")
    assert (both["status"], both["approvals_received"], both["ended_by"]) == ("closed", 2, second.staff.id)
    assert await given.value(MONEY) == f"0 {LARGE}"


async def test_a_little_takes_one_and_in_parts_it_counts_together(path: Path, staff_of: StaffOf, given: Given) -> None:
    staff = await staff_of()
    _, _, payment = await path.done(LARGE)
    small = await by_hand(given, payment, 6_000_000, "rfnd_1")
    closed = (await close(staff, small)).json()["data"]
    other = await by_hand(given, payment, 6_000_000, "rfnd_2")

    kept = (await close(staff, other)).json()["data"]

    assert (closed["status"], closed["approvals_required"], closed["approvals_received"]) == ("closed", 1, 1)
    assert (kept["status"], kept["approvals_required"], kept["approvals_received"]) == ("open", 2, 1)


async def test_what_is_gone_leaves_nothing_for_a_second_person(path: Path, staff_of: StaffOf, given: Given) -> None:
    first, second = await staff_of(), await staff_of()
    _, _, payment = await path.done(LARGE)
    number = await by_hand(given, payment, LARGE)
    await close(first, number)

    async with given.write() as tx:
        await end_unknown(tx, payment["id"], "rfnd_1")

    assert await given.value(APPROVALS) == "void"
    assert said(await close(second, number)) == (409, "DIFFERENCE_ENDED")


@pytest.mark.parametrize("kind", ["not_at_gateway", "done_though_failed"])
async def test_only_what_lets_money_go_back_again_takes_two(
    path: Path, staff_of: StaffOf, given: Given, house: House, kind: str
) -> None:
    first, second = await staff_of(), await staff_of()
    refund_id, file = await given_back(path, first, second, house)
    if kind == "not_at_gateway":
        file.unlink()
    else:
        async with given.write() as tx:
            tx.record("tried again", refund_id)
            await tx.run(
                "UPDATE marketplace.refund SET tries = 2, gateway_refund_id = 'rfnd_2' WHERE id = %(id)s", id=refund_id
            )
        file.with_name(f"{refund_id}.2.json").write_bytes(
            orjson.dumps({**orjson.loads(file.read_bytes()), "key": f"{refund_id}.2"})
        )
    await reconcile_refunds(run_in(house))
    (listed,) = (await first.get(DIFFERENCES)).json()["data"]

    once = (await close(first, listed["id"])).json()["data"]

    assert listed["kind"] == kind
    assert once["status"] == ("closed" if kind == "not_at_gateway" else "open")


async def test_a_second_person_agrees_to_the_same_that_the_first_one_saw(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    """It may be put right and differ again meanwhile: that is another difference, with nobody's word yet."""
    first, second = await staff_of(), await staff_of()
    _, file = await given_back(path, first, second, house)
    kept = file.read_bytes()
    numbers = []
    for amount in (1, LARGE, 2, 3):
        file.write_bytes(orjson.dumps({**orjson.loads(kept), "amount_minor": amount}))
        await reconcile_refunds(run_in(house))
        numbers.append(await given.value("SELECT max(id) FROM marketplace.refund_difference"))
        await close(first, numbers[-1])

    closed = (await close(second, numbers[-1])).json()["data"]

    assert numbers[0] == numbers[1] < numbers[2] < numbers[3]
    assert await given.value(APPROVALS) == "void,void,used"
    assert (closed["status"], closed["amount_cents"]) == ("closed", 3)


async def test_what_was_approved_and_has_not_left_waits_and_ends_where_it_no_longer_fits(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    _, _, payment = await path.done()
    refund_id = (await refund(staff, payment)).json()["data"]["id"]
    number = await by_hand(given, payment, 50_000)

    await send(house, refund_id)
    waits = await given.value("SELECT waits_because FROM marketplace.refund")
    closed = await close(staff, number)
    await send(house, refund_id)

    assert waits == rules.GIVEN_BEYOND
    assert closed.status_code == 200, closed.text
    assert await given.value("SELECT status FROM marketplace.refund WHERE id = %(id)s", id=refund_id) == "failed"
    assert await given.value(MONEY) == "0 50000"
    assert not list(house.settings.data_folder.glob("sandbox-gateway/*.json")), "the gateway was never asked"


async def test_what_still_fits_leaves_once_it_is_closed(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    _, _, payment = await path.done()
    refund_id = (await refund(staff, payment, amount_cents=20_000)).json()["data"]["id"]
    number = await by_hand(given, payment, 30_000)

    await send(house, refund_id)
    before = await given.value(MONEY)
    await close(staff, number)
    await send(house, refund_id)

    assert (before, await given.value(MONEY)) == ("20000 0", "0 50000")


async def test_what_stops_a_payment_is_what_may_take_two_people_to_close(
    path: Path, staff_of: StaffOf, given: Given
) -> None:
    """Statements say the kinds, and rules do."""
    _, _, payment = await path.done()
    await refund(await staff_of(), payment)
    stops, counts = set[Kind](), set[Kind]()
    for kind in Kind:
        async with given.write() as tx:
            tx.record("found", kind)
            await tx.run(FOUND, kind=kind)
            if await left_store.list_given_beyond(tx, payment["id"]):
                stops.add(kind)
            if await store.sum_beyond(tx, payment["id"]):
                counts.add(kind)
            await tx.run("UPDATE marketplace.refund_difference SET status = 'gone', ended_at = now()")

    assert stops == counts == REOPENS
