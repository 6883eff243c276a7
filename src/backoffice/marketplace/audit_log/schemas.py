"""What the audit log's doors take and give."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.actor import ActorKind
from backoffice.kernel.web.inputs import LARGEST_ID, or_missing
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.marketplace.audit_log.rules import AuditEntryNotFound

EntryId = Annotated[UUID, or_missing(lambda written: AuditEntryNotFound(entry_id=written))]


class AuditQuery(Paged, default=25):
    """Which entries. Whatever was never given out finds nothing."""

    actor_id: int | None = Field(None, ge=1, le=LARGEST_ID, description="The member of staff who did it")
    user_id: int | None = Field(None, ge=1, le=LARGEST_ID, description="The customer the entry is about")
    action: str | None = Field(None, max_length=60)
    resource_type: str | None = Field(None, max_length=60)
    resource_id: str | None = Field(None, max_length=128)
    request_id: str | None = Field(None, max_length=64)
    search: str | None = Field(None, max_length=64, description="A request's id, as `request_id`")
    from_date: From | None = None
    to_date: Until | None = None
    _period = in_order("from_date", "to_date")


class WhoOut(TypedDict):
    """Who did it. A platform's key or the system itself has no e-mail, and no id among the staff."""

    id: int | None
    type: ActorKind
    name: str
    email: str | None


class ChangeOut(TypedDict):
    field: str
    old_value: Any
    new_value: Any


class EntryOut(TypedDict):
    """`user_id` is the customer whom it is about, if any."""

    id: UUID
    timestamp: datetime
    actor: WhoOut
    action: str
    resource_type: str
    resource_id: str
    user_id: int | None
    changes: list[ChangeOut]
    reason: str | None
    ip_address: str
    user_agent: str
    request_id: str
