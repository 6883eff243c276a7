"""From rows to answers."""

from backoffice.kernel.approval.listing import ListedRow
from backoffice.marketplace.deciding.schemas import ApprovalOut


def approval_out(row: ListedRow) -> ApprovalOut:
    return {
        "id": row.id,
        "act": row.act,
        "subject": row.subject,
        "payload": row.payload,
        "status": row.status,
        "required_permission": row.permission,
        "approvals_required": row.required,
        "approvals_received": row.received,
        "agreed": row.people,
        "opened_at": row.opened_at,
        "expires_at": row.expires_at,
        "ended_at": row.ended_at,
    }
