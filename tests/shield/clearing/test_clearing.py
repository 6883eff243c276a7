"""Files to the bank and back: balanced, written once, and every return carried out once."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.gateways.banking_days import banking_days_after, today
from backoffice.kernel.gateways.nacha_reader import UnreadableFile, read
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.bank_record.intake import take_returns
from backoffice.shield.clearing.folder import FileChanged
from backoffice.shield.clearing.writing import CLERK
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import jobs
from backoffice.shield.transfer.rails import NachaNotSetUp
from backoffice.shield.transfer.rules import TraceNumbersUsedUp
from tests.blocking import somebody_waits_for
from tests.shield.making import Given
from tests.shield.paying import Approved, all_files, come_due, die_before_writing
from tests.shield.transfer.test_sending import settle_all

WIDTH = 94


def returned(trace: str, *, code: str, cents: int, kind: str = "99", corrected: str = "") -> str:
    """A file as the bank sends it: one return, or one notification of change."""
    amount = cents if kind == "99" else 0
    records = [
        "101 0910000191091000019" + "2611241200A094101" + "FIRST BANK".ljust(23) * 2,
        "5200" + "BACKOFFICE SHIEL".ljust(36) + "1912345678PPDRETURN    261124261124   1091000010000001",
        "621021000021" + "1".ljust(17) + f"{amount:010d}" + " " * 37 + "  1" + "021000020000001",
        f"7{kind}{code}{trace}      02100002{corrected:44}021000020000001",
        f"8200000002{2_100_002:010d}{0:012d}{amount:012d}1912345678{' ' * 25}091000010000001",
        f"9000001000001{2:08d}{2_100_002:010d}{0:012d}{amount:012d}",
    ]
    return "\n".join([one.ljust(WIDTH) for one in records] + ["9" * WIDTH] * 4) + "\n"


def first_name() -> str:
    return f"09100001-{today():%Y%m%d}-A.ach"


async def in_file(approved: Approved, given: Given, house: House, cents: int = 50_000) -> tuple[str, str, Path]:
    """A payout that left in a file: its id, its trace number, the file."""
    payout_id = await given.payout(await approved(cents), cents)
    (written,) = await all_files(house)
    trace = await given.value("SELECT trace_number FROM shield.payout_attempt WHERE payout_id = %(id)s", id=payout_id)
    return payout_id, trace, written.path


async def test_the_days_payouts_are_in_one_balanced_file(by_file: House, approved: Approved, given: Given) -> None:
    for cents in (50_000, 1_999):
        await given.payout(await approved(cents), cents)
    await given.payout(await approved(1_000, verified=False), 1_000)
    await given.payout(await approved(1_000), 1_000, method="wire")
    (written,) = await all_files(by_file)
    (batch,) = read(written.path.read_text()).batches

    assert written.path.name == first_name()
    assert (written.payouts, written.total_minor, written.effective_on) == (2, 51_999, banking_days_after(today(), 1))
    assert sorted(one.amount_minor for one in batch.entries) == [1_999, 50_000, 51_999]
    assert [one.trace_number for one in batch.entries] == [f"09100001{place:07d}" for place in (1, 2, 3)]
    assert written.path.stat().st_mode & 0o777 == 0o400
    hashed = await given.value("SELECT sha256 FROM shield.nacha_file")
    assert hashed == hashlib.sha256(written.path.read_bytes()).digest()
    settles_on = banking_days_after(today(), 3) + timedelta(days=1)
    assert await given.value("SELECT array_agg(DISTINCT settles_on) FROM shield.payout_attempt") == [settles_on]


async def test_a_second_run_has_nothing_to_pay_and_a_second_file_its_own_letter(
    by_file: House, approved: Approved, given: Given
) -> None:
    await in_file(approved, given, by_file)
    assert await all_files(by_file) == []
    _, trace, second = await in_file(approved, given, by_file)

    assert second.name.endswith("-B.ach")
    assert trace == "091000010000003"


async def test_a_run_that_died_before_writing_is_finished_by_the_next(
    by_file: House, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    assert await given.value("SELECT status FROM shield.payout_attempt") == "intended"
    (written,) = await all_files(by_file)

    assert written.path.name == first_name()
    assert await given.value("SELECT status FROM shield.payout_attempt") == "sent"


async def test_what_an_interrupted_run_left_is_written_though_no_trace_number_is_left_for_more(
    by_file: House, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    await given.payout(await approved(), 50_000)
    await given._one("UPDATE shield.trace_sequence SET last = 9999999 RETURNING odfi")
    with pytest.raises(TraceNumbersUsedUp):
        await all_files(by_file)

    assert [one.name for one in (by_file.settings.data_folder / "nacha").iterdir()] == [first_name()]
    assert await given.value("SELECT array_agg(status) FROM shield.payout_attempt") == ["sent"]


async def test_a_file_takes_no_payout_that_a_worker_of_the_other_rail_began_a_moment_before(
    by_file: House, approved: Approved, given: Given
) -> None:
    """As in a change of rails, while a worker with the settings of before is still at work."""
    first, second = sorted([await approved(), await approved()], key=lambda claim: claim.member.id)
    for claim in (first, second):
        await given.payout(claim, 50_000)
    late = await given.value("SELECT id FROM shield.payout WHERE claim_id = %(id)s", id=second.id)
    async with given.read() as db:
        await db.connection.execute("BEGIN")
        await db.connection.execute("SELECT FROM shield.member WHERE id = %s FOR UPDATE", [first.member.id])
        writing = asyncio.create_task(all_files(by_file))
        await somebody_waits_for(db)
        async with given.write() as tx:
            await sending.begin(tx, by_file, late, leaving=sending.BY_SANDBOX)
        await db.connection.execute("ROLLBACK")
        (written,) = await writing

    assert (written.payouts, written.total_minor) == (1, 50_000)
    assert await given.value("SELECT array_agg(rail ORDER BY rail) FROM shield.payout_attempt") == ["nacha", "sandbox"]


async def test_a_file_is_never_written_over(by_file: House, approved: Approved, given: Given) -> None:
    path = by_file.settings.data_folder / "nacha" / first_name()
    path.parent.mkdir(parents=True)
    path.write_text("another file")
    await given.payout(await approved(), 50_000)

    with pytest.raises(FileChanged):
        await all_files(by_file)
    assert path.read_text() == "another file"


async def test_the_file_completes_after_two_banking_days_without_a_return(
    by_file: House, approved: Approved, given: Given
) -> None:
    payout_id, _, _ = await in_file(approved, given, by_file)
    run = JobRun(by_file, system("shield", "tests"), Context(), 0)
    attempt_id = await given.value("SELECT id FROM shield.payout_attempt")
    await settle_all(run)
    await jobs.settle_payout(run, attempt_id=attempt_id)
    assert await given.value("SELECT status FROM shield.payout") == "processing"
    await come_due(given, attempt_id)
    await settle_all(run)

    assert await given.value("SELECT status FROM shield.payout WHERE id = %(id)s", id=payout_id) == "completed"


@pytest.mark.parametrize(("code", "verified"), [("R02", False), ("R20", False), ("R06", True)])
async def test_a_return_fails_the_payout_and_unverifies_where_its_code_says_so(
    by_file: House, approved: Approved, given: Given, code: str, verified: bool
) -> None:
    _, trace, _ = await in_file(approved, given, by_file)
    (line,) = await take_returns(by_file, returned(trace, code=code, cents=50_000))

    assert (line.code, line.outcome) == (code, "payout failed")
    assert await given.value("SELECT status FROM shield.payout") == "failed"
    assert (await given.value("SELECT verified_at FROM shield.bank_account") is not None) is verified


async def test_a_late_return_takes_back_a_completed_payout_and_its_paid_claim_once(
    by_file: House, approved: Approved, given: Given
) -> None:
    _, trace, _ = await in_file(approved, given, by_file)
    await come_due(given, await given.value("SELECT id FROM shield.payout_attempt"))
    await settle_all(JobRun(by_file, CLERK, Context(), 0))
    assert await given.value("SELECT status FROM shield.claim") == "paid"
    text = returned(trace, code="R06", cents=50_000)
    outcomes = [(await take_returns(by_file, text))[0].outcome for _ in range(2)]

    assert outcomes == ["payout failed", "known already"]
    assert await given.value("SELECT status FROM shield.payout") == "failed"
    assert await given.value("SELECT status FROM shield.claim") == "approved"
    assert await given.value("SELECT amount_paid_minor FROM shield.claim") == 0


async def test_a_notification_of_change_fails_nothing_and_stops_the_next_payout(
    by_file: House, approved: Approved, given: Given
) -> None:
    _, trace, _ = await in_file(approved, given, by_file)
    text = returned(trace, code="C01", cents=0, kind="98", corrected="1918171614")
    outcomes = [(await take_returns(by_file, text))[0].outcome for _ in range(2)]

    assert outcomes == ["account waits for its correction", "known already"]
    assert await given.value("SELECT status FROM shield.payout") == "processing"
    assert await given.value("SELECT correction_pending FROM shield.bank_account") is True
    sealed = await given.value("SELECT correction_sealed FROM shield.payout_attempt")
    assert b"1918171614" not in sealed


async def test_a_return_does_not_touch_an_account_that_was_replaced_since(
    by_file: House, approved: Approved, given: Given
) -> None:
    _, trace, _ = await in_file(approved, given, by_file)
    account_id = await given.value("SELECT id FROM shield.bank_account")
    key_id, sealed = given.house.keys.encrypt(b"777888999", bound_to=account_id)
    await given._one(
        "UPDATE shield.bank_account SET account_key_id = %(key_id)s, account_sealed = %(sealed)s RETURNING id",
        key_id=key_id,
        sealed=sealed,
    )
    await take_returns(by_file, returned(trace, code="R02", cents=50_000))

    assert await given.value("SELECT status FROM shield.payout") == "failed"
    assert await given.value("SELECT verified_at FROM shield.bank_account") is not None


async def test_what_does_not_fit_is_left_for_staff(by_file: House, approved: Approved, given: Given) -> None:
    _, trace, _ = await in_file(approved, given, by_file)
    offset = await given.value("SELECT offset_trace FROM shield.nacha_file")
    outcomes = [
        (await take_returns(by_file, returned(number, code="R02", cents=cents)))[0].outcome
        for number, cents in ((trace, 49_999), ("091000019999999", 50_000), (offset, 50_000))
    ]

    assert outcomes[:2] == [
        "left for staff: The returned amount is not ours",
        "left for staff: No payment of ours has this trace number",
    ]
    assert outcomes[2].endswith("call the bank")
    assert await given.value("SELECT status FROM shield.payout") == "processing"


async def test_nothing_of_a_bent_file_is_carried_out(by_file: House, approved: Approved, given: Given) -> None:
    _, trace, _ = await in_file(approved, given, by_file)
    with pytest.raises(UnreadableFile):
        await take_returns(by_file, returned(trace, code="R02", cents=50_000).replace("0000050000", "0000050001", 1))

    assert await given.value("SELECT status FROM shield.payout") == "processing"


async def test_a_house_without_a_bank_says_what_is_missing(house: House) -> None:
    with pytest.raises(NachaNotSetUp, match="PAYOUT_RAIL"):
        await all_files(house)
