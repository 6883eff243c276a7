"""Each try of a job is told when it happens; jobs by the clock are tried again, and their failures don't pile up."""

import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import procrastinate
import pytest
import structlog
from structlog.testing import capture_logs

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.keeping import KEPT_DAYS, forget_failed_jobs
from backoffice.kernel.jobs.queue import DAY, JobRun, job, periodic
from backoffice.kernel.jobs.trying import MOST_TRIES_OF_A_TURN, Patience, told, wait_for_turn
from backoffice.kernel.jobs.worker import queue_pool
from backoffice.kernel.lanes import JobName, Lane, queue
from backoffice.kernel.telemetry import SaidByUs

BREAK, PASS_ON, LISTEN = (
    JobName("helpdesk.break_down", Lane.SENDING),
    JobName("helpdesk.pass_on", Lane.SENDING),
    JobName("helpdesk.listen", Lane.BULK),
)
STUMBLE = "kernel.stumble"
SOON = "UPDATE procrastinate.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
Work = Callable[[], Awaitable[list[dict[str, Any]]]]
stumbles: list[int] = []
heard: list[JobRun] = []


@job(BREAK, attempts=3)
async def break_down(run: JobRun) -> None:
    raise ConnectionError("nobody answers")


@job(PASS_ON)
async def pass_on(run: JobRun) -> None:
    async with run.write() as tx:
        tx.record("passed on", 1)
        tx.defer(LISTEN)


@job(LISTEN)
async def listen(run: JobRun) -> None:
    heard.append(run)


@periodic(STUMBLE, every_seconds=DAY)
async def stumble(run: JobRun) -> None:
    if stumbles:
        raise ConnectionError(f"stumbled {stumbles.pop()}")


@pytest.fixture
async def work(house: House) -> AsyncIterator[Work]:
    """`await work()`: a worker runs what is due; returns the lines it logged about our jobs."""
    stumbles.clear()
    heard.clear()

    async def run_what_is_due() -> list[dict[str, Any]]:
        async with house.database.write(system("kernel", "tests")) as tx:
            await tx.run(SOON)
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
            await queue.run_worker_async(
                wait=False,
                listen_notify=False,
                install_signal_handlers=False,
                delete_jobs="successful",
                additional_context={"house": house},
            )
        return [line for line in lines if line.get("job") in (BREAK, PASS_ON, LISTEN, STUMBLE)]

    async with queue_pool(house.settings) as pool:
        with queue.replace_connector(procrastinate.PsycopgConnector()):
            await queue.open_async(pool)
            yield run_what_is_due


async def rows(house: House, of: str) -> list[tuple[Any, ...]]:
    async with house.database.read() as db:
        found = await db.connection.execute(
            "SELECT status::text, args FROM procrastinate.procrastinate_jobs WHERE task_name = %(of)s ORDER BY id",
            {"of": of},
        )
        return await found.fetchall()


async def test_every_try_is_told_with_its_failure_and_with_the_request_that_asked_for_it(
    house: House, work: Work
) -> None:
    async with house.database.write(system("helpdesk", "tests"), Context(request_id="asked-1")) as tx:
        tx.record("asked", 1)
        tx.defer(BREAK)
    told = [*await work(), *await work(), *await work()]

    assert [(line["event"], line["tries"]) for line in told] == [
        ("job started", 1),
        ("job failed", 1),
        ("job started", 2),
        ("job failed", 2),
        ("job started", 3),
        ("job gave up", 3),
    ]
    assert {line["asked_by"] for line in told} == {"asked-1"}
    assert {line["cause"] for line in told if line["event"] != "job started"} == {"ConnectionError: nobody answers"}
    assert [line.get("again_in_seconds") for line in told][1::2] == [1, 2, None]


async def test_a_job_queued_by_a_job_goes_back_to_the_same_request(house: House, work: Work) -> None:
    async with house.database.write(system("helpdesk", "tests"), Context(request_id="asked-2")) as tx:
        tx.record("asked", 2)
        tx.defer(PASS_ON)
    told = await work()

    assert [(line["job"], line["event"]) for line in told] == [
        (PASS_ON, "job started"),
        (PASS_ON, "job ended"),
        (LISTEN, "job started"),
        (LISTEN, "job ended"),
    ]
    assert {line["asked_by"] for line in told} == {"asked-2"}
    assert heard[0].context.asked_by == "asked-2"
    assert heard[0].context.request_id.startswith("job-")


async def test_on_a_terminal_jobs_that_go_well_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with capture_logs() as lines:
        async with told("kernel.of_a_test", tries=0, wait=1):
            pass
        with pytest.raises(ConnectionError):
            async with told("kernel.of_a_test", tries=0, wait=1):
                raise ConnectionError

    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("job started", "debug"),
        ("job ended", "debug"),
        ("job started", "debug"),
        ("job failed", "warning"),
    ]


async def test_a_turn_that_fails_is_tried_again_and_leaves_nothing_once_it_succeeds(house: House, work: Work) -> None:
    stumbles.append(1)
    await queue.tasks[STUMBLE].defer_async(timestamp=0)
    told = list(await work())
    while waiting := await rows(house, STUMBLE):
        assert waiting == [("todo", {"timestamp": 0, "tries": 1})]
        told += await work()

    assert [line["event"] for line in told] == ["job started", "job failed", "job started", "job ended"]


async def test_a_turn_that_always_fails_is_given_up_and_of_many_such_turns_one_row_is_left(
    house: House, work: Work
) -> None:
    for turn in range(2):
        stumbles.extend(range(MOST_TRIES_OF_A_TURN))
        await queue.tasks[STUMBLE].defer_async(timestamp=turn)
        while stumbles:
            told = await work()

        assert told[-1]["event"] == "job gave up"
        assert await rows(house, STUMBLE) == [("failed", {"timestamp": turn, "tries": MOST_TRIES_OF_A_TURN - 1})]


@pytest.mark.parametrize(
    ("every", "waits"), [(2, [1, None]), (10, [1, 2, 4, 8, None]), (DAY, [1, 2, 4, 8, None]), (5, [1, 2, 4, None])]
)
def test_a_turn_is_tried_again_only_before_the_next(every: int, waits: list[int | None]) -> None:
    assert [wait_for_turn(tries, every_seconds=every) for tries in range(len(waits))] == waits


def test_a_job_waits_twice_as_long_each_time_up_to_five_minutes() -> None:
    assert [Patience(400).wait_after(tries) for tries in (0, 1, 8, 9, 398, 399)] == [1, 2, 256, 300, 300, None]


async def test_what_gave_up_is_kept_thirty_days_and_what_waits_for_ever(house: House) -> None:
    run = JobRun(house, system("kernel", "tests"), Context(), 0)
    async with house.database.write(run.actor) as tx:
        for name in ("old", "new", "waiting"):
            await tx.run(
                "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name) VALUES ('bulk', %(name)s)",
                name=name,
            )
        for status in ("doing", "failed"):
            await tx.run(
                "UPDATE procrastinate.procrastinate_jobs SET status = %(status)s WHERE task_name <> 'waiting'",
                status=status,
            )
        await tx.run(
            """
            UPDATE procrastinate.procrastinate_events e SET at = now() - make_interval(days => %(days)s::int, mins => 1)
              FROM procrastinate.procrastinate_jobs j WHERE j.id = e.job_id AND j.task_name <> 'new'
            """,
            days=KEPT_DAYS,
        )
    await forget_failed_jobs(run)

    async with house.database.read() as db:
        left = await db.values(str, "SELECT task_name FROM procrastinate.procrastinate_jobs ORDER BY id")
    assert left == ["new", "waiting"]


FAILING = """
import logging, psycopg, structlog, sys
from backoffice.kernel.telemetry import start_logging
start_logging(style="json", level="info")
try:
    with psycopg.connect(sys.argv[1]) as db:
        db.execute("INSERT INTO helpdesk.whatsapp_user (phone) VALUES ('+919876543210'), ('+919876543210')")
except psycopg.Error as failure:
    structlog.get_logger().error("ours", exc_info=failure)
    logging.getLogger("theirs").exception("theirs")
"""


@pytest.mark.parametrize("line", [0, 1])
def test_in_json_logs_a_traceback_is_text_and_shows_no_row_of_the_database(app_url: str, line: int) -> None:
    done = subprocess.run([sys.executable, "-c", FAILING, app_url], capture_output=True, text=True, check=True)
    told = json.loads(done.stderr.splitlines()[line])

    assert told["event"] == ("ours", "theirs")[line]
    assert told["exception"].startswith("Traceback (most recent call last):\n")
    assert "UniqueViolation: duplicate key value" in told["exception"]
    assert "9876543210" not in done.stderr


def test_the_queue_does_not_tell_a_second_time_that_a_job_failed() -> None:
    record = logging.LogRecord("procrastinate.worker", logging.ERROR, "", 0, "Job ended", (), None)
    record.action = "job_error"
    assert not SaidByUs().filter(record)
