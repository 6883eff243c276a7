"""Our refunds beside the gateway's books: what was unknown is learned, what differs is listed once, and goes away."""

import asyncio
from pathlib import Path as Folder
from typing import Any

import orjson
import pytest

from backoffice.kernel.gateways.payments import Refunded, Refused, Underway
from backoffice.kernel.house import House
from backoffice.marketplace.privacy.actions import anonymize
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from backoffice.marketplace.reconciling.rules import Difference, Kind, differences
from backoffice.marketplace.refund.rules import Status
from tests.blocking import somebody_waits_for
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import approve, post, refund, run_in, said, send

DIFFERENCES = "/api/v1/admin/refund-differences"
STANDING = "SELECT string_agg(kind || ' ' || status, ',' ORDER BY id) FROM marketplace.refund_difference"
DONE, NOT_DONE, ON_ITS_WAY = Refunded("rfnd_1"), Refused("declined", "declined"), Underway("rfnd_1")


def test_a_gateway_contradicts_us_where_it_knows_less_or_more_than_we_say() -> None:
    assert differences(Status.PROCESSED, [None]) == [Difference(Kind.NOT_AT_GATEWAY, None)]
    assert differences(Status.PROCESSED, [NOT_DONE]) == [Difference(Kind.REFUSED_AT_GATEWAY, NOT_DONE)]
    assert differences(Status.FAILED, [DONE]) == [Difference(Kind.DONE_THOUGH_FAILED, DONE)]
    assert differences(Status.PROCESSED, [DONE, DONE]) == [Difference(Kind.DONE_THOUGH_FAILED, DONE)]
    assert [one.kind for one in differences(Status.PROCESSED, [DONE, NOT_DONE])] == [
        Kind.DONE_THOUGH_FAILED,
        Kind.REFUSED_AT_GATEWAY,
    ]
    agreed = [(Status.PROCESSED, DONE), (Status.FAILED, NOT_DONE), (Status.FAILED, None), (Status.APPROVED, None)]
    assert [differences(ours, [said]) for ours, said in [*agreed, (Status.PROCESSED, ON_ITS_WAY)]] == [[]] * 5


async def sent(path: Path, staff: Any, house: House) -> tuple[str, Folder]:
    """A refund that the gateway has done, and the file in which it says so."""
    _, _, payment = await path.done()
    refund_id = (await refund(staff, payment)).json()["data"]["id"]
    await send(house, refund_id)
    return refund_id, house.settings.data_folder / "sandbox-gateway" / f"{refund_id}.json"


async def refused_at_gateway(path: Path, staff: Any, house: House) -> int:
    """The number of a difference: done by our books, and refused by the gateway's."""
    _, file = await sent(path, staff, house)
    file.write_bytes(orjson.dumps({**orjson.loads(file.read_bytes()), "outcome": "refused"}))
    await reconcile_refunds(run_in(house))
    (listed,) = (await staff.get(DIFFERENCES)).json()["data"]
    return int(listed["id"])


async def test_books_that_agree_differ_in_nothing(path: Path, staff_of: StaffOf, given: Given, house: House) -> None:
    await sent(path, await staff_of(), house)

    await reconcile_refunds(run_in(house))

    assert await given.value(STANDING) is None


async def test_a_refund_that_the_gateway_does_not_know_is_listed_once_and_gone_when_it_does(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of("finance_admin")
    refund_id, file = await sent(path, staff, house)
    kept = file.read_bytes()
    file.unlink()

    await reconcile_refunds(run_in(house))
    await reconcile_refunds(run_in(house))
    (listed,) = (await staff.get(DIFFERENCES, params={"status": "open"})).json()["data"]
    file.write_bytes(kept)
    await reconcile_refunds(run_in(house))

    assert (listed["refund_id"], listed["kind"], listed["our_status"]) == (refund_id, "not_at_gateway", "processed")
    assert await given.value(STANDING) == "not_at_gateway gone"


async def test_what_somebody_closed_is_not_found_anew(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of("finance_admin")
    number = await refused_at_gateway(path, staff, house)

    closed = await post(staff, f"{DIFFERENCES}/{number}/close", reason="Paid by bank transfer")
    again = await post(staff, f"{DIFFERENCES}/{number}/close", reason="Paid by bank transfer")
    await reconcile_refunds(run_in(house))

    data = closed.json()["data"]
    assert (data["status"], data["gateway_said"], data["ended_by"]) == (
        "closed",
        "insufficient_balance",
        staff.staff.id,
    )
    assert said(again) == (409, "DIFFERENCE_ENDED")
    assert await given.value(STANDING) == "refused_at_gateway closed"


async def test_why_somebody_closed_a_difference_is_sealed_and_goes_with_its_customer(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    number = await refused_at_gateway(path, staff, house)
    customer = await given.value("SELECT id FROM marketplace.customer")

    await post(staff, f"{DIFFERENCES}/{number}/close", reason="Asha Rao has it in cash")
    entry = "SELECT concat(reason, after) FROM kernel.audit_entry WHERE action = 'difference.closed'"
    kept = await given.value(entry)
    forgotten = await staff.post(f"/api/v1/admin/users/{customer}/anonymize")

    assert "Asha Rao" not in kept
    assert forgotten.status_code == 200, forgotten.text
    assert await given.value("SELECT ended_why FROM marketplace.refund_difference") is None


async def test_why_a_difference_is_closed_does_not_stay_where_its_customer_is_being_forgotten(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of("finance_admin")
    number = await refused_at_gateway(path, staff, house)

    async with given.write() as tx:
        await anonymize(tx, await tx.value(int, "SELECT id FROM marketplace.customer"))
        closing = asyncio.create_task(post(staff, f"{DIFFERENCES}/{number}/close", reason="Asha Rao has it in cash"))
        await somebody_waits_for(tx)
    closed = (await closing).json()["data"]

    assert (closed["status"], await given.value("SELECT ended_why FROM marketplace.refund_difference")) == (
        "closed",
        None,
    )


async def test_an_answer_that_was_lost_is_learned_from_the_books(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    other = await unanswered(path, await staff_of(), given, house)

    await reconcile_refunds(run_in(house))

    assert await given.value("SELECT status FROM marketplace.refund WHERE id = %(id)s", id=other) == "processed"
    assert await given.value(STANDING) is None


async def unanswered(path: Path, staff: Any, given: Given, house: House) -> str:
    """An approved refund that left, was done, and of which we never heard."""
    _, _, payment = await path.done()
    refund_id = str((await refund(staff, payment)).json()["data"]["id"])
    async with given.write() as tx:
        tx.record("left", refund_id)
        await tx.run(
            "UPDATE marketplace.refund SET sends = 1, first_sent_at = now(), last_sent_at = now() WHERE id = %(id)s",
            id=refund_id,
        )
    kept = {"payment": payment["id"], "amount_minor": 50_000, "outcome": "refunded", "key": refund_id}
    folder = house.settings.data_folder / "sandbox-gateway"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{refund_id}.json").write_bytes(orjson.dumps(kept))
    return refund_id


@pytest.mark.parametrize("spent", [True, False])
async def test_a_failed_refund_that_the_gateway_did_counts_or_is_listed_where_its_balance_is_spent(
    path: Path, staff_of: StaffOf, given: Given, house: House, spent: bool
) -> None:
    staff = await staff_of()
    refund_id = await unanswered(path, staff, given, house)
    async with given.write() as tx:
        tx.record("failed", refund_id)
        await tx.run("UPDATE marketplace.refund SET status = 'failed' WHERE id = %(id)s", id=refund_id)
    if spent:
        await refund(staff, {"id": await given.value("SELECT id FROM marketplace.payment")}, amount_cents=1)

    await reconcile_refunds(run_in(house))

    assert await given.value(STANDING) == ("done_though_failed open" if spent else None)


async def test_a_try_that_was_done_though_a_second_one_was_made_is_listed(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    refund_id = await unanswered(path, staff, given, house)
    async with given.write() as tx:
        tx.record("failed", refund_id)
        await tx.run("UPDATE marketplace.refund SET status = 'failed' WHERE id = %(id)s", id=refund_id)
    await approve(staff, refund_id)
    await send(house, refund_id)

    await reconcile_refunds(run_in(house))

    assert await given.value("SELECT status || ' ' || tries FROM marketplace.refund") == "processed 2"
    assert await given.value(STANDING) == "done_though_failed open"


async def test_what_a_gateway_gave_beyond_our_books_is_not_given_again_until_somebody_looked_into_it(
    path: Path, staff_of: StaffOf, given: Given, house: House
) -> None:
    staff = await staff_of()
    refund_id = await unanswered(path, staff, given, house)
    async with given.write() as tx:
        tx.record("failed", refund_id)
        await tx.run("UPDATE marketplace.refund SET status = 'failed' WHERE id = %(id)s", id=refund_id)
    payment = {"id": await given.value("SELECT id FROM marketplace.payment")}
    await refund(staff, payment, amount_cents=1)
    await reconcile_refunds(run_in(house))
    number = await given.value("SELECT id FROM marketplace.refund_difference")

    more, again = await refund(staff, payment, amount_cents=2), await approve(staff, refund_id)
    await post(staff, f"{DIFFERENCES}/{number}/close", reason="The customer sent it back")
    later = await refund(staff, payment, amount_cents=2)

    for refused in (more, again):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "GATEWAY_GAVE_MORE")
        assert refused.json()["error"]["details"]["difference_ids"] == [number]
    assert later.status_code == 200, later.text
