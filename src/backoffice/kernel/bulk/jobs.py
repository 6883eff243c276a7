"""What staff said of a bulk act is forgotten a day after its end: until then it may be tried again."""

from datetime import timedelta

from backoffice.kernel.bulk import store
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, periodic
from backoffice.kernel.lanes import Lane

WORDS_KEPT = timedelta(hours=24)


@periodic("kernel.forget_bulk_words", every_seconds=HOUR, at_second=43 * MINUTE, lane=Lane.BULK)
async def forget_bulk_words(run: JobRun) -> None:
    """Reasons, notes and messages: they may be about somebody who is erased meanwhile."""
    async with run.write() as tx:
        if count := await store.set_without_words(tx, kept=WORDS_KEPT):
            tx.record("words of bulk acts forgotten", count)
