"""Invents what was said and shown about disputes: messages of customers and staff, and pictures that anybody opens."""

import asyncio
import hashlib
import struct
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from backoffice.kernel.files.storage import Storage
from backoffice.marketplace.demo.disputes import ENDED, Dispute, Event
from backoffice.marketplace.demo.people import CHASERS, PICTURES, REPLIES
from backoffice.marketplace.dispute.rules import REMINDED_BEFORE, raised
from backoffice.marketplace.dispute.rules import Event as Told

SHOWN, SHOWN_OF_REVIEWS = 150, 60
"""So many pictures were sent about disputes, and about reviews that vendors want taken down."""
SHEET = (60, 84)
MESSAGES = "id, dispute_id, sender, staff_id, message, created_at"
EVIDENCE = "dispute_id, sender, type, description, filename, content_type, size_bytes, sha256, file_id, uploaded_at"
DECISIONS = "dispute_id, became, resolution_type, refund_amount_minor, resolution, staff_id, decided_at"
Row = tuple[Any, ...]
Picture = tuple[str, int, bytes, str]
"""File name, size in bytes, SHA-256, and the name it is kept under."""


async def keep_pictures(files: Storage) -> list[Picture]:
    """Each is another one, and shown once: whoever is forgotten takes theirs along."""
    drawn = [(f"picture-{number}.png", draw(number)) for number in range(1, SHOWN + SHOWN_OF_REVIEWS + 1)]
    names = await asyncio.gather(*(files.keep(content, "image/png") for _, content in drawn))
    return [
        (name, len(content), hashlib.sha256(content).digest(), file_id)
        for (name, content), file_id in zip(drawn, names, strict=True)
    ]


def messages(one: Dispute, random: Random, *, ids: Iterator[int]) -> list[Row]:
    """Staff reply once they have it, and half of the customers answer. The timeline tells of each."""
    if one.assigned_to is None:
        return []
    taken, until = one.events[1].at, one.events[2].at if len(one.events) > 2 else one.events[1].at
    said: list[tuple[str, int | None, str, datetime]] = [
        ("admin", one.assigned_to, random.choice(REPLIES), taken + (until - taken) * 0.2)
    ]
    if until > taken and random.random() < 0.5:
        said.append(("user", None, random.choice(CHASERS), taken + (until - taken) * 0.6))
    rows: list[Row] = []
    for (sender, staff_id, words, at), number in zip(said, ids, strict=False):
        rows.append((number, one.id, sender, staff_id, words, at))
        actor = "staff" if staff_id else "customer"
        _tell(one, Event(Told.MESSAGE_ADDED, actor, at, staff_id, {"message": number}))
    return rows


def evidence(disputes: list[Dispute], pictures: list[Picture], *, random: Random, now: datetime) -> list[Row]:
    """Sent by the customer a little after the complaint."""
    rows = []
    for picture, one in zip(pictures, random.sample(disputes, len(pictures)), strict=True):
        name, size, digest, file_id = picture
        at = min(one.opened + timedelta(minutes=random.randint(2, 15)), now)
        _tell(one, Event(Told.EVIDENCE_ADDED, "customer", at))
        rows.append((one.id, "user", "image", random.choice(PICTURES), name, "image/png", size, digest, file_id, at))
    return rows


def run_out(disputes: list[Dispute], *, now: datetime) -> None:
    """What the clock made of those that nobody has decided: a reminder, then one escalation. Nothing is left for it."""
    for one in disputes:
        reminded = one.deadline - REMINDED_BEFORE
        if one.decided is None and reminded < now:
            one.reminded = reminded
            _tell(one, Event(Told.REMINDED, "system", reminded))
        if one.decided is None and one.deadline < now:
            before, one.priority, one.escalated = one.priority, raised(one.priority), one.deadline
            details = {"before": before, "priority": one.priority}
            _tell(one, Event(Told.ESCALATED, "system", one.deadline, details=details))


def _tell(one: Dispute, event: Event) -> None:
    one.events.append(event)
    one.events.sort(key=lambda each: each.at)


def decisions(disputes: list[Dispute]) -> list[Row]:
    return [
        (
            *(one.id, "resolved" if one.resolution else "rejected", one.resolution),
            *(one.refund.amount_minor if one.refund else None, ENDED[one.resolution] if one.resolution else None),
            *(one.decided_by, one.decided),
        )
        for one in disputes
        if one.decided
    ]


def draw(number: int) -> bytes:
    """A small PNG: the bubbles of a conversation, grey and green; a mark in the corner differs from one to the next."""
    width, height = SHEET
    lines = [bytearray(b"\x00" + b"\xf6\xf6\xf6" * width) for _ in range(height)]
    for place, top in enumerate(range(6, height - 10, 14)):
        left, colour = (22, b"\xc8\xf0\xc8") if (place + number) % 3 == 0 else (5, b"\xd8\xd8\xdc")
        for line in lines[top : top + 9]:
            line[1 + left * 3 : 1 + (left + 32) * 3] = colour * 32
    lines[0][1:9] = struct.pack(">Q", number)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
