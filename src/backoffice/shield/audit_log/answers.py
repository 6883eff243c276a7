"""From audit entries to the shapes of the contract. No database, no decisions."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from backoffice.kernel.audit.entry import DIGESTED, Entry, canonical_of
from backoffice.kernel.audit.personal import open_values
from backoffice.kernel.encryption.data_key import DataKeyRow
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.shield.audit_log.listing import EntryRow, ProvenRow, SealRow
from backoffice.shield.audit_log.rules import shown_action, shown_value
from backoffice.shield.audit_log.schemas import AuditEntryOut, ChangeOut, EntryOut, ProvenOut, SealOut, WhoOut
from backoffice.shield.identifiers import shown


def entry_out(
    entry: Entry,
    *,
    admin_id: str,
    admin_email: str | None = None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> AuditEntryOut:
    """The entry as the answer to its act shows it. `admin_id` is the shown id; values may be plain or personal()."""
    answer: AuditEntryOut = {
        "id": shown("audit", entry.id),
        "timestamp": entry.at,
        "admin_id": admin_id,
        "action": shown_action(entry.action),
        "changes": changes_out(before, after),
        "reason": entry.reason,
    }
    if admin_email is not None:
        answer["admin_email"] = admin_email
    return answer


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
        "changes": _opened_changes(row, keys),
        "reason": row.reason,
        "ip_address": row.address if shows_origin else "",
        "user_agent": row.agent if shows_origin else "",
    }


def _who_out(row: EntryRow) -> WhoOut:
    if row.admin_public_id is None:
        return {"id": row.actor_kind, "email": None, "name": row.actor_label}
    return {"id": shown("admin", row.admin_public_id), "email": row.admin_email, "name": row.admin_name or ""}


def _opened_changes(row: EntryRow, keys: KeyRing) -> list[ChangeOut]:
    kept = None if row.key_id is None or row.wrapped is None else DataKeyRow(row.key_id, row.wrapped)
    sides = [open_values(side, keys, person=row.data_subject, kept=kept) for side in (row.before, row.after)]
    return changes_out(*sides)


def proven_out(row: ProvenRow, keys: KeyRing) -> ProvenOut:
    """An entry of an export: what the list shows, and what proves it."""
    return {
        **listed_out(row, keys),
        "seal": row.seal,
        "digest": row.digest.hex(),
        "stored": canonical_of({name: getattr(row, name) for name in DIGESTED}),
    }


def seal_out(row: SealRow) -> SealOut:
    return {
        "seal": row.number,
        "sealed_at": row.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous_hash": row.previous_hash.hex(),
        "hash": row.hash.hex(),
        "entries": [[str(one), digest.hex()] for one, digest in zip(row.entry_ids, row.digests, strict=False)],
    }
