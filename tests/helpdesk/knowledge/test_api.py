"""The knowledge base doors, through the whole application."""

from datetime import datetime
from typing import Any

import pytest

from tests.making import Make

RAG = "/api/v1/rag"
REFUND = {
    "question_id": 7,
    "category": "payment",
    "question": "How long does a refund take?",
    "answer": "Five to seven working days.",
    "keywords": "refund time, paisa wapas",
}

NO_IDS = tuple({"question_id": wrong} for wrong in (0, -1, 10**9, 1.5, True, "KB007", "", "1e3", "१२"))


@pytest.fixture
async def client(make: Make, signed_in: Any) -> Any:
    return await signed_in(await make.super_admin(username="keeper"))


async def create(client: Any, **facts: Any) -> Any:
    answer = await client.post(f"{RAG}/entries", json={**REFUND, **facts})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["entry"]


async def titles(client: Any, **query: Any) -> list[int]:
    answer = await client.get(f"{RAG}/entries", params=query)
    assert answer.status_code == 200, answer.text
    return [entry["question_id"] for entry in answer.json()["data"]["entries"]]


async def test_an_entry_is_created_shown_and_recorded(client: Any, make: Make) -> None:
    entry = await create(client)

    shown = (await client.get(f"{RAG}/entries/{entry['id']}")).json()
    assert shown == {"success": True, "data": {"entry": entry}}
    assert {name: entry[name] for name in REFUND} == REFUND
    assert (entry["created_by"], entry["updated_by"]) == ("keeper", "keeper")
    assert datetime.fromisoformat(entry["created_at"]).tzinfo is not None
    [(_, subject, _)] = await make.audited("knowledge.entry_created")
    assert subject == f"knowledge:{entry['id']}"


async def test_an_entry_without_a_question_id_gets_the_next_one(client: Any) -> None:
    await create(client, question_id=41)
    await create(client, question_id="0007")
    assert (await client.get(f"{RAG}/next-id")).json() == {"success": True, "next_question_id": 42}

    entry = await create(client, question_id=None)

    assert entry["question_id"] == 42


async def test_a_question_id_is_given_once(client: Any) -> None:
    entry = await create(client)
    other = await create(client, question_id=8)

    again = await client.post(f"{RAG}/entries", json=REFUND)
    renamed = await client.put(f"{RAG}/entries/{other['id']}", json={"question_id": entry["question_id"]})

    for refused in (again, renamed):
        assert refused.status_code == 400
        assert refused.json() == {"detail": "An entry with question_id '7' already exists"}


async def test_keywords_may_come_as_one_text(client: Any) -> None:
    entry = await create(client, keywords="refund time, paisa wapas, refund time")

    listed = await create(client, question_id=8, keywords=["refund time ", "paisa wapas", ""])
    assert entry["keywords"] == listed["keywords"] == "refund time, paisa wapas"


async def test_only_what_changes_is_changed_and_recorded(client: Any, make: Make) -> None:
    entry = await create(client)

    same = await client.put(f"{RAG}/entries/{entry['id']}", json=REFUND)
    changed = await client.put(f"{RAG}/entries/{entry['id']}", json={"answer": "At most ten days.", "keywords": []})

    assert same.json()["data"]["entry"] == entry
    after = changed.json()["data"]["entry"]
    assert (after["answer"], after["keywords"], after["question"]) == ("At most ten days.", "", REFUND["question"])
    assert len(await make.audited("knowledge.entry_updated")) == 1


async def test_a_deleted_entry_is_gone_from_lists_and_index(client: Any, make: Make) -> None:
    entry = await create(client)

    deleted = await client.delete(f"{RAG}/entries/{entry['id']}")

    assert deleted.json() == {"success": True, "data": {"message": "Entry 7 deleted successfully"}}
    assert await titles(client) == []
    status = (await client.get(f"{RAG}/status")).json()
    assert (status["db_entries"], status["qdrant_vectors"]) == (0, 0)
    assert len(await make.audited("knowledge.entry_deleted")) == 1


async def test_an_unknown_entry_is_not_found(client: Any) -> None:
    for method, body in (("GET", None), ("PUT", {"answer": "So"}), ("DELETE", None)):
        answer = await client.request(method, f"{RAG}/entries/987654", json=body)
        assert answer.status_code == 404
        assert answer.json() == {"detail": "Knowledge base entry with ID 987654 not found"}


async def test_entries_are_paged_filtered_and_counted(client: Any) -> None:
    for number in range(5):
        await create(client, question_id=number + 1, category="loan" if number % 2 else "payment")

    assert await titles(client, skip=1, limit=2) == [2, 3]
    assert await titles(client, page=2, page_size=2) == [3, 4]
    assert await titles(client, category="loan") == [2, 4]
    assert (await client.get(f"{RAG}/entries?limit=1")).json()["data"]["total"] == 5
    assert (await client.get(f"{RAG}/categories")).json() == {"success": True, "categories": ["loan", "payment"]}
    assert (await client.get(f"{RAG}/entries?skip=-1")).status_code == 400


@pytest.mark.parametrize("search", ["refunds", "REFUN", "work day", "paisa", "7", "does take"])
async def test_a_search_finds_by_words_their_beginnings_and_the_id(client: Any, search: str) -> None:
    await create(client)
    await create(client, question_id=900, question="Who may borrow?", answer="Anybody.", keywords=[])

    assert await titles(client, search=search) == [7]


@pytest.mark.parametrize("search", ["weather", "refund weather", "???", "refund:*|'", "the"])
async def test_a_search_that_finds_nothing_is_an_empty_page(client: Any, search: str) -> None:
    await create(client, question="Refund?", answer="Soon.", keywords=[])

    answer = (await client.get(f"{RAG}/entries", params={"search": search})).json()["data"]

    found = [7] if search == "refund:*|'" else []
    assert ([entry["question_id"] for entry in answer["entries"]], answer["total"]) == (found, len(found))


async def test_texts_out_of_bounds_are_refused(client: Any) -> None:
    for wrong in (
        {"question": ""},
        {"answer": "x" * 3_001},
        {"keywords": ["k"] * 31},
        {"category": "  "},
        {"more": 1},
        *NO_IDS,
    ):
        assert (await client.post(f"{RAG}/entries", json={**REFUND, **wrong})).status_code == 400
    assert await titles(client) == []


async def test_the_knowledge_base_belongs_to_super_admins(make: Make, signed_in: Any) -> None:
    for member in (await make.admin(), await make.agent()):
        client = await signed_in(member)
        for path in ("entries", "categories", "next-id", "status", "entries/1"):
            answer = await client.get(f"{RAG}/{path}")
            assert answer.status_code == 403
            assert answer.json() == {"detail": "Access denied. Required roles: super_admin"}
        assert (await client.post(f"{RAG}/sync")).status_code == 403
        assert (await client.post(f"{RAG}/import-csv", files={"file": ("kb.csv", b"")})).status_code == 403


@pytest.mark.parametrize(
    "search", ["conexao", "CONEXÃO", "conexa\u0303o", "\uff43onexao", "oneills", "O\u2019Neill\u2019s", "ileri"]
)
async def test_a_search_finds_entries_as_people_type_them(client: Any, search: str) -> None:
    await create(client, question="Conexão with O'Neill's bank?", answer="Soon.", keywords="İleri")

    assert await titles(client, search=search) == [7]
