"""The audit log's doors."""

from typing import Any

from backoffice.kernel.audit import listing
from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.marketplace.audit_log import rules
from backoffice.marketplace.audit_log.answers import entry_out
from backoffice.marketplace.audit_log.schemas import AuditQuery, EntryId, EntryOut
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success

door = Doors(MARKETPLACE, tag="Audit log", prefix="/api/v1/admin/audit")


@door.get("", permission=Market.AUDIT_READ)
async def list_audit_entries(query: AuditQuery, db: Db, call: Call) -> Listed[EntryOut]:
    """What was done, newest first, with the names of whoever did it."""
    rows, total = await listing.LOG.page(db, query, call, **await _shown(query, db))
    shows_pii = call.caller.can(Market.USERS_VIEW_PII)
    entries = [entry_out(row, call.house.keys, shows_pii=shows_pii) for row in rows]
    return {"success": True, "data": entries, "meta": meta(query.number, query.size, total=total)}


async def _shown(query: AuditQuery, db: Db) -> dict[str, Any]:
    """The filters as the listing names them. An id alone is one of any kind of thing; with its kind an index has it."""
    subject, subjects = None, None
    if query.resource_id is not None and query.resource_type is not None:
        subject = f"{query.resource_type}:{query.resource_id}"
    elif query.resource_id is not None:
        subjects = rules.subjects_of(query.resource_id, actions=await listing.list_actions(db, MARKETPLACE.name))
    return listing.filtered(
        MARKETPLACE.name,
        staff_id=query.actor_id,
        person=None if query.user_id is None else f"{rules.PERSONS}{query.user_id}",
        action=None if query.action is None else query.action.replace(".", "_"),
        kind=query.resource_type if subject is None else None,
        subject=subject,
        subjects=subjects,
        request=query.request_id or query.search,
        first=query.from_date,
        past=query.to_date,
    )


@door.get("/actions", permission=Market.AUDIT_READ)
async def list_audit_actions(db: Db) -> Success[list[str]]:
    """Every act that the log holds."""
    return success(await listing.list_actions(db, MARKETPLACE.name))


@door.get("/resource-types", permission=Market.AUDIT_READ)
async def list_audit_resource_types(db: Db) -> Success[list[str]]:
    """Every kind of thing that an entry of the log is about."""
    actions = await listing.list_actions(db, MARKETPLACE.name)
    return success(list(dict.fromkeys(rules.kind_of(action) for action in actions)))


@door.get("/{entry_id}", permission=Market.AUDIT_READ, errors=[rules.AuditEntryNotFound])
async def get_audit_entry(entry_id: EntryId, db: Db, call: Call) -> Success[EntryOut]:
    """One entry."""
    missing = rules.AuditEntryNotFound(entry_id=str(entry_id))
    row = await listing.get_entry(db, entry_id, product=MARKETPLACE.name, missing=missing)
    return success(entry_out(row, call.house.keys, shows_pii=call.caller.can(Market.USERS_VIEW_PII)))
