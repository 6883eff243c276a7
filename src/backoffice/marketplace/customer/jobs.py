"""Every night all sums that are kept with customers and vendors are counted again, and what was wrong is reported.

Each slice is a write of its own that holds its rows first: what is written meanwhile comes before it or after it.
"""

from collections.abc import Callable

import structlog

from backoffice.kernel.database import Query
from backoffice.kernel.jobs.queue import DAY, HOUR, JobRun, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import recounting
from backoffice.marketplace.customer.recounting import Counted

AT_ONCE = 500
AT_NIGHT = 21 * HOUR
"""Half past two in India."""
log = structlog.get_logger("backoffice")


@periodic("marketplace.recount_customers", every_seconds=DAY, at_second=AT_NIGHT, lane=Lane.BULK)
async def recount_customers(run: JobRun) -> None:
    """Mend every sum that drifted; a balance that is not the sum of its ledger is reported and left to people."""
    customers = await _recount_all(run, recounting.recount_customers)
    vendors = await _recount_all(run, recounting.recount_vendors)
    async with run.write() as tx:
        tx.send_ahead(recounting.set_report(tx, customers, vendors))
        tx.record("sums recounted", "all")
    said = {"customers": customers.rows, "vendors": vendors.rows}
    if drifted := customers.drifted + vendors.drifted:
        log.error("kept sums had drifted", drifted=drifted, **said)
    else:
        log.info("kept sums agree with their rows", **said)


async def _recount_all(run: JobRun, recount: Callable[[Tx, int, int], Query[Counted]]) -> Counted:
    """Slice by slice, in the order of their ids."""
    done = Counted(last=0, rows=0, drifted=0)
    while True:
        async with run.write() as tx:
            counted = await recount(tx, done.last, AT_ONCE)
            tx.record("sums recounted", f"after {done.last}")
        if not counted.rows:
            return done
        done = Counted(counted.last, done.rows + counted.rows, done.drifted + counted.drifted)
