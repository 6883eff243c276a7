"""One audit entry: who did what to which subject, from where, and why. Its digest covers what is stored."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from backoffice.kernel.actor import Actor, Context
from backoffice.kernel.identifiers import uuid7


class Act(StrEnum):
    """Base of each capability's list of audited acts: `subject kind.what happened`."""


DataSubject = str
"""The person an entry is about, by id alone: `whatsapp:12` or `staff:7`."""


class Personal:
    """A value about a person: stored encrypted under that person's key.

    No dataclass, which JSON would write as it is: one that nobody encrypted, for want of a person, can't be stored.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def personal(value: Any) -> Personal:
    return Personal(value)


@dataclass(slots=True)
class Entry:
    """An entry, its fields named as its columns. `subject` is `kind:id`."""

    id: UUID
    at: datetime
    product: str
    actor_kind: str
    actor_id: int
    actor_label: str
    action: str
    subject: str
    data_subject: DataSubject | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    address: str
    agent: str
    request_id: str

    @classmethod
    def new(cls, act: Act, subject: str, *, actor: Actor, context: Context, **facts: Any) -> "Entry":
        return cls(
            id=uuid7(),
            at=datetime.now(UTC),
            product=actor.product,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            actor_label=actor.label,
            action=act.value,
            subject=f"{act.value.split('.', 1)[0]}:{subject}",
            data_subject=facts["person"],
            before=facts["before"],
            after=facts["after"],
            reason=facts["reason"],
            address=context.address,
            agent=context.agent,
            request_id=context.request_id,
        )

    @property
    def has_personal_values(self) -> bool:
        return any(isinstance(value, Personal) for side in (self.before, self.after) for value in (side or {}).values())


DIGESTED: tuple[str, ...] = Entry.__slots__
"""The columns of a stored entry that its digest covers."""


def digest_of(values: dict[str, Any]) -> bytes:
    """SHA-256 over the entry's columns as stored, in a canonical form."""
    return hashlib.sha256(orjson.dumps(canonical_of(values), option=orjson.OPT_SORT_KEYS)).digest()


def canonical_of(values: dict[str, Any]) -> dict[str, Any]:
    """What the digest covers, as plain JSON: whoever has it, keys sorted and no spaces, can compute the digest."""
    canonical = dict(values)
    canonical["id"] = str(values["id"])
    canonical["at"] = values["at"].astimezone(UTC).isoformat(timespec="microseconds")
    for side in ("before", "after"):
        canonical[side] = _as_stored(values[side])
    return canonical


def _as_stored(value: Any) -> Any:
    """JSON as it comes back from jsonb, where 1e16 and 10000000000000000 are one number and minus zero is zero."""
    if isinstance(value, dict):
        return {name: _as_stored(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_stored(one) for one in value]
    if isinstance(value, float) and value.is_integer() and -(2**63) <= value < 2**64:
        return int(Decimal(repr(value)))
    return value
