"""Why a selection is no selection. Pure: no SQL, no clock, no HTTP."""

from backoffice.kernel.errors import Invalid
from backoffice.kernel.lanes import JobName, Lane

RUN_BULK = JobName("marketplace.run_bulk", Lane.BULK)


class SelectionUnclear(Invalid):
    """Say which rows by ids or by a filter of the list: one of the two"""


class ExpectedCountMissing(Invalid):
    """Rows that a filter chooses need expected_count: how many of them you saw, as a preview tells"""
