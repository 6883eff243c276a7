"""What the list of approvals takes and gives."""

from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import TypedDict

from backoffice.kernel.approval.rules import Status
from backoffice.kernel.web.paging import Paged


class ApprovalsQuery(Paged, default=25):
    waiting: bool | None = None
    status: Status | None = None


class ApprovalOut(TypedDict):
    """An act that needs several people. `agreed` are those who have agreed so far, to what `payload` says."""

    id: UUID
    act: str
    subject: str
    payload: dict[str, Any]
    status: Status
    required_permission: str
    approvals_required: int
    approvals_received: int
    agreed: list[str]
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None
