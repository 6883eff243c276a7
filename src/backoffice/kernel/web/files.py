"""The file door: whoever holds a signed link gets the file, without a token, so that a browser can show it.

@door.get("/files/{file_id}", public="the signature in the link is the proof", errors=[LinkNotGenuine, FileNotThere])
async def get_file(file_id: FileId, query: FileQuery, call: Call) -> Response:
    return await opened(call, FILES, file_id=file_id, query=query, shown=SHOWN_INLINE)
"""

from collections.abc import Callable, Container
from typing import Annotated

import fastapi
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from backoffice.kernel.errors import Forbidden
from backoffice.kernel.files.links import FilesDoor
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.web.call import Call
from backoffice.kernel.web.inputs import QueryString

Sign = Callable[[str], str]
"""Makes the link of a file, by the id under which it is kept."""
FileId = Annotated[str, fastapi.Path(max_length=200)]


class FileQuery(QueryString):
    """What the signed link carries."""

    until: str = Field("", max_length=20)
    signature: str = Field("", max_length=100)


class LinkNotGenuine(Forbidden):
    """This link has expired or is not genuine."""


def signer(call: Call, door: FilesDoor) -> Sign:
    """Makes links that a browser opens as they are, whatever page they stand on."""
    base = base_of(call)
    return lambda file_id: base + call.house.links.sign(door, file_id)


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


async def downloaded(
    call: Call, door: FilesDoor, *, file_id: str, query: FileQuery, name: str | None
) -> StreamingResponse:
    """The file behind a link, however large, for a browser to save under this name; without a name there is none.

    LinkNotGenuine, FileNotThere.
    """
    if not call.house.links.is_genuine(door, file_id, until=query.until, signature=query.signature):
        raise LinkNotGenuine
    if name is None:
        raise FileNotThere
    streamed = await call.house.files.stream(file_id)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(streamed.size)}
    return StreamingResponse(streamed.pieces, media_type=streamed.content_type, headers=headers)


def base_of(call: Call) -> str:
    """What stands before a path of this product to make an address that a browser opens, whatever page it stands on."""
    settings, root = call.house.settings, call.request.scope.get("root_path", "")
    is_below_public_url = bool(settings.public_url) and bool(root or settings.product)
    return settings.public_url + root if is_below_public_url else str(call.request.base_url).rstrip("/")
