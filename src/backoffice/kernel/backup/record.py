"""What is known of a backup: written down beside it, last of all, so that only a whole and checked one has it.

`backup.json` shows what everybody may see who looks into the store: which backup, when, and the names of the keys that
it needs. All of it, with sums of money and the description, is sealed inside.
"""

import base64
import json
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from backoffice.kernel.backup.rules import BackupDamaged, Form, KeyMissing, Kind
from backoffice.kernel.encryption.keyring import KeyRing, WrongKey


class Part(BaseModel):
    """One file of a backup: its length before it was compressed and sealed, and as it is kept."""

    model_config = ConfigDict(frozen=True)

    name: str
    plain_bytes: int
    kept_bytes: int


class Figure(BaseModel):
    """What a table held of before the backup began: rows, and the sums of its columns of money in minor units."""

    model_config = ConfigDict(frozen=True)

    rows: int
    sums: dict[str, int] = {}


class Checked(BaseModel):
    """What the trial restore found: rows of the tables made before `counted_before`; the audit log's seals, entries."""

    model_config = ConfigDict(frozen=True)

    checked_at: datetime
    counted_before: datetime
    seconds: float
    files: int
    tables: dict[str, Figure]
    seals: int
    entries: int


class Backup(BaseModel):
    """A backup that was made, kept, restored on trial and found right.

    `ended_at` is the earliest moment that it can be restored to. `follows` is the one that an incremental one needs.
    `system` is PostgreSQL's own identifier of the database cluster, `first_segment` the first file of its log that
    restoring it to a later moment needs. `keys` are the names of all keys that reading it and its database takes.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: Kind
    form: Form
    follows: UUID | None
    system: str
    database: str
    server_version: int
    first_segment: str
    started_at: datetime
    ended_at: datetime
    with_uploads: bool
    description: str
    keys: list[str]
    parts: list[Part]
    checked: Checked | None = None

    @property
    def plain_bytes(self) -> int:
        return sum(part.plain_bytes for part in self.parts)

    @property
    def kept_bytes(self) -> int:
        return sum(part.kept_bytes for part in self.parts)

    def has(self, part: str) -> bool:
        return any(one.name == part for one in self.parts)


class Label(BaseModel):
    """What is readable without a key."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: Kind
    form: Form
    follows: UUID | None
    ended_at: datetime
    keys: list[str]
    sealed_under: str
    sealed: str


def written(backup: Backup, keys: KeyRing) -> bytes:
    """The content of its backup.json."""
    name, sealed = keys.encrypt(backup.model_dump_json().encode(), bound_to=_place(backup.id))
    label = Label(
        **backup.model_dump(include={"id", "kind", "form", "follows", "ended_at", "keys"}),
        sealed_under=name,
        sealed=base64.b64encode(sealed).decode(),
    )
    return json.dumps(label.model_dump(mode="json"), indent=1).encode()


def label_of(content: bytes, backup_id: UUID) -> Label:
    """What the file says openly. BackupDamaged."""
    try:
        label = Label.model_validate_json(content)
    except ValidationError as exc:
        raise BackupDamaged(backup_id=str(backup_id), reason="its backup.json is not one of ours") from exc
    if label.id != backup_id:
        raise BackupDamaged(backup_id=str(backup_id), reason="its backup.json belongs to another")
    return label


def read(content: bytes, keys: KeyRing, *, backup_id: UUID) -> Backup:
    """The whole of it. KeyMissing names the key; BackupDamaged where it was changed."""
    label = label_of(content, backup_id)
    if not keys.has(label.sealed_under):
        raise KeyMissing(backup_id=str(backup_id), key=label.sealed_under)
    try:
        plain = keys.decrypt(label.sealed_under, base64.b64decode(label.sealed), bound_to=_place(backup_id))
        backup = Backup.model_validate_json(plain)
    except (WrongKey, ValueError) as exc:
        raise BackupDamaged(backup_id=str(backup_id), reason="its backup.json was changed") from exc
    return backup


def _place(backup_id: UUID) -> str:
    return f"backup:{backup_id}"
