"""Backups as a shelf knows them, made of what a test is about."""

from datetime import UTC, datetime
from typing import Any

from backoffice.kernel.backup import Backup, Form, Kind
from backoffice.kernel.identifiers import uuid7

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def kept(ended_at: datetime = NOON, **facts: Any) -> Backup:
    told: dict[str, Any] = {
        "id": uuid7(),
        "kind": Kind.FULL,
        "form": Form.PHYSICAL,
        "follows": None,
        "system": "7",
        "database": "backoffice",
        "server_version": 180004,
        "first_segment": "000000010000000000000001",
        "started_at": ended_at,
        "ended_at": ended_at,
        "with_uploads": False,
        "description": "",
        "keys": ["one"],
        "parts": [],
    }
    return Backup(**{**told, **facts})
