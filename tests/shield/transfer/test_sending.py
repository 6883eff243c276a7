"""Payouts that leave by the sandbox rail: intent first, once each, checked again, and failed when they come back."""

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.kernel.gateways.banking_days import today
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.payout import actions, attempts
from backoffice.shield.promise import completing
from backoffice.shield.promise import rules as promise_rules
from backoffice.shield.promise import store as promises
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import jobs, rules, store
from tests.shield.conftest import AdminOf
from tests.shield.making import Given
from tests.shield.paying import Approved


async def settle_all(run: JobRun) -> None:
    async with run.read() as db:
        due = await store.list_settling(db, today())
    for attempt_id in due:
        await jobs.settle_payout(run, attempt_id=attempt_id)


async def due(given: Given) -> list[str]:
    async with given.read() as db:
        return await store.list_due(db, before=datetime.now(UTC))


async def test_a_payout_leaves_settles_and_makes_its_claim_paid(
    at_once: JobRun, approved: Approved, given: Given
) -> None:
    claim = await approved(50_000)
    payout_id = await given.payout(claim, 50_000)
    assert await due(given) == [payout_id]
    await jobs.send_payout(at_once, payout_id=payout_id)
    assert await given.value("SELECT status FROM shield.payout") == "processing"
    await settle_all(at_once)

    assert await given.value("SELECT status FROM shield.payout") == "completed"
    assert await given.value("SELECT status FROM shield.claim") == "paid"
    assert await given.value("SELECT trace_number FROM shield.payout_attempt") == "999999990000001"
    assert await given.audited("payout.completed") == [("payout.completed", f"payout:{payout_id}", 0)]


async def test_a_try_keeps_its_own_sealed_copy_of_the_destination(
    at_once: JobRun, approved: Approved, given: Given
) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    await jobs.send_payout(at_once, payout_id=payout_id)
    attempt_id = await given.value("SELECT id FROM shield.payout_attempt")
    async with given.read() as db:
        attempt = await attempts.find_attempt(db, attempt_id)

    assert attempt is not None
    assert b"000123455678" not in (attempt.account_sealed or b"")
    assert sending.destination_of(given.house.keys, attempt).account_number == "000123455678"


async def test_a_worker_that_died_after_the_intent_hands_over_the_same_try(
    at_once: JobRun, approved: Approved, given: Given
) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    async with at_once.write() as tx:
        intended = await sending.begin(tx, at_once.house, payout_id, leaving=sending.BY_SANDBOX)
    for _ in range(3):
        await jobs.send_payout(at_once, payout_id=payout_id)

    assert intended is not None
    assert await given.value("SELECT array_agg(id) FROM shield.payout_attempt") == [intended.id]
    assert len(list((given.house.settings.data_folder / "sandbox-rail").iterdir())) == 1


async def test_what_comes_back_fails_its_payout_and_unverifies_its_account(
    at_once: JobRun, approved: Approved, given: Given
) -> None:
    payout_id = await given.payout(await approved(number="000123450002"), 50_000)
    await jobs.send_payout(at_once, payout_id=payout_id)
    await settle_all(at_once)

    assert await given.value("SELECT status FROM shield.payout") == "failed"
    assert await given.value("SELECT return_code FROM shield.payout_attempt") == "R02"
    assert await given.value("SELECT verified_at FROM shield.bank_account") is None


async def test_a_payout_completed_by_hand_on_its_way_is_not_completed_twice(
    at_once: JobRun, approved: Approved, given: Given
) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    await jobs.send_payout(at_once, payout_id=payout_id)
    checker = await given.admin("finance")
    async with given.write(checker.actor) as tx:
        await completing.complete_by_hand(tx, payout_id, reason="Seen on the statement")
    await settle_all(at_once)

    assert len(await given.audited("payout.completed")) == 1
    assert await given.value("SELECT array_agg(status) FROM shield.payout_attempt") == ["settled"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shield.bank_account SET verified_at = NULL, verification_method = NULL RETURNING id",
        "UPDATE shield.bank_account SET hold_until = now() + interval '1 hour' RETURNING id",
        "UPDATE shield.bank_account SET correction_pending = true RETURNING id",
        "UPDATE shield.payout SET held_because = 'Looked into' RETURNING id",
        "UPDATE shield.payout SET held_because = 'Changed', held_until = now() + interval '1 hour' RETURNING id",
        "UPDATE shield.payout SET status = 'cancelled' RETURNING id",
        "UPDATE shield.payout SET method = 'wire' RETURNING id",
    ],
)
async def test_what_may_not_leave_does_not(at_once: JobRun, approved: Approved, given: Given, change: str) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    await given._one(change)

    assert await due(given) == []
    if "wire" not in change:
        await jobs.send_payout(at_once, payout_id=payout_id)
    assert await given.value("SELECT count(*) FROM shield.payout_attempt") == 0


async def test_a_hold_with_an_end_lapses(at_once: JobRun, approved: Approved, given: Given) -> None:
    claim = await approved()
    payout_id = await given.payout(claim, 50_000)
    async with given.write() as tx:
        held = await actions.hold_pending(
            tx, claim.member.id, "Changed", until=datetime.now(UTC) - timedelta(minutes=1)
        )

    assert held == 1
    assert await due(given) == [payout_id]


async def test_a_hold_without_an_end_is_not_shortened(approved: Approved, given: Given) -> None:
    claim = await approved()
    await given.payout(claim, 50_000)
    async with given.write() as tx:
        await actions.hold_pending(tx, claim.member.id, "Fraud")
    async with given.write() as tx:
        await actions.hold_pending(tx, claim.member.id, "Changed", until=datetime.now(UTC))

    assert await given.value("SELECT held_because FROM shield.payout") == "Fraud"


async def test_a_creator_who_changed_the_account_afterwards_stops_the_payout(
    at_once: JobRun, approved: Approved, given: Given
) -> None:
    payout_id, creator = await given.payout(await approved(), 50_000), await given.admin("super_admin")
    await given._one("UPDATE shield.payout SET created_by = %(by)s RETURNING id", by=creator.id)
    await given._one(
        "UPDATE shield.bank_account SET changed_by = %(by)s, changed_at = now() RETURNING id", by=creator.id
    )
    await jobs.send_payout(at_once, payout_id=payout_id)

    assert await given.value("SELECT status FROM shield.payout") == "pending"
    assert await given.value("SELECT held_because FROM shield.payout") == promise_rules.PROMISER_CHANGED_ACCOUNT


async def test_who_tried_a_payout_again_and_then_changed_the_account_stops_it_too(
    at_once: JobRun, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    retrier, claim = await admin_of("super_admin"), await approved()
    payout_id = await given.payout(claim, 50_000, status="failed")
    retry = {"action": "retry", "reason": "Once more"}
    change = {"account_number": "777888999", "change_reason": "They said so", "skip_verification": True}
    assert (await retrier.patch(f"/v1/admin/payouts/{payout_id}", json=retry)).status_code == 200
    assert (await retrier.patch(f"/v1/admin/users/{claim.member.id}/banking", json=change)).status_code == 200
    await given._one("UPDATE shield.bank_account SET hold_until = now() RETURNING id")
    await given._one("UPDATE shield.payout SET held_until = now() RETURNING id")
    assert await due(given) == [payout_id]
    await jobs.send_payout(at_once, payout_id=payout_id)

    assert await given.value("SELECT status FROM shield.payout") == "pending"
    assert await given.value("SELECT held_because FROM shield.payout") == promise_rules.PROMISER_CHANGED_ACCOUNT


async def test_trace_numbers_run_out_with_a_sentence(at_once: JobRun, approved: Approved, given: Given) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    await given._one("INSERT INTO shield.trace_sequence VALUES ('99999999', 9999998) RETURNING odfi")
    await jobs.send_payout(at_once, payout_id=payout_id)
    assert await given.value("SELECT trace_number FROM shield.payout_attempt") == "999999999999999"

    other = await given.payout(await approved(), 50_000)
    with pytest.raises(rules.TraceNumbersUsedUp):
        await jobs.send_payout(at_once, payout_id=other)
    assert await given.value("SELECT status FROM shield.payout WHERE id = %(id)s", id=other) == "pending"


async def test_what_waits_in_the_queue_is_not_queued_again(at_once: JobRun, approved: Approved, given: Given) -> None:
    queued = """SELECT jsonb_object_agg(task_name, n) FROM (
        SELECT task_name, count(*) AS n FROM procrastinate.procrastinate_jobs WHERE lock IS NOT NULL GROUP BY 1) t"""
    payout_id = await given.payout(await approved(), 50_000)
    for _ in range(3):
        await jobs.queue_due_payouts(at_once)
    await jobs.send_payout(at_once, payout_id=payout_id)
    for _ in range(3):
        await jobs.queue_settling_payouts(at_once)

    assert await given.value(queued) == {rules.SEND: 1, rules.SETTLE: 1}


async def test_folding_the_tally_changes_no_sum(at_once: JobRun, approved: Approved, given: Given) -> None:
    claim = await approved()
    for status in ("pending", "completed", "cancelled"):
        await given.payout(claim, 100, status=status)
    sums = """SELECT jsonb_object_agg(status, minor)
                FROM (SELECT status, sum(amount_minor) AS minor FROM shield.payout_tally GROUP BY status)"""
    before = await given.value(sums)
    await kept_sums.fold_kept_sums(at_once)

    assert await given.value(sums) == before == {"pending": 100, "completed": 100, "cancelled": 100}


async def test_who_changed_an_account_before_somebody_else_did_still_counts(approved: Approved, given: Given) -> None:
    claim, person = await approved(), await given.admin("super_admin")
    await given._one(
        """
        INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject, address,
                                        agent, request_id, digest)
             VALUES (uuidv7(), now(), 'shield', 'staff', %(by)s, 'x', 'banking.info_updated', %(subject)s, '', '',
                     '', '')
          RETURNING id
        """,
        by=person.id,
        subject=f"banking:{claim.member.id}",
    )
    async with given.read() as db:
        since = promise_rules.since_own_change(datetime.now(UTC))
        assert await promises.has_changed_account(db, claim.member.id, staff_ids=[person.id], since=since)
        assert not await promises.has_changed_account(db, claim.member.id, staff_ids=[person.id + 1], since=since)
