"""From audit entries to the shapes of the contract. No database, no decisions."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.audit.listing import EntryRow
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.identifiers import shown
from backoffice.kernel.web.lock import ENCODING
from backoffice.shield.audit_log.rules import shown_action, shown_value
from backoffice.shield.audit_log.schemas import AuditEntryOut, ChangeOut, EntryOut, WhoOut


def entry_out(entry: Entry, *, admin_id: UUID, admin_email: str) -> AuditEntryOut:
    """The entry that an act of this admin just made, as its answer shows it: with its plain values."""
    return {
        "id": shown("audit", entry.id),
        "timestamp": entry.at,
        "admin_id": shown("admin", admin_id),
        "action": shown_action(entry.action),
        "changes": changes_out(entry.before, entry.after),
        "reason": entry.reason,
        "admin_email": admin_email,
    }


def changes_out(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[ChangeOut]:
    """One line for each field of either side, in their order; a side without the field says null."""
    old, new = before or {}, after or {}
    return [
        {
            "field": field,
            "old_value": shown_value(field, old.get(field)),
            "new_value": shown_value(field, new.get(field)),
        }
        for field in dict.fromkeys((*old, *new))
    ]


def listed_out(row: EntryRow, keys: KeyRing, *, shows_origin: bool = True) -> EntryOut:
    """An entry of the list, its personal values opened where their person's key still exists."""
    kind, _, resource_id = row.subject.partition(":")
    return {
        "id": shown("audit", row.id),
        "timestamp": row.at,
        "admin": _who_out(row),
        "action": shown_action(row.action),
        "resource_type": kind,
        "resource_id": resource_id,
        "changes": changes_out(*row.opened(keys)),
        "reason": row.reason,
        "ip_address": row.address if shows_origin else "",
        "user_agent": row.agent if shows_origin else "",
    }


def _who_out(row: EntryRow) -> WhoOut:
    if row.staff_public_id is None:
        return {"id": row.actor_kind, "email": None, "name": row.actor_label}
    return {"id": shown("admin", row.staff_public_id), "email": row.staff_email, "name": row.staff_name or ""}


def _encoded(value: object) -> str:
    return orjson.dumps(value, option=ENCODING).decode()


COLUMNS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "id": lambda line: line["id"],
    "timestamp": lambda line: _encoded(line["timestamp"]).strip('"'),
    "admin_id": lambda line: line["admin"]["id"],
    "admin_email": lambda line: line["admin"]["email"],
    "admin_name": lambda line: line["admin"]["name"],
    "action": lambda line: line["action"],
    "resource_type": lambda line: line["resource_type"],
    "resource_id": lambda line: line["resource_id"],
    "changes": lambda line: _encoded(line["changes"]),
    "reason": lambda line: line["reason"],
    "ip_address": lambda line: line["ip_address"],
    "user_agent": lambda line: line["user_agent"],
    "seal": lambda line: line["seal"],
    "digest": lambda line: line["digest"],
}
"""The cells of an exported line in a spreadsheet."""
