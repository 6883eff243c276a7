"""After a restore to before payouts left: nothing is sent again, before the release or after it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import procrastinate
import pytest

from backoffice.kernel import recovery
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.jobs.worker import queue_pool
from backoffice.kernel.journal import hold
from backoffice.kernel.journal.book import Kind, line
from backoffice.kernel.journal.hold import HouseHeld
from backoffice.kernel.lanes import Lane, queue
from backoffice.kernel.recovery.jobs import keep_journal
from backoffice.shield.clearing.writing import fetch_file
from backoffice.shield.promise import store as promises
from backoffice.shield.transfer import jobs
from backoffice.shield.transfer.losing import NothingLost, settle_lost
from tests.restoring import Past
from tests.shield.making import Given
from tests.shield.paying import Approved, all_files, die_before_writing

Work = Callable[[], Awaitable[None]]


@pytest.fixture
def past(clean: EmbeddedServer) -> Iterator[Past]:
    with Past(clean) as remembered:
        yield remembered


@pytest.fixture
async def work(at_once: JobRun) -> AsyncIterator[Work]:
    """`await work()`: what is due is queued, and a worker sends it."""

    async def run_what_is_due() -> None:
        await jobs.queue_due_payouts(at_once)
        await queue.run_worker_async(
            queues=[Lane.SENDING],
            wait=False,
            listen_notify=False,
            install_signal_handlers=False,
            delete_jobs="successful",
            additional_context={"house": at_once.house, "opened": recovery.settle_if_held},
        )

    async with queue_pool(at_once.house.settings) as pool:
        with queue.replace_connector(procrastinate.PsycopgConnector()):
            await queue.open_async(pool)
            yield run_what_is_due


def at_the_rail(given: Given) -> int:
    return len(list((given.house.settings.data_folder / "sandbox-rail").iterdir()))


async def test_five_payouts_that_left_after_the_moment_are_not_sent_again(
    at_once: JobRun, approved: Approved, given: Given, past: Past, work: Work
) -> None:
    for number in range(5):
        await given.payout(await approved(number=f"00012345567{number}"), 50_000)
    await keep_journal(at_once)
    past.remember()
    await work()
    assert at_the_rail(given) == 5

    ids = await given.value("SELECT array_agg(id ORDER BY id) FROM shield.payout_attempt")

    past.restore()
    report = await recovery.after(given.house.settings)
    async with given.house.database.write(recovery.RESTORER) as tx:
        await tx.run("UPDATE shield.payout_attempt SET started_at = started_at - interval '2 minutes'")
        tx.record("two minutes later", 0)
    await work()

    assert await given.value("SELECT array_agg(id ORDER BY id) FROM shield.payout_attempt") == ids
    assert await given.value("SELECT array_agg(DISTINCT status) FROM shield.payout_attempt") == ["intended"]
    assert await given.value("SELECT count(*) FROM kernel.held_job") == 5
    assert (report.sent, report.to_look_at) == ({"shield.send_payout": 5}, [])
    assert at_the_rail(given) == 5

    async with given.house.database.write(recovery.RESTORER) as tx:
        held = await hold.lock_hold(tx)
        assert held is not None
        await hold.let_go(tx)
        await hold.set_released(tx, held.id)
        tx.record("released", held.id)
    await work()

    assert await given.value("SELECT array_agg(DISTINCT status) FROM shield.payout_attempt") == ["sent"]
    assert at_the_rail(given) == 5


async def test_a_payout_that_the_database_never_heard_of_is_named_with_its_claim_to_look_at(
    at_once: JobRun, approved: Approved, given: Given, past: Past, work: Work
) -> None:
    claim = await approved()
    past.remember()
    payout_id = await given.payout(claim, 50_000)
    await work()
    past.restore()

    (sentence,) = (await recovery.after(given.house.settings)).to_look_at

    assert payout_id in sentence
    assert "500.00" in sentence
    async with given.read() as db:
        assert await promises.has_lost_payout(db, claim.id)

    attempt_id = await given.value("SELECT attempt_id FROM shield.lost_payout")
    await settle_lost(given.house, attempt_id, because="The member sent it back")
    with pytest.raises(NothingLost):
        await settle_lost(given.house, attempt_id, because="again")
    assert (await recovery.after(given.house.settings)).to_look_at == []
    async with given.read() as db:
        assert not await promises.has_lost_payout(db, claim.id)


async def test_a_file_for_the_bank_is_known_again_with_its_name_and_its_trace_numbers(
    by_file: House, approved: Approved, given: Given, past: Past
) -> None:
    for number in range(2):
        await given.payout(await approved(number=f"00012345567{number}"), 50_000)
    past.remember()
    (written,) = await all_files(by_file)
    stood = """
        SELECT string_agg(a.id || a.trace_number || a.status || f.name, ',' ORDER BY a.id)
          FROM shield.payout_attempt a JOIN shield.nacha_file f ON f.id = a.nacha_file_id
    """
    before = await given.value(stood)
    past.restore()
    last = "SELECT max(last) FROM shield.trace_sequence"
    assert await given.value(last) is None

    report = await recovery.after(by_file.settings)

    assert report.to_look_at == []
    assert await given.value(stood) == before
    assert await given.value(last) == 3
    assert written.path.name in await given.value("SELECT name FROM shield.nacha_file")
    with pytest.raises(HouseHeld):
        await all_files(by_file)
    with pytest.raises(HouseHeld):
        await fetch_file(by_file, written.path.name)
    assert await fetch_file(by_file, written.path.name, to_compare=True) == written.path.read_bytes()
    (question,) = await recovery.compare(by_file)
    assert question == f"file {written.path.name}, 2 payouts, 1000.00: has the bank got it?"


async def test_a_file_that_was_only_intended_by_the_moment_and_left_after_it_is_not_written_once_more(
    by_file: House, approved: Approved, given: Given, past: Past
) -> None:
    await given.payout(await approved(), 50_000)
    await die_before_writing(by_file)
    past.remember()
    (written,) = await all_files(by_file)
    past.restore()

    await recovery.after(by_file.settings)
    (question,) = await recovery.compare(by_file)
    async with given.house.database.write(recovery.RESTORER) as tx:
        held = await hold.lock_hold(tx)
        assert held is not None
        await hold.set_released(tx, held.id)
        tx.record("released", held.id)

    assert question == f"file {written.path.name}, 1 payouts, 500.00: has the bank got it?"
    assert await all_files(by_file) == []
    assert await given.value("SELECT array_agg(status) FROM shield.payout_attempt") == ["sent"]


async def test_a_promoted_server_that_lacks_the_last_second_is_held_though_another_machine_marked_it_meanwhile(
    at_once: JobRun, approved: Approved, given: Given, past: Past, work: Work
) -> None:
    await given.payout(await approved(), 50_000)
    await keep_journal(at_once)
    past.remember()
    await work()
    reached = await given.value("SELECT last_value FROM procrastinate.procrastinate_jobs_id_seq")
    past.restore()
    async with given.house.database.write(recovery.RESTORER) as tx:
        ahead = "SELECT kernel.advance_sequence('procrastinate.procrastinate_jobs_id_seq', %(past)s)"
        await tx.value(int, ahead, past=reached + 32)
        await tx.run("UPDATE kernel.journal_mark SET number = number + 5, at = at + interval '2 hours'")
        tx.record("marked by another machine", 0)
    await given.house.hold_if_behind()
    assert await given.value("SELECT count(*) FROM kernel.hold") == 0

    number = await given.value("SELECT number FROM kernel.journal_mark")
    await given.house.journal.write(line(Kind.MARK, number=number, sequences={}, server="7/1"))
    await keep_journal(at_once)
    await work()

    assert await given.value("SELECT count(*) FROM kernel.hold WHERE released_at IS NULL") == 1
    assert at_the_rail(given) == 1
    await keep_journal(at_once)
    (last,) = [one for one in given.house.journal.tail() if one["kind"] == Kind.MARK][-1:]
    assert last["server"] != "7/1"


async def test_a_worker_that_runs_while_another_server_is_promoted_looks_before_anything_leaves(
    at_once: JobRun, approved: Approved, given: Given, past: Past, work: Work
) -> None:
    await given.payout(await approved(), 50_000)
    await keep_journal(at_once)
    past.remember()
    await work()
    past.restore()
    at_once.house.journal.server = "7/1"

    await work()

    assert at_the_rail(given) == 1
    assert await given.value("SELECT count(*) FROM kernel.hold WHERE settled_at IS NOT NULL") == 1
    assert at_once.house.journal.server != "7/1"


async def test_a_database_restored_by_plain_tools_is_held_by_the_first_process_that_opens_it(
    at_once: JobRun, approved: Approved, given: Given, past: Past, work: Work
) -> None:
    await given.payout(await approved(), 50_000)
    past.remember()
    await work()

    past.restore()
    await given.house.hold_if_behind()
    await work()

    assert await given.value("SELECT count(*) FROM kernel.hold WHERE released_at IS NULL") == 1
    assert at_the_rail(given) == 1


async def test_a_database_restored_to_a_moment_between_two_marks_of_the_journal_is_held(
    at_once: JobRun, approved: Approved, given: Given, past: Past, work: Work
) -> None:
    await given.payout(await approved(), 50_000)
    await jobs.queue_due_payouts(at_once)
    await keep_journal(at_once)
    past.remember()
    await work()
    past.restore()

    await given.house.hold_if_behind()
    await work()

    assert at_the_rail(given) == 1
    assert await given.value("SELECT count(*) FROM kernel.hold WHERE released_at IS NULL") == 1


async def test_a_database_that_lost_only_the_try_of_a_job_that_was_running_is_held(
    at_once: JobRun, approved: Approved, given: Given, past: Past, work: Work
) -> None:
    await given.payout(await approved(), 50_000)
    await jobs.queue_due_payouts(at_once)
    await keep_journal(at_once)
    past.remember()
    await work()
    past.restore()
    async with given.house.database.write(recovery.RESTORER) as tx:
        await tx.run("UPDATE procrastinate.procrastinate_jobs SET status = 'doing'")
        tx.record("it was running at the moment", 0)

    await given.house.hold_if_behind()

    assert await given.value("SELECT count(*) FROM kernel.hold WHERE released_at IS NULL") == 1


async def test_what_left_after_a_release_is_made_known_again_when_the_moment_was_before_it(
    at_once: JobRun, approved: Approved, given: Given, past: Past, work: Work
) -> None:
    await given.payout(await approved(), 50_000)
    await recovery.settle(given.house)
    await recovery.compare(given.house)
    await keep_journal(at_once)
    past.remember()
    async with given.house.database.write(recovery.RESTORER) as tx:
        held = await hold.lock_hold(tx)
        assert held is not None
        await hold.set_released(tx, held.id)
        tx.record("released", held.id)
    await work()
    ids = await given.value("SELECT array_agg(id ORDER BY id) FROM shield.payout_attempt")
    past.restore()

    await given.house.hold_if_behind()
    assert await given.value("SELECT compared_at IS NULL FROM kernel.hold WHERE released_at IS NULL")
    await recovery.settle_if_held(given.house)

    assert await given.value("SELECT array_agg(id ORDER BY id) FROM shield.payout_attempt") == ids
