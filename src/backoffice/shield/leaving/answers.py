"""From rows to the shapes of the contract. No database, no decisions."""

from uuid import UUID

from backoffice.kernel.identifiers import shown
from backoffice.shield.leaving.store import DeactivationRow
from backoffice.shield.member.schemas import DeactivationOut


def deactivation_out(row: DeactivationRow, by: UUID) -> DeactivationOut:
    return {
        "date": row.effective_at,
        "reason": row.reason,
        "reason_details": row.reason_details,
        "deactivated_by": shown("admin", by),
        "notification_sent": row.notification_sent,
    }
