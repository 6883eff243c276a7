"""The file door: whoever holds a signed link gets the file, without a token, so that a browser can show it.

@door.get("/files/{file_id}", public="the signature in the link is the proof", errors=[LinkNotGenuine, FileNotThere])
async def get_file(file_id: FileId, query: FileQuery, call: Call) -> Response:
    return await opened(call, FILES, file_id=file_id, query=query, shown=SHOWN_INLINE)
"""

from collections.abc import Container
from typing import Annotated

import fastapi
from pydantic import Field
from starlette.responses import Response

from backoffice.kernel.errors import Forbidden
from backoffice.kernel.files.links import FilesDoor
from backoffice.kernel.web.call import Call
from backoffice.kernel.web.inputs import QueryString

FileId = Annotated[str, fastapi.Path(max_length=200)]


class FileQuery(QueryString):
    """What the signed link carries."""

    until: str = Field("", max_length=20)
    signature: str = Field("", max_length=100)


class LinkNotGenuine(Forbidden):
    """This link has expired or is not genuine."""


async def opened(call: Call, door: FilesDoor, *, file_id: str, query: FileQuery, shown: Container[str]) -> Response:
    """The file behind a link; a browser shows content types in `shown` and saves all others.

    LinkNotGenuine, or FileNotThere where nothing is kept under the id.
    """
    if not call.house.links.is_genuine(door, file_id, until=query.until, signature=query.signature):
        raise LinkNotGenuine
    kept = await call.house.files.fetch(file_id)
    disposition = "inline" if kept.content_type in shown else "attachment"
    headers = {"Content-Disposition": f'{disposition}; filename="{file_id.partition(".")[0]}"'}
    return Response(kept.content, media_type=kept.content_type, headers=headers)
