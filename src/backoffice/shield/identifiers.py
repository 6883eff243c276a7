"""Ids as shield shows them: a prefix that says what it is, and a UUIDv7 in hex."""

from typing import Annotated
from uuid import UUID

import fastapi

from backoffice.kernel.identifiers import uuid7

LONGEST = 60
ShownId = Annotated[str, fastapi.Path(max_length=LONGEST)]
"""An id in a path: whatever was never given out is simply not found."""


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid7().hex}"


def shown(prefix: str, value: UUID) -> str:
    """How an id that the kernel keeps as a UUID is shown: `admin_…`, `audit_…`."""
    return f"{prefix}_{value.hex}"


def uuid_in(prefix: str, text: str) -> UUID | None:
    """The UUID behind a shown id; None for anything else."""
    hex_part = text.removeprefix(f"{prefix}_")
    try:
        return UUID(hex=hex_part) if hex_part != text else None
    except ValueError:
        return None
