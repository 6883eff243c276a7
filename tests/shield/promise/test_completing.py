"""Completing: by the rail only what stands on its day, by hand only what could have left; what comes back counts."""

import pytest

from backoffice.kernel.actor import Context
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.bank_record.intake import take_returns
from backoffice.shield.clearing.writing import CLERK
from backoffice.shield.payout import attempts, rules
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import jobs
from tests.shield.clearing.test_clearing import in_file, returned
from tests.shield.conftest import AdminOf
from tests.shield.making import AdminClient, Given
from tests.shield.paying import AT_ONCE, Approved, all_files, come_due, die_before_writing, run_in
from tests.shield.transfer.test_sending import settle_all

STATUS = "SELECT status FROM shield.payout WHERE id = %(id)s"
TRIES = "SELECT array_agg(status ORDER BY number) FROM shield.payout_attempt"
RETURNED_NUMBER = "000123450002"


async def complete(client: AdminClient, payout_id: str) -> tuple[int, str]:
    body = {"action": "mark_completed", "reason": "Seen on the statement"}
    answer = await client.patch(f"/v1/admin/payouts/{payout_id}", json=body)
    return answer.status_code, answer.text


async def test_a_settlement_queued_for_an_earlier_try_does_not_complete_the_next(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    first = await given.value("SELECT id FROM shield.payout_attempt")
    await come_due(given, first)
    async with given.read() as db:
        as_it_was = await attempts.find_attempt(db, first)
    assert as_it_was is not None
    await take_returns(by_file, returned(trace, code="R06", cents=50_000))
    finance = await admin_of("finance")
    await finance.patch(f"/v1/admin/payouts/{payout_id}", json={"action": "retry", "reason": "Once more"})
    await all_files(by_file)
    await jobs.settle_payout(JobRun(by_file, CLERK, Context(), 0), attempt_id=first)
    async with given.write() as tx:
        await sending.complete_by_rail(tx, as_it_was)

    assert await given.value(STATUS, id=payout_id) == "processing"
    assert await given.value(TRIES) == ["returned", "sent"]


async def test_nobody_completes_by_hand_what_is_on_its_way_to_the_bank(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    finance = await admin_of("finance")
    status, text = await complete(finance, payout_id)

    assert status == 409
    assert "on its way" in text
    await all_files(by_file)
    assert (await complete(finance, payout_id))[0] == 200


async def test_what_was_sent_before_somebody_completed_it_may_still_come_back(
    at_once: JobRun, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id = await given.payout(await approved(number=RETURNED_NUMBER), 50_000)
    slow = run_in(given.house, **{**AT_ONCE, "sandbox_rail_settles_after": 2})
    await jobs.send_payout(slow, payout_id=payout_id)
    assert (await complete(await admin_of("finance"), payout_id))[0] == 200
    attempt_id = await given.value("SELECT id FROM shield.payout_attempt")
    await jobs.settle_payout(slow, attempt_id=attempt_id)
    assert await given.value(STATUS, id=payout_id) == "completed"
    await come_due(given, attempt_id)
    await settle_all(slow)

    assert await given.value(STATUS, id=payout_id) == "failed"
    assert await given.value("SELECT status FROM shield.claim") == "approved"


@pytest.mark.parametrize("method", ["ach", "wire"])
@pytest.mark.parametrize(
    "change",
    [
        "verified_at = NULL, verification_method = NULL",
        "hold_until = now() + interval '1 hour'",
        "correction_pending = true",
    ],
)
async def test_by_hand_nothing_is_completed_to_an_account_that_may_not_be_paid(
    approved: Approved, given: Given, admin_of: AdminOf, method: str, change: str
) -> None:
    payout_id = await given.payout(await approved(), 50_000, method=method)
    await given._one(f"UPDATE shield.bank_account SET {change} RETURNING id")

    assert (await complete(await admin_of("finance"), payout_id))[0] == 409
    assert await given.value(STATUS, id=payout_id) == "pending"


async def test_by_hand_a_check_asks_for_no_account(approved: Approved, given: Given, admin_of: AdminOf) -> None:
    payout_id = await given.payout(await approved(verified=False), 50_000, method="check")

    assert (await complete(await admin_of("finance"), payout_id))[0] == 200


@pytest.mark.parametrize(("changed_by", "status"), [("promiser", 409), ("completer", 403), ("somebody", 409)])
async def test_by_hand_nothing_is_completed_to_an_account_that_who_promised_or_completes_it_changed(
    approved: Approved, given: Given, admin_of: AdminOf, changed_by: str, status: int
) -> None:
    people = {name: await admin_of("super_admin") for name in ("promiser", "completer", "somebody")}
    claim = await approved()
    wanted = {"claim_id": claim.id, "amount": 500.00, "method": "wire"}
    payout_id = (await people["promiser"].post("/v1/admin/payouts", json=wanted)).json()["data"]["id"]
    change = {"account_number": "99988877766", "change_reason": "They said so", "skip_verification": True}
    path = f"/v1/admin/users/{claim.member.id}/banking"
    assert (await people[changed_by].patch(path, json=change)).status_code == 200
    await given._one("UPDATE shield.payout SET held_until = now() RETURNING id")
    await given._one("UPDATE shield.bank_account SET hold_until = now() RETURNING id")

    assert (await complete(people["completer"], payout_id))[0] == status


async def test_what_is_completed_is_not_held_any_more(approved: Approved, given: Given, admin_of: AdminOf) -> None:
    payout_id = await given.payout(await approved(), 50_000, method="wire")
    await given._one("UPDATE shield.payout SET held_because = 'Changed', held_until = now() RETURNING id")
    assert (await complete(await admin_of("finance"), payout_id))[0] == 200

    assert await given.value("SELECT num_nulls(held_because, held_until) FROM shield.payout") == 2


async def test_a_payout_on_its_way_is_completed_though_the_account_changed_after_it_left(
    at_once: JobRun, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    await jobs.send_payout(at_once, payout_id=payout_id)
    await given._one("UPDATE shield.bank_account SET correction_pending = true RETURNING id")

    assert (await complete(await admin_of("finance"), payout_id))[0] == 200


async def test_a_try_that_never_left_is_not_settled(at_once: JobRun, approved: Approved, given: Given) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    async with at_once.write() as tx:
        attempt = await sending.begin(tx, at_once.house, payout_id, leaving=sending.BY_SANDBOX)
    assert attempt is not None
    await jobs.settle_payout(at_once, attempt_id=attempt.id)

    assert await given.value(STATUS, id=payout_id) == rules.Status.PROCESSING
