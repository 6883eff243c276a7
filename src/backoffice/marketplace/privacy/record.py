"""A customer's whole record as one JSON document, written piece by piece: no part is ever whole in memory.

Between two batches no connection is held, so whoever reads slowly holds up nobody.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.responses import StreamingResponse

from backoffice.kernel.database import Pages, together
from backoffice.kernel.encryption import data_key
from backoffice.kernel.encryption.data_key import DataKeyRow
from backoffice.kernel.house import House
from backoffice.kernel.notify.actions import open_letters
from backoffice.kernel.notify.store import SealedRow
from backoffice.kernel.web.lock import ENCODING
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.privacy import listing
from backoffice.marketplace.privacy.schemas import Profile, Told

ROWS_AT_ONCE = 500


def recorded(house: House, profile: Profile) -> StreamingResponse:
    """The answer of the record's door, which audits PrivacyAct.RECORD_EXPORTED itself."""
    headers = {"Content-Disposition": f'attachment; filename="user-{profile.id}.json"'}
    return StreamingResponse(_written(house, profile), media_type="application/json", headers=headers)


async def _written(house: House, profile: Profile) -> AsyncIterator[bytes]:
    written_at = orjson.dumps(datetime.now(UTC), option=ENCODING)
    yield (
        b'{"success":true,"data":{"generated_at":'
        + written_at
        + b',"profile":'
        + orjson.dumps(profile, option=ENCODING)
    )
    for name, part in listing.PARTS.items():
        async for piece in _list(name, _batches(house, part, {"customer": profile.id})):
            yield piece
    async for piece in _list("messages", _told(house, profile)):
        yield piece
    yield b"}}"


async def _list(name: str, batches: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    yield b"," + orjson.dumps(name) + b":["
    comma = b""
    async for rows in batches:
        yield comma + b",".join(orjson.dumps(row, option=ENCODING) for row in rows)
        comma = b","
    yield b"]"


async def _batches(house: House, part: Pages[Any], shown: dict[str, Any]) -> AsyncIterator[list[Any]]:
    after = None
    while True:
        async with house.database.read() as db:
            rows = await part.rows(db, shown | {"after": after}, limit=ROWS_AT_ONCE)
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].id


async def _told(house: House, profile: Profile) -> AsyncIterator[list[Told]]:
    """What was written to them, of which the text is still kept, and to nobody else under their name."""
    person = customer_rules.person(profile.id)
    async with house.database.read() as db:
        (kept,) = await together(data_key.find_key(db, person))
    async for rows in _batches(house, listing.MESSAGES, {"person": person}):
        if shown := [*_opened(house, rows, kept=kept, profile=profile)]:
            yield shown


def _opened(house: House, rows: list[SealedRow], *, kept: DataKeyRow | None, profile: Profile) -> Iterator[Told]:
    theirs = {profile.email, profile.phone, profile.external_id, str(profile.id)}
    for letter in open_letters(house.keys, rows, kept=kept):
        if letter.address in theirs:
            yield {
                "id": letter.id,
                "channel": letter.channel,
                "subject": letter.subject,
                "message": letter.text,
                "action_url": letter.link,
                "created_at": letter.created_at,
            }
