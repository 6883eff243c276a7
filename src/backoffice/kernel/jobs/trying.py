"""How often a job is tried, and what the log says of each try: its begin, its failure, its end.

job by name      1, 2, 4 ... seconds, at the longest five minutes, until it was tried often enough
job by the clock 1, 2, 4 ... seconds as long as that is before its next turn, at most five times
"""

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import procrastinate
import structlog

from backoffice.kernel.failures import plain
from backoffice.kernel.telemetry import JOBS, is_watched

LONGEST_WAIT_SECONDS = 300
MOST_TRIES_OF_A_TURN = 5
log = structlog.get_logger("backoffice.jobs")


@dataclass(frozen=True, slots=True)
class Patience(procrastinate.BaseRetryStrategy):
    """How long a job waits before it is tried again, until it was tried `attempts` times."""

    attempts: int

    def wait_after(self, tries: int) -> int | None:
        """Seconds to wait once so many tries failed before this one; None when it is given up."""
        if tries + 1 >= self.attempts:
            return None
        return int(min(2 ** min(tries, 20), LONGEST_WAIT_SECONDS))

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate.jobs.Job
    ) -> procrastinate.RetryDecision | None:
        wait = self.wait_after(job.attempts)
        return None if wait is None else procrastinate.RetryDecision(retry_in={"seconds": wait})


def wait_for_turn(tries: int, *, every_seconds: int) -> int | None:
    """The same for a job by the clock: past its next turn nothing is tried again, that turn is the try."""
    wait = 2**tries
    return wait if wait < every_seconds and tries + 1 < MOST_TRIES_OF_A_TURN else None


@contextlib.asynccontextmanager
async def told(job: str, *, tries: int, wait: int | None, quiet: bool = False) -> AsyncIterator[None]:
    """Say that a try begins and how it ends. Jobs by the clock begin and end every few seconds: `quiet`, and on a
    terminal so are all.

    The first failure and the last are told with their traceback, those between them in a line.
    """
    say = log.debug if quiet or is_watched() else log.info
    began = time.monotonic()
    say("job started", tries=tries + 1)
    try:
        yield
    except Exception as failure:
        JOBS.labels(job, "gave_up" if wait is None else "failed").observe(time.monotonic() - began)
        facts = {"tries": tries + 1, "cause": plain(failure), "seconds": round(time.monotonic() - began, 3)}
        if wait is None:
            log.error("job gave up", **facts, exc_info=failure)
        else:
            log.warning("job failed", **facts, again_in_seconds=wait, exc_info=failure if tries == 0 else None)
        raise
    except BaseException:
        JOBS.labels(job, "interrupted").observe(time.monotonic() - began)
        log.warning("job interrupted", tries=tries + 1, seconds=round(time.monotonic() - began, 3))
        raise
    JOBS.labels(job, "done").observe(time.monotonic() - began)
    say("job ended", tries=tries + 1, seconds=round(time.monotonic() - began, 3))
