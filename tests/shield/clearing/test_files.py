"""Files for the bank: their day, their name, what they are made of, what stops them, and files refused as a whole."""

import asyncio
from datetime import date, timedelta

import pytest

from backoffice.kernel.actor import Context
from backoffice.kernel.gateways.banking_days import banking_days_after, today
from backoffice.kernel.gateways.nacha import LARGEST_ENTRY_MINOR, MODIFIERS
from backoffice.kernel.gateways.nacha_reader import read
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.bank_record.intake import take_returns
from backoffice.shield.clearing import actions as clearing
from backoffice.shield.clearing.actions import (
    DayIsOver,
    FileCarriedOut,
    TooManyFiles,
    reject_file,
)
from backoffice.shield.clearing.folder import FOLDER
from backoffice.shield.clearing.writing import CLERK, UnknownFile
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import rules
from tests.blocking import somebody_waits_for
from tests.shield.clearing.test_clearing import first_name, in_file, returned
from tests.shield.conftest import AdminOf
from tests.shield.making import Given
from tests.shield.paying import Approved, all_files, come_due, die_before_writing, run_in
from tests.shield.transfer.test_sending import settle_all

STATUS = "SELECT status FROM shield.payout WHERE id = %(id)s"
CLOSED = "The bank was closed"


async def test_a_file_of_a_day_that_has_passed_is_refused(by_file: House) -> None:
    with pytest.raises(DayIsOver):
        await all_files(by_file, today() - timedelta(days=1))


async def test_a_file_written_late_counts_as_paid_from_the_day_it_was_written(
    by_file: House, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    await given._one("UPDATE shield.nacha_file SET effective_on = effective_on - 30 RETURNING id")
    await all_files(by_file)
    await settle_all(JobRun(by_file, CLERK, Context(), 0))

    assert await given.value("SELECT status FROM shield.payout") == "processing"
    settles_on = banking_days_after(today(), 3) + timedelta(days=1)
    assert await given.value("SELECT settles_on FROM shield.payout_attempt") == settles_on


def test_a_bank_may_return_until_the_second_banking_day_is_over() -> None:
    friday, monday = date(2026, 11, 20), date(2026, 11, 23)

    assert rules.settles_on(monday, written_on=friday) == date(2026, 11, 26)
    assert rules.settles_on(friday, written_on=monday) == date(2026, 11, 28)


async def test_what_the_settings_say_later_changes_no_file_that_was_meant_before(
    by_file: House, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    await given.payout(await approved(70_000), 70_000)
    other = run_in(by_file, nacha_company_name="Renamed Inc", nacha_bank_routing="021000021").house
    before, after = await all_files(other)

    assert "BACKOFFICE SHIELD" in before.path.read_text()
    assert "RENAMED INC" in after.path.read_text()
    assert [before.path.name[:8], after.path.name[:8]] == ["09100001", "02100002"]
    assert await given.value("SELECT array_agg(DISTINCT status) FROM shield.payout_attempt") == ["sent"]


async def test_a_file_that_is_not_written_yet_keeps_its_numbers_sealed_and_a_written_one_keeps_none(
    by_file: House, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    sealed = await given.value("SELECT text_sealed FROM shield.nacha_file")
    assert sealed and b"000123455678" not in sealed
    await all_files(by_file)

    assert await given.value("SELECT num_nulls(text_sealed, text_key_id) FROM shield.nacha_file") == 2


async def test_two_files_of_one_day_have_headers_of_their_own_whatever_day_they_are_for(
    by_file: House, approved: Approved, given: Given
) -> None:
    heads = []
    for days in (0, 1):
        await given.payout(await approved(), 50_000)
        (written,) = await all_files(by_file, today() + timedelta(days=days))
        heads.append(written.path.read_text()[:34])

    assert [(head[23:29], head[33]) for head in heads] == [(f"{today():%y%m%d}", "A"), (f"{today():%y%m%d}", "B")]


async def test_after_36_files_of_a_day_nothing_more_leaves_that_day(
    by_file: House, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    for letter in MODIFIERS:
        await given._one(
            """
            INSERT INTO shield.nacha_file (id, name, odfi, file_date, id_modifier, effective_on, offset_trace, entries,
                                           total_minor, sha256, created_at, written_at)
                 VALUES ('nacha_' || md5(%(letter)s), %(letter)s, '09100001', %(day)s, %(letter)s, %(day)s, %(letter)s,
                         1, 1, '', now(), now())
              RETURNING id
            """,
            letter=letter,
            day=today(),
        )

    with pytest.raises(TooManyFiles):
        await all_files(by_file)
    assert await given.value("SELECT status FROM shield.payout") == "pending"


async def test_what_one_balancing_debit_can_not_cover_goes_into_a_second_file(
    by_file: House, approved: Approved, given: Given
) -> None:
    for _ in range(2):
        await given.payout(await approved(LARGEST_ENTRY_MINOR), LARGEST_ENTRY_MINOR)
    written = await all_files(by_file)

    assert [(one.payouts, one.total_minor) for one in written] == [(1, LARGEST_ENTRY_MINOR)] * 2


async def test_a_large_file_holds_no_member_until_its_end(
    by_file: House, approved: Approved, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "BEGUN_AT_ONCE", 1)
    first, second = sorted([await approved(), await approved()], key=lambda claim: claim.member.id)
    for claim in (first, second):
        await given.payout(claim, 50_000)
    async with given.read() as db:
        await db.connection.execute("BEGIN")
        await db.connection.execute("SELECT FROM shield.member WHERE id = %s FOR UPDATE", [second.member.id])
        writing = asyncio.create_task(all_files(by_file))
        await somebody_waits_for(db)
        async with given.write() as tx:
            await tx.value(str, "SELECT id FROM shield.member WHERE id = %(id)s FOR UPDATE NOWAIT", id=first.member.id)
        await db.connection.execute("ROLLBACK")
        (written,) = await writing

    assert written.payouts == 2


async def test_what_began_in_a_run_that_died_before_its_file_is_in_the_next_file(
    by_file: House, approved: Approved, given: Given
) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    async with given.write() as tx:
        await sending.begin_new(tx, by_file, payout_id, leaving=sending.BY_FILE)
    (written,) = await all_files(by_file)

    assert written.payouts == 1
    assert await given.value("SELECT trace_number FROM shield.payout_attempt") == "091000010000001"


async def test_a_payout_to_a_name_that_no_file_can_hold_waits_for_staff(
    by_file: House, approved: Approved, given: Given
) -> None:
    nameless = await given.payout(await approved(), 50_000)
    await given._one("UPDATE shield.bank_account SET account_holder_name = '🙂' RETURNING id")
    await given.payout(await approved(), 50_000)
    (written,) = await all_files(by_file)

    assert written.payouts == 1
    assert await given.value(STATUS, id=nameless) == "pending"
    assert await given.value("SELECT held_because FROM shield.payout WHERE id = %(id)s", id=nameless) == (
        rules.NAME_UNWRITABLE
    )


async def test_a_return_for_a_file_that_is_not_noted_as_written_has_to_be_read_again(
    by_file: House, approved: Approved, given: Given
) -> None:
    """The file is on the disk, and whoever wrote it died before saying so."""
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    trace = await given.value("SELECT trace_number FROM shield.payout_attempt")
    text = returned(trace, code="R02", cents=50_000)
    (early,) = await take_returns(by_file, text)
    await all_files(by_file)
    (late,) = await take_returns(by_file, text)

    assert early.again and "backoffice payouts file" in early.outcome
    assert (late.again, late.outcome) == (False, "payout failed")


@pytest.mark.parametrize("settled", [False, True])
async def test_a_file_that_the_bank_refused_fails_its_payouts_once_and_they_may_be_tried_again(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf, settled: bool
) -> None:
    payout_id, trace, path = await in_file(approved, given, by_file)
    if settled:
        await come_due(given, await given.value("SELECT id FROM shield.payout_attempt"))
        await settle_all(JobRun(by_file, CLERK, Context(), 0))
    failed = [await reject_file(by_file, path.name, because=CLOSED) for _ in range(2)]

    assert failed == [1, 0]
    assert await given.value(STATUS, id=payout_id) == "failed"
    assert await given.value("SELECT status FROM shield.claim") == "approved"
    assert await given.value("SELECT amount_paid_minor FROM shield.claim") == 0
    assert await given.audited("payout.failed") == [("payout.failed", f"payout:{payout_id}", 0)]
    (line,) = await take_returns(by_file, returned(trace, code="R02", cents=50_000))
    assert "call the bank" in line.outcome
    finance = await admin_of("finance")
    retry = {"action": "retry", "reason": CLOSED}
    undecided = await finance.patch(f"/v1/admin/payouts/{payout_id}", json=retry)
    assert undecided.status_code == 409 and "exceptions" in undecided.json()["error"]["message"]
    (waiting,) = (await finance.get("/v1/admin/payouts/exceptions")).json()["data"]["exceptions"]
    decided = {"decision": "settled_with_bank", "reason": "The bank took nothing of the file"}
    closed = await finance.post(f"/v1/admin/payouts/exceptions/{waiting['id']}/close", json=decided)
    assert closed.status_code == 200, closed.text
    assert (await finance.patch(f"/v1/admin/payouts/{payout_id}", json=retry)).status_code == 403
    other = await admin_of("finance")
    assert (await other.patch(f"/v1/admin/payouts/{payout_id}", json=retry)).status_code == 200
    (again,) = await all_files(by_file)
    assert len(read(again.path.read_text()).batches[0].entries) == 2
    assert await reject_file(by_file, path.name, because=CLOSED) == 0
    assert await given.value(STATUS, id=payout_id) == "processing"


async def test_a_file_that_was_never_written_may_be_given_up(by_file: House, approved: Approved, given: Given) -> None:
    payout_id = await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)

    assert await reject_file(by_file, first_name(), because="The disk is gone") == 1
    assert await all_files(by_file) == []
    assert await given.value(STATUS, id=payout_id) == "failed"


async def test_a_file_that_is_refused_in_the_moment_of_its_writing_leaves_nothing_on_the_disk(
    by_file: House, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    async with given.read() as db:
        await db.connection.execute("BEGIN")
        await db.connection.execute(
            "UPDATE shield.nacha_file SET rejected_at = now(), rejected_because = %s, text_key_id = NULL,"
            " text_sealed = NULL",
            [CLOSED],
        )
        writing = asyncio.create_task(all_files(by_file))
        await somebody_waits_for(db)
        await db.connection.execute("COMMIT")
        written = await writing

    assert written == []
    assert list((by_file.settings.data_folder / FOLDER).iterdir()) == []
    assert await given.value("SELECT written_at FROM shield.nacha_file") is None


async def test_a_file_that_a_run_named_and_did_not_note_is_removed_when_it_is_refused(
    by_file: House, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    path = by_file.settings.data_folder / FOLDER / first_name()
    path.parent.mkdir()
    path.write_text("named, and then the machine stopped")
    await reject_file(by_file, first_name(), because=CLOSED)

    assert not path.exists()


async def test_two_runs_at_once_write_a_file_once(by_file: House, approved: Approved, given: Given) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    runs = await asyncio.gather(all_files(by_file), all_files(by_file))

    assert sorted(len(written) for written in runs) == [0, 1]
    assert [one.name for one in (by_file.settings.data_folder / FOLDER).iterdir()] == [first_name()]


async def test_a_file_of_which_payments_came_back_was_not_refused(
    by_file: House, approved: Approved, given: Given
) -> None:
    _, trace, path = await in_file(approved, given, by_file)
    await take_returns(by_file, returned(trace, code="R02", cents=50_000))

    with pytest.raises(FileCarriedOut):
        await reject_file(by_file, path.name, because=CLOSED)
    assert await given.value("SELECT rejected_at FROM shield.nacha_file") is None
    with pytest.raises(UnknownFile):
        await reject_file(by_file, "nothing.ach", because=CLOSED)
