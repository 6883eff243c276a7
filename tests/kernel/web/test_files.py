"""The file door: a signed link opens one file for whoever holds it, and a browser shows only what is harmless."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import Response

from backoffice.kernel.actor import Context
from backoffice.kernel.files.links import FilesDoor
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.house import House
from backoffice.kernel.web import Call
from backoffice.kernel.web.call import Given
from backoffice.kernel.web.files import FileQuery, LinkNotGenuine, opened

FILES = FilesDoor("trial", "/v1/files")
SHOWN = frozenset({"image/png"})


async def asked(house: House, link: str, **changed: Any) -> Response:
    """What the door answers to a link, of which parts may have been changed."""
    split = urlsplit(link)
    signed = {name: values[0] for name, values in parse_qs(split.query).items()}
    file_id = changed.pop("file_id", split.path.rpartition("/")[2])
    request = Request({"type": "http", "headers": []})
    call = Call(house, request, headers=Given([]), context=Context(), door=FILES.path, in_path={})
    query = FileQuery.model_validate(signed | changed)
    return await opened(call, FILES, file_id=file_id, query=query, shown=SHOWN)


@pytest.mark.parametrize(("kind", "shown_as"), [("image/png", "inline"), ("text/html", "attachment")])
async def test_a_link_opens_its_file_which_is_shown_or_saved_by_its_kind(
    house: House, kind: str, shown_as: str
) -> None:
    file_id = await house.files.keep(b"content", kind)

    answer = await asked(house, house.links.sign(FILES, file_id))

    assert answer.body == b"content"
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["content-disposition"] == f'{shown_as}; filename="{file_id.partition(".")[0]}"'


@pytest.mark.parametrize("changed", [{"file_id": "another"}, {"until": "9999999999"}, {"signature": ""}])
async def test_a_link_that_was_changed_opens_nothing(house: House, changed: dict[str, str]) -> None:
    file_id = await house.files.keep(b"content", "image/png")

    with pytest.raises(LinkNotGenuine):
        await asked(house, house.links.sign(FILES, file_id), **changed)


async def test_a_genuine_link_to_what_was_never_kept_says_so(house: House) -> None:
    with pytest.raises(FileNotThere):
        await asked(house, house.links.sign(FILES, "0" * 32 + ".image~png"))
