"""An upload under an Idempotency-Key: what makes it the same request, and what another."""

from typing import Any

import pytest

from tests.helpdesk.knowledge.test_api import RAG
from tests.making import Make

KEY = {"Idempotency-Key": "upload-1"}
FILE = b"question_id,category,question,answer\n1,loan,Who may borrow?,You\n"
OTHER = FILE.replace(b"You", b"Everybody")


@pytest.fixture
async def client(make: Make, signed_in: Any) -> Any:
    return await signed_in(await make.super_admin())


async def sent(client: Any, file: bytes = FILE, *, boundary: str = "one", query: str = "") -> Any:
    """The file as a client with that boundary sends it."""
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="kb.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode() + file
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}", **KEY}
    end = f"\r\n--{boundary}--\r\n".encode()
    return await client.post(f"{RAG}/import-csv{query}", content=body + end, headers=kind)


async def test_the_same_file_under_another_boundary_is_the_same_request(client: Any) -> None:
    first = await sent(client)
    second = await sent(client, boundary="two")

    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"


async def test_another_file_is_a_conflict(client: Any) -> None:
    await sent(client)

    assert (await sent(client, OTHER)).status_code == 409


async def test_the_same_file_with_another_query_is_a_conflict(client: Any) -> None:
    await sent(client, query="?clear_existing=false")

    answer = await sent(client, query="?clear_existing=true")

    assert answer.status_code == 409
    assert "different request" in answer.json()["detail"]


async def test_a_query_that_says_the_same_in_other_words_is_the_same_request(client: Any) -> None:
    await sent(client, query="?clear_existing=false")

    for query in ("", "?clear_existing=0", "?clear_existing=&unknown=1"):
        assert (await sent(client, query=query)).headers.get("Idempotent-Replayed") == "true", query
