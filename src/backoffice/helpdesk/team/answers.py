"""From rows to the shapes of the contract. No database, no decisions."""

from backoffice.helpdesk.team.schemas import WorkloadOut, WorkOut
from backoffice.kernel.database.rows import values_of


def workload_out(row: WorkOut) -> WorkloadOut:
    return WorkloadOut(**values_of(row), utilization=round(100 * row.tickets.active / row.capacity, 1))
