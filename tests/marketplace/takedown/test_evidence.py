"""What vendors show: pictures as we drew them, documents, texts; each once, before it is decided."""

import asyncio
import re
from io import BytesIO
from pathlib import Path as Files
from typing import Any

import httpx
import pytest
from PIL import Image

from backoffice.marketplace.customer.rules import UserDeleted
from backoffice.marketplace.takedown import platform
from tests.marketplace.making import Given, Path
from tests.marketplace.takedown.acting import Moderator

PLATFORM = "/api/v1/platform/takedown-requests"
PDF = b"%PDF-1.7\n1 0 obj\n"
HIDDEN = b"canary"


def photo() -> bytes:
    into = BytesIO()
    Image.new("RGB", (800, 600), "green").save(into, "JPEG", comment=HIDDEN)
    return into.getvalue()


async def upload(path: Path, request: dict[str, Any], content: bytes, name: str = "invoice.jpg") -> httpx.Response:
    files = {"file": (name, content, "application/octet-stream")}
    url = f"{PLATFORM}/{request['id']}/evidence"
    return await path.platform.post(url, files=files, data={"description": "Signed invoice"})


async def write(path: Path, request: dict[str, Any], content: str = "They asked for free work") -> httpx.Response:
    return await path.platform.post(f"{PLATFORM}/{request['id']}/evidence/text", json={"content": content})


async def test_of_a_picture_what_we_drew_is_shown_and_a_small_one_and_never_the_upload(
    path: Path, moderator: Moderator, request_: dict[str, Any]
) -> None:
    content = photo()
    answer = await upload(path, request_, content)
    assert answer.status_code == 201, answer.text

    [shown] = (await moderator.get(request_))["evidence"]

    assert (shown["type"], shown["filename"], shown["description"]) == ("image", "invoice.jpg", "Signed invoice")
    assert re.fullmatch(r"[-0-9]{10}T[0-9:]{8}Z", shown["uploaded_at"]), "as every other time"
    large, small = [await moderator.client.get(shown[name]) for name in ("url", "thumbnail_url")]
    assert HIDDEN in content
    for one in (large, small):
        assert (one.status_code, one.headers["content-type"]) == (200, "image/jpeg")
        assert HIDDEN not in one.content
    assert shown["size_bytes"] == len(large.content)
    assert [Image.open(BytesIO(one.content)).size for one in (large, small)] == [(800, 600), (320, 240)]


async def test_documents_and_texts_are_shown_to_staff_and_to_the_vendor(
    path: Path, moderator: Moderator, request_: dict[str, Any]
) -> None:
    await upload(path, request_, PDF, "sms.pdf")
    await write(path, request_)

    inside = (await moderator.get(request_))["evidence"]
    [row] = (await moderator.queue())["data"]
    outside = (await path.platform.get(f"{PLATFORM}/{request_['id']}")).json()["data"]["evidence"]

    assert [(one["type"], one["content"]) for one in inside] == [
        ("document", None),
        ("text", "They asked for free work"),
    ]
    assert [one["id"] for one in row["evidence"]] == [one["id"] for one in outside] == [one["id"] for one in inside]
    document = await moderator.client.get(inside[0]["url"])
    assert (document.content, inside[0]["thumbnail_url"], inside[1]["url"]) == (PDF, None, None)
    timeline = (await moderator.get(request_))["timeline"]
    assert [one["facts"].get("type") for one in timeline if one["event"] == "evidence_added"] == ["document", "text"]


async def test_the_very_same_is_one_piece_however_often_it_is_sent(
    path: Path, request_: dict[str, Any], given: Given
) -> None:
    content = photo()

    answers = await asyncio.gather(*(upload(path, request_, content) for _ in range(3)))
    texts = [await write(path, request_) for _ in range(2)]

    assert {one.status_code for one in (*answers, *texts)} == {201}
    assert len({one.json()["data"]["id"] for one in (*answers, *texts)}) == 2
    assert await given.value("SELECT count(*) FROM marketplace.takedown_evidence") == 2
    assert len(files_of(given)) == 2, "a picture and its thumbnail"


async def test_of_what_is_refused_no_file_stays(
    path: Path, review: dict[str, Any], request_: dict[str, Any], given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_gone(*_: object) -> None:
        raise UserDeleted(user_id=review["user_id"])

    monkeypatch.setattr(platform.actions, "add_evidence", is_gone)

    answer = await upload(path, request_, photo())

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "USER_DELETED")
    assert files_of(given) == []


def files_of(given: Given) -> list[Files]:
    return [one for one in (given.house.settings.data_folder / "files").rglob("*") if one.is_file()]


async def test_evidence_comes_before_the_decision(path: Path, moderator: Moderator, request_: dict[str, Any]) -> None:
    await moderator.reject(request_)

    late = [await upload(path, request_, PDF), await write(path, request_)]

    assert [(one.status_code, one.json()["error"]["code"]) for one in late] == [(409, "REQUEST_DECIDED")] * 2


async def test_a_request_has_at_most_twenty_pieces(path: Path, request_: dict[str, Any]) -> None:
    statuses = [(await write(path, request_, f"Piece {number}")).status_code for number in range(21)]

    assert statuses == [201] * 20 + [409]


@pytest.mark.parametrize("content", [b"<html><script>", b"GIF89a", b"\xff\xd8\xff" + bytes(100), b"\x89PNG\r\n\x1a\n"])
async def test_evidence_is_what_its_bytes_say(path: Path, request_: dict[str, Any], content: bytes) -> None:
    answer = await upload(path, request_, content)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "UNKNOWN_CONTENT")


async def test_evidence_of_more_than_ten_megabytes_is_refused(path: Path, request_: dict[str, Any]) -> None:
    assert (await upload(path, request_, PDF + bytes(10 * 1024 * 1024))).status_code == 413
