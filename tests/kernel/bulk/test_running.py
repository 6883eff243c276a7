"""Working through a bulk act: each row once, as whoever started it, whatever happens to the others or to the worker."""

import asyncio

import pytest

from backoffice.kernel.bulk import Kept, One
from backoffice.kernel.errors import Unavailable
from backoffice.kernel.export import Format
from backoffice.kernel.task import Status
from backoffice.kernel.write import Tx
from tests.kernel.bulk.conftest import Bulk, Params, TrialAct, acts_of, do


async def test_each_row_is_done_and_those_that_refuse_stop_no_other(bulk: Bulk) -> None:
    task_id = await bulk.start("a", "no-b", "c")

    await bulk.work(task_id)

    task = await bulk.task(task_id)
    assert (task.status, task.rows_processed, task.total_rows) == (Status.SUCCEEDED, 3, 3)
    assert await bulk.audited(TrialAct.DONE) == ["a", "c"]
    assert await bulk.counts(task_id) == {"done": 2, "refused": 1}
    assert await bulk.file(task_id) == [
        "id,outcome,code,message",
        "a,done,,",
        "no-b,refused,UNWILLING,This one does not want to",
        "c,done,,",
    ]


async def test_the_file_is_written_as_was_wanted(bulk: Bulk) -> None:
    task_id = await bulk.start("a", form=Format.JSON)

    await bulk.work(task_id)

    assert await bulk.file(task_id) == ['{"id":"a","outcome":"done","code":null,"message":null}']
    assert ((await bulk.task(task_id)).file_name or "").startswith("trial-do-")


async def test_a_row_that_fails_for_a_reason_of_ours_is_noted_and_the_next_are_done(bulk: Bulk) -> None:
    async def break_at_b(tx: Tx, one: One[Params]) -> Kept | None:
        if one.subject == "b":
            raise ValueError("a bug")
        return await do(tx, one)

    task_id = await bulk.start("a", "b", "c")

    await bulk.work(task_id, acts_of(break_at_b))

    assert await bulk.audited(TrialAct.DONE) == ["a", "c"]
    assert (await bulk.file(task_id))[2].startswith("b,failed,INTERNAL_ERROR,")


async def test_a_row_that_others_hold_is_tried_again_and_never_stops_the_next(bulk: Bulk) -> None:
    tries = {"a": 0, "b": 0}

    async def held_for_a_while(tx: Tx, one: One[Params]) -> Kept | None:
        if one.subject in tries:
            tries[one.subject] += 1
        if one.subject == "b" or tries["a"] == 1:
            await tx.run("SET LOCAL statement_timeout = '1ms'")
            await tx.run("SELECT pg_sleep(1)")
        return await do(tx, one)

    task_id = await bulk.start("a", "b", "c")

    await bulk.work(task_id, acts_of(held_for_a_while))

    assert (await bulk.task(task_id)).status == Status.SUCCEEDED
    assert tries == {"a": 2, "b": 3}
    assert await bulk.audited(TrialAct.DONE) == ["a", "c"]
    assert (await bulk.file(task_id))[2] == "b,failed,ROW_HELD,Somebody else was at work on it all the time: try again"


async def test_whoever_lost_the_permission_meanwhile_stops_the_rest(bulk: Bulk) -> None:
    async def demote_at_b(tx: Tx, one: One[Params]) -> Kept | None:
        kept = await do(tx, one)
        if one.subject == "b":
            await bulk.take_permission()
        return kept

    task_id = await bulk.start("a", "b", "c", "d")

    await bulk.work(task_id, acts_of(demote_at_b))

    task = await bulk.task(task_id)
    assert (task.status, task.error_code, task.error_is_retryable) == (Status.FAILED, "PERMISSION_LOST", False)
    assert await bulk.audited(TrialAct.DONE) == ["a", "b"]
    assert await bulk.counts(task_id) == {"done": 2, "waiting": 2}


async def test_an_act_runs_with_what_its_starter_may_do_now(bulk: Bulk) -> None:
    seen: list[tuple[str, str, bool]] = []

    async def look(tx: Tx, one: One[Params]) -> None:
        seen.append((tx.actor.label, tx.actor.role, tx.actor.can("trial:do")))

    task_id = await bulk.start("a")
    await bulk.work(task_id, acts_of(look))

    assert seen == [("starter", "support", True)]


async def test_cancelled_in_the_middle_no_further_row_is_changed(bulk: Bulk) -> None:
    reached = asyncio.Event()

    async def tell_of_b(tx: Tx, one: One[Params]) -> Kept | None:
        if one.subject == "b":
            reached.set()
        return await do(tx, one)

    task_id = await bulk.start("a", "b", *(f"c{number}" for number in range(500)))
    working = asyncio.create_task(bulk.work(task_id, acts_of(tell_of_b)))
    await reached.wait()

    await bulk.cancel(task_id)
    counts = await bulk.counts(task_id)
    await working

    assert (await bulk.task(task_id)).status is Status.CANCELLED
    assert await bulk.counts(task_id) == counts, "from the moment it was cancelled"
    assert counts["waiting"] > 0
    assert len(await bulk.audited(TrialAct.DONE)) == counts["done"]


async def test_a_worker_that_ends_in_a_row_leaves_it_undone_and_the_next_does_all_that_is_left_once(
    bulk: Bulk,
) -> None:
    reached = asyncio.Event()

    async def hang_at_b(tx: Tx, one: One[Params]) -> Kept | None:
        kept = await do(tx, one)
        if one.subject == "b":
            await tx.ready()
            reached.set()
            await asyncio.Event().wait()
        return kept

    task_id = await bulk.start("a", "b", "c")
    dying = asyncio.create_task(bulk.work(task_id, acts_of(hang_at_b)))
    await reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await bulk.counts(task_id) == {"done": 1, "waiting": 2}

    await bulk.work(task_id)

    assert await bulk.audited(TrialAct.DONE) == ["a", "b", "c"]
    assert ((await bulk.task(task_id)).status, await bulk.counts(task_id)) == (Status.SUCCEEDED, {"done": 3})


async def test_two_workers_on_one_task_do_no_row_twice(bulk: Bulk) -> None:
    """The one that was taken for dead goes on: once another has begun, none of its rows counts."""
    subjects = [f"a{number}" for number in range(40)]
    task_id = await bulk.start(*subjects)

    await asyncio.gather(bulk.work(task_id), bulk.work(task_id))

    assert await bulk.audited(TrialAct.DONE) == subjects
    assert await bulk.counts(task_id) == {"done": 40}


async def test_what_is_away_for_a_moment_is_tried_again_with_the_rows_that_are_left(bulk: Bulk) -> None:
    async def away_at_b(tx: Tx, one: One[Params]) -> Kept | None:
        if one.subject == "b":
            raise Unavailable
        return await do(tx, one)

    task_id = await bulk.start("a", "b")
    with pytest.raises(Unavailable):
        await bulk.work(task_id, acts_of(away_at_b), attempt=0)
    assert await bulk.counts(task_id) == {"done": 1, "waiting": 1}

    await bulk.work(task_id)

    assert await bulk.audited(TrialAct.DONE) == ["a", "b"]


async def test_a_bulk_act_that_was_cancelled_is_tried_again_with_what_was_left(bulk: Bulk) -> None:
    task_id = await bulk.start("a", "b", "c")
    await bulk.change(
        "UPDATE kernel.bulk_row SET outcome = 'done', ended_at = clock_timestamp()"
        " WHERE task_id = %(id)s AND subject = 'a'",
        id=task_id,
    )
    await bulk.cancel(task_id)
    again = await bulk.retry(task_id)

    await bulk.work(again)

    assert await bulk.audited(TrialAct.DONE) == ["b", "c"]
    assert await bulk.counts(again) == {"done": 2}
    assert (await bulk.task(again)).status is Status.SUCCEEDED


async def test_when_nothing_was_left_a_retry_says_so(bulk: Bulk) -> None:
    task_id = await bulk.start("a")
    await bulk.cancel(task_id)
    again = await bulk.retry(task_id)
    await bulk.change("DELETE FROM kernel.bulk WHERE task_id = %(id)s", id=task_id)

    await bulk.work(again)

    assert (await bulk.task(again)).error_code == "NOTHING_LEFT"
