"""What the audit log's doors take and give."""

from datetime import datetime
from typing import Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from backoffice.kernel.audit.listing import filtered
from backoffice.kernel.identifiers import LONGEST, uuid_in
from backoffice.kernel.proof.export import Format
from backoffice.kernel.web import QueryString
from backoffice.kernel.web.paging import Paged
from backoffice.kernel.web.periods import From, Until, in_order
from backoffice.shield.audit_log.rules import NOBODY, PERSONS
from backoffice.shield.product import SHIELD, Pagination


class Filters(QueryString):
    """Which entries. An id or action that does not exist finds nothing."""

    admin_id: str | None = Field(None, max_length=LONGEST)
    user_id: str | None = Field(None, max_length=LONGEST, description="The member the entry is about")
    action: str | None = Field(None, max_length=LONGEST)
    date_from: From | None = None
    date_to: Until | None = None
    _period = in_order("date_from", "date_to")

    @property
    def shown(self) -> dict[str, Any]:
        """The filters as the listing names them."""
        return filtered(
            SHIELD.name,
            staff=None if self.admin_id is None else uuid_in("admin", self.admin_id) or NOBODY,
            person=None if self.user_id is None else f"{PERSONS}{self.user_id}",
            action=self.action,
            first=self.date_from,
            past=self.date_to,
        )


class AuditLogQuery(Filters, Paged):
    """A page of the log."""


class ExportQuery(Filters):
    format: Format = Format.CSV


class ChangeOut(TypedDict):
    field: str
    old_value: Any
    new_value: Any


class AuditEntryOut(TypedDict):
    """An entry inside the answer to the act that made it."""

    id: str
    timestamp: datetime
    admin_id: str
    admin_email: NotRequired[str]
    action: str
    changes: list[ChangeOut]
    reason: str | None


class WhoOut(TypedDict):
    """Who did it. A platform's key or the system itself has no e-mail."""

    id: str
    email: str | None
    name: str


class EntryOut(TypedDict):
    id: str
    timestamp: datetime
    admin: WhoOut
    action: str
    resource_type: str
    resource_id: str
    changes: list[ChangeOut]
    reason: str | None
    ip_address: str
    user_agent: str


class EntriesOut(TypedDict):
    entries: list[EntryOut]
    pagination: Pagination
