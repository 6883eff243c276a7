"""After a restore to before a refund left: its gateway is asked what it knows, and nothing goes back twice."""

from typing import Any
from uuid import UUID

from backoffice.kernel import recovery
from backoffice.kernel.gateways.payments import Refused
from backoffice.kernel.house import House
from backoffice.kernel.journal import hold
from backoffice.kernel.recovery.jobs import keep_journal
from backoffice.marketplace.privacy.rules import PrivacyAct
from backoffice.marketplace.refund import actions
from tests.marketplace.conftest import StaffOf
from tests.marketplace.dispute.acting import Desk
from tests.marketplace.making import Given, Path
from tests.marketplace.money import LARGE, approve, refund, reject, run_in, said, send
from tests.restoring import Past

WISH = {"external_id": "asked-1", "reason": "not_as_described", "requested_by": "user"}
BOOKS = """
    SELECT concat(r.status, ' ', r.amount_minor, ' of ', r.requested_minor, ', payment ', p.refunded_minor, ' back')
      FROM marketplace.refund r JOIN marketplace.payment p ON p.id = r.payment_id
"""


def at_gateway(house: House) -> int:
    return len(list((house.settings.data_folder / "sandbox-gateway").glob("*.json")))


async def test_a_refund_that_left_is_learned_from_its_gateway_by_comparing(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    staff: Any = await staff_of()
    _, _, payment = await path.done()
    refund_id = (await refund(staff, payment)).json()["data"]["id"]
    await keep_journal(run_in(house))
    past.remember()
    await send(house, refund_id)
    past.restore()
    assert await given.value("SELECT first_sent_at FROM marketplace.refund") is None

    report = await recovery.settle(house)
    differences = await recovery.compare(house)

    assert report.to_look_at == []
    assert differences == []
    assert await given.value("SELECT status FROM marketplace.refund") == "processed"
    assert len(list((house.settings.data_folder / "sandbox-gateway").glob("*.json"))) == 1


async def test_a_refund_that_the_database_never_heard_of_is_in_the_books_again_and_is_not_given_twice(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    _, _, payment = await path.done()
    past.remember()
    asked = await path.post("refunds", payment_id=payment["id"], amount_cents=20_000, **WISH)
    await approve(await staff_of(), asked["id"])
    await send(house, asked["id"])
    past.restore()

    (sentence,) = (await recovery.settle(house)).to_look_at
    again = await path.post("refunds", payment_id=payment["id"], amount_cents=20_000, **WISH)
    too_much = await refund(await staff_of(), payment, amount_cents=40_000)
    differences = await recovery.compare(house)

    assert asked["id"] in sentence
    assert payment["id"] in sentence
    assert (again["id"], again["refund_number"]) == (asked["id"], asked["refund_number"])
    assert said(too_much) == (409, "REFUND_EXCEEDS_BALANCE")
    assert too_much.json()["error"]["held_by"] == [asked["refund_number"]]
    assert differences == []
    assert await given.value(BOOKS) == "processed 20000 of 20000, payment 20000 back"
    assert at_gateway(house) == 1
    audited = "SELECT string_agg(action, ' ' ORDER BY at, id) FROM kernel.audit_entry WHERE subject = %(id)s"
    assert await given.value(audited, id=f"refund:{asked['id']}") == "refund.requested refund.approved refund.processed"
    assert (await recovery.settle(house)).to_look_at == []
    assert await given.value("SELECT count(*) FROM marketplace.refund") == 1


async def test_what_waits_here_and_left_with_less_can_be_neither_rejected_nor_given_again(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    _, _, payment = await path.done()
    asked = await path.post("refunds", payment_id=payment["id"], **WISH)
    past.remember()
    await approve(await staff_of(), asked["id"], approved_amount_cents=30_000)
    await send(house, asked["id"])
    past.restore()

    await recovery.settle(house)
    rejected = await reject(await staff_of(), asked["id"], reason="no")
    await recovery.compare(house)

    assert said(rejected) == (409, "ALREADY_RESOLVED")
    assert await given.value(BOOKS) == "processed 30000 of 50000, payment 30000 back"


async def test_what_was_approved_with_another_amount_before_anybody_looked_counts_with_what_left(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    _, _, payment = await path.done()
    asked = await path.post("refunds", payment_id=payment["id"], **WISH)
    past.remember()
    await approve(await staff_of(), asked["id"], approved_amount_cents=30_000)
    await send(house, asked["id"])
    past.restore()
    await approve(await staff_of(), asked["id"], approved_amount_cents=20_000)

    (sentence,) = (await recovery.settle(house)).to_look_at
    await recovery.compare(house)

    assert "was approved here" in sentence
    assert await given.value(BOOKS) == "processed 30000 of 50000, payment 30000 back"


async def test_a_dispute_that_waited_here_for_the_refund_that_left_is_resolved_with_it(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    customer, booking, _ = await path.done(LARGE)
    dispute = await path.dispute(customer, booking)
    one, other = Desk(await staff_of()), await staff_of()
    await one.change(dispute, status="in_progress")
    await one.change(dispute, status="resolved", resolution_type="full_refund")
    refund_id = str(await given.value("SELECT id FROM marketplace.refund"))
    past.remember()
    await approve(other, refund_id)
    await send(house, refund_id)
    past.restore()
    assert await given.value("SELECT status FROM marketplace.dispute") == "in_progress"

    await recovery.settle(house)

    assert await given.value("SELECT status FROM marketplace.dispute") == "resolved"
    assert await given.value("SELECT status FROM kernel.approval") == "void"


async def test_a_refund_that_had_failed_here_and_left_once_more_is_known_under_its_new_key(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    _, _, payment = await path.done()
    refund_id = (await refund(await staff_of(), payment)).json()["data"]["id"]
    async with house.database.write(recovery.RESTORER) as tx:
        await actions.settle(tx, UUID(refund_id), Refused("later", "not now"))
    past.remember()
    await approve(await staff_of(), refund_id)
    await send(house, refund_id)
    past.restore()

    await recovery.settle(house)
    once_more = await refund(await staff_of(), payment)
    await recovery.compare(house)

    assert said(once_more) == (409, "REFUND_EXCEEDS_BALANCE")
    assert await given.value("SELECT tries FROM marketplace.refund") == 2
    assert await given.value(BOOKS) == "processed 50000 of 50000, payment 50000 back"


async def test_what_waits_here_and_had_made_room_for_what_left_ends(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    _, _, payment = await path.done()
    waiting = await path.post("refunds", payment_id=payment["id"], **WISH)
    past.remember()
    await reject(await staff_of(), waiting["id"], reason="The vendor gives it back")
    refund_id = (await refund(await staff_of(), payment)).json()["data"]["id"]
    await send(house, refund_id)
    past.restore()

    (sentence,) = (await recovery.settle(house)).to_look_at

    assert f"{waiting['refund_number']} made room for it and is rejected" in sentence
    standing = "SELECT string_agg(id || ' ' || status, ',' ORDER BY status) FROM marketplace.refund"
    assert await given.value(standing) == f"{refund_id} approved,{waiting['id']} rejected"


async def test_as_long_as_nobody_looked_what_left_before_a_restore_nothing_is_asked_back(
    path: Path, staff_of: StaffOf, house: House
) -> None:
    _, _, payment = await path.done()
    async with house.database.write(recovery.RESTORER) as tx:
        await hold.begin(tx, "restored", moment=None)

    refused = await refund(await staff_of(), payment)
    await recovery.settle(house)

    assert said(refused) == (409, "RESTORE_NOT_SETTLED")
    assert (await refund(await staff_of(), payment)).status_code == 200


async def test_a_refund_that_its_gateway_does_not_know_is_told_in_words(
    path: Path, staff_of: StaffOf, house: House
) -> None:
    staff: Any = await staff_of()
    _, _, payment = await path.done()
    await send(house, (await refund(staff, payment)).json()["data"]["id"])
    for book in (house.settings.data_folder / "sandbox-gateway").glob("*.json"):
        book.unlink()

    await recovery.settle(house)

    *_, sentence = await recovery.compare(house)
    assert "of sandbox: done by our books, and they don't know it" in sentence


async def test_who_was_forgotten_after_the_moment_is_forgotten_again(
    path: Path, given: Given, house: House, past: Past
) -> None:
    customer_id = (await path.customer())["id"]
    past.remember()
    async with house.database.write(recovery.RESTORER) as tx:
        tx.audit(PrivacyAct.ANONYMIZED, customer_id)
    await keep_journal(run_in(house))
    past.restore()

    report = await recovery.settle(house)

    assert [one["subject"] for one in report.forgotten_again] == [f"user:{customer_id}"]
    assert await given.value("SELECT status FROM marketplace.customer") == "deleted"
