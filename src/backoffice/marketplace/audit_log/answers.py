"""From audit entries to the shapes of the answers."""

from collections.abc import Mapping
from typing import Any

from backoffice.kernel.actor import ActorKind
from backoffice.kernel.audit.listing import EntryRow
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.marketplace.audit_log.rules import PERSONS
from backoffice.marketplace.audit_log.schemas import ChangeOut, EntryOut, WhoOut
from backoffice.marketplace.masking import masked_email, masked_phone

MASKED = {"email": masked_email, "phone": masked_phone}
"""Fields of entries that are masked like the customer's own."""


def entry_out(row: EntryRow, keys: KeyRing, *, shows_pii: bool) -> EntryOut:
    """An entry, its personal values opened where their person's key still exists. Addresses may be masked."""
    kind, _, resource_id = row.subject.partition(":")
    person = row.data_subject or ""
    return {
        "id": row.id,
        "timestamp": row.at,
        "actor": _who_out(row),
        "action": row.action,
        "resource_type": kind,
        "resource_id": resource_id,
        "user_id": int(person.removeprefix(PERSONS)) if person.startswith(PERSONS) else None,
        "changes": _changes_out(row, keys, shows_pii=shows_pii),
        "reason": row.reason,
        "ip_address": row.address,
        "user_agent": row.agent,
        "request_id": row.request_id,
    }


def _who_out(row: EntryRow) -> WhoOut:
    kind = ActorKind(row.actor_kind)
    if kind is not ActorKind.STAFF:
        return {"id": None, "type": kind, "name": row.actor_label, "email": None}
    return {"id": row.actor_id, "type": kind, "name": row.staff_name or row.actor_label, "email": row.staff_email}


def _changes_out(row: EntryRow, keys: KeyRing, *, shows_pii: bool) -> list[ChangeOut]:
    """One line for each field of either side, in their order; a side without the field says null."""
    old, new = (side if shows_pii else _masked(side) for side in row.opened(keys))
    fields = dict.fromkeys((*old, *new))
    return [{"field": one, "old_value": old.get(one), "new_value": new.get(one)} for one in fields]


def _masked(side: Mapping[str, Any]) -> dict[str, Any]:
    return {name: MASKED[name](value) if name in MASKED else value for name, value in side.items()}
