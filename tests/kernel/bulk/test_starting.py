"""Starting a bulk act, foreseeing it, and starting to take it back."""

from dataclasses import replace
from uuid import UUID

import pytest

from backoffice.kernel.bulk import foresee, start_undo
from backoffice.kernel.bulk.jobs import forget_bulk_words
from backoffice.kernel.bulk.rules import (
    MOST_ROWS,
    BulkNotFound,
    CannotUndo,
    MayNotDo,
    NothingSelected,
    SelectionChanged,
    TooManySelected,
)
from backoffice.kernel.task import NewTask, Status, begin, hold
from tests.kernel.bulk.conftest import ACTS, RUN, Bulk, Params, TrialAct, Unwilling


async def undo(bulk: Bulk, task_id: UUID) -> UUID:
    async with bulk.house.database.write(bulk.person) as tx:
        return await start_undo(tx, await hold(tx, task_id, missing=Unwilling()), acts=ACTS, job=RUN)


async def test_a_selection_names_each_row_once(bulk: Bulk) -> None:
    task_id = await bulk.start("b", "a", "b", expected=2)

    await bulk.work(task_id)

    assert await bulk.audited(TrialAct.DONE) == ["b", "a"]
    assert (await bulk.task(task_id)).metadata == {"act": "trial.do", "format": "csv", "total": 2}


async def test_a_selection_has_rows_not_too_many_and_as_many_as_were_seen(bulk: Bulk) -> None:
    with pytest.raises(NothingSelected):
        await bulk.start()
    with pytest.raises(TooManySelected, match=str(MOST_ROWS)):
        await bulk.start(*map(str, range(MOST_ROWS + 1)))
    with pytest.raises(SelectionChanged, match="Rows expected: 3, rows that fit by now: 2"):
        await bulk.start("a", "b", expected=3)
    assert await bulk.look("SELECT id FROM kernel.task") == []


async def test_who_may_not_do_it_to_one_may_not_start_it(bulk: Bulk) -> None:
    bulk.person = replace(bulk.person, permissions=frozenset())

    with pytest.raises(MayNotDo, match="trial:do"):
        await bulk.start("a")


async def test_what_is_foreseen_says_how_many_would_and_why_others_would_not(bulk: Bulk) -> None:
    subjects = ["a", "no-1", "b", *(f"no-{number}" for number in range(2, 14))]
    async with bulk.house.database.read() as db:
        foreseen = await foresee(db, subjects, Params(), act=ACTS.named("trial.do"), acts=ACTS)

    assert (foreseen.total, foreseen.would) == (15, 2)
    [reason] = foreseen.reasons
    assert (reason.code, reason.message, reason.count) == ("UNWILLING", "This one does not want to", 13)
    assert reason.subjects == [f"no-{number}" for number in range(1, 11)]


async def test_taken_back_is_what_was_done_and_has_an_opposite(bulk: Bulk) -> None:
    task_id = await bulk.start("a", "no-b", "final-c")
    await bulk.work(task_id)

    undo_id = await undo(bulk, task_id)
    await bulk.work(undo_id)

    assert await bulk.audited(TrialAct.UNDONE) == ["a"]
    assert await bulk.file(undo_id) == [
        "id,outcome,code,message",
        "a,done,,",
        "final-c,refused,NO_INVERSE,What was done to it can't be taken back",
    ]
    assert (await bulk.task(undo_id)).metadata["undo_of"] == str(task_id)


async def test_it_is_taken_back_once_and_only_after_its_end(bulk: Bulk) -> None:
    task_id = await bulk.start("a")
    with pytest.raises(CannotUndo, match="not ended"):
        await undo(bulk, task_id)
    await bulk.work(task_id)
    undo_id = await undo(bulk, task_id)

    with pytest.raises(CannotUndo, match="already") as refused:
        await undo(bulk, task_id)
    await bulk.work(undo_id)
    with pytest.raises(CannotUndo, match="opposite"):
        await undo(bulk, undo_id)

    assert refused.value.undone_as == str(undo_id)


async def test_what_changed_nothing_and_what_is_no_bulk_act_cannot_be_taken_back(bulk: Bulk) -> None:
    refused = await bulk.start("no-a")
    await bulk.work(refused)
    async with bulk.house.database.write(bulk.person) as tx:
        tx.record("task asked for", "trial")
        tx.audit(TrialAct.DONE, "nothing")
        other = await begin(tx, NewTask("trial"))

    with pytest.raises(CannotUndo, match="nothing"):
        await undo(bulk, refused)
    with pytest.raises(BulkNotFound):
        await undo(bulk, other)
    assert (await bulk.task(refused)).status is Status.SUCCEEDED


async def test_what_was_said_of_it_is_forgotten_a_day_after_its_end_and_it_is_taken_back_all_the_same(
    bulk: Bulk,
) -> None:
    ended, recent, waiting = await bulk.start("a"), await bulk.start("b"), await bulk.start("c")
    for one in (ended, recent):
        await bulk.work(one)
    await bulk.change(
        "UPDATE kernel.task SET completed_at = completed_at - interval '25 hours' WHERE id = %(id)s", id=ended
    )

    await forget_bulk_words(bulk.run())

    kept = "SELECT task_id FROM kernel.bulk WHERE params IS NOT NULL ORDER BY task_id"
    assert await bulk.look(kept) == [recent, waiting]
    await bulk.work(await undo(bulk, ended))
    assert await bulk.audited(TrialAct.UNDONE) == ["a"]


async def test_once_the_words_are_forgotten_a_retry_says_so_and_taking_back_needs_none(bulk: Bulk) -> None:
    done, left = await bulk.start("a"), await bulk.start("b")
    await bulk.work(done)
    taking_back = await undo(bulk, done)
    for one in (left, taking_back):
        await bulk.cancel(one)
    await bulk.change("UPDATE kernel.task SET completed_at = completed_at - interval '25 hours'")
    await forget_bulk_words(bulk.run())

    again, back_again = await bulk.retry(left), await bulk.retry(taking_back)
    for one in (again, back_again):
        await bulk.work(one)

    assert (await bulk.task(again)).error_code == "WORDS_FORGOTTEN"
    assert (await bulk.task(back_again)).status is Status.SUCCEEDED
    assert await bulk.audited(TrialAct.UNDONE) == ["a"]
