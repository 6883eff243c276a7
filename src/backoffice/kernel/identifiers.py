"""Identifiers made before the row exists, so that an answer can name what the flush will write.

Shown ids begin with a prefix that says what they are: `payout_` and a UUIDv7 in hex.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import fastapi

LONGEST = 60
NANOSECONDS = 1_000_000
"""Of a millisecond."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
ShownId = Annotated[str, fastapi.Path(max_length=LONGEST)]
"""A shown id in a path: whatever was never given out is simply not found."""


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562): 48 bits of milliseconds, 12 of their 4096th parts, then random bits.

    So it sorts by creation time, as PostgreSQL's own do: also what one write makes within a millisecond.
    """
    milliseconds, rest = divmod(time.time_ns(), NANOSECONDS)
    value = milliseconds << 80 | int.from_bytes(os.urandom(8))
    value |= 0x7 << 76 | rest * 4096 // NANOSECONDS << 64
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def made_around(value: UUID, *, give: timedelta) -> tuple[datetime, datetime] | None:
    """Between which times a UUID version 7 was made, give or take. None for others, and where no such time comes."""
    try:
        made = BEGINNING + timedelta(milliseconds=value.int >> 80)
        return (made - give, made + give) if value.version == 7 else None
    except OverflowError:
        return None


def new_id(prefix: str) -> str:
    return shown(prefix, uuid7())


def shown(prefix: str, value: UUID) -> str:
    """How an id that is kept as a UUID is shown: `admin_…`, `audit_…`."""
    return f"{prefix}_{value.hex}"


def uuid_in(prefix: str, text: str) -> UUID | None:
    """The UUID behind a shown id; None for anything else."""
    hex_part = text.removeprefix(f"{prefix}_")
    try:
        return UUID(hex=hex_part) if hex_part != text else None
    except ValueError:
        return None
