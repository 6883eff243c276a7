"""The index that answers are found by: it follows every write, tells when it does not, and sync mends it."""

import asyncio
from typing import Any

import pytest

from backoffice.helpdesk.knowledge import actions
from backoffice.helpdesk.knowledge.finding import find_entries
from backoffice.helpdesk.knowledge.rules import NewEntry
from tests.making import Make

RAG = "/api/v1/rag"
LOSE_ONE = """
    DELETE FROM helpdesk.knowledge_index i USING helpdesk.knowledge_entry e
     WHERE e.id = i.entry_id AND e.question_id = 1
"""
CHANGE_ONE = "UPDATE helpdesk.knowledge_entry SET question = 'What is a mandate?' WHERE question_id = 2"


@pytest.fixture
async def client(make: Make, signed_in: Any) -> Any:
    return await signed_in(await make.super_admin())


async def add(make: Make, *questions: str) -> int:
    entries = [NewEntry(number, "payment", question, "So.") for number, question in enumerate(questions, 1)]
    async with make.write() as tx:
        return await actions.import_entries(tx, entries)


async def found(make: Make, text: str) -> list[str]:
    async with make.read() as db:
        return [entry.question for entry in await find_entries(db, text)]


async def past_the_doors(make: Make, sql: Any) -> None:
    """Somebody works on the tables by hand."""
    async with make.write() as tx:
        tx.record("changed", "by hand")
        await tx.run(sql)


async def test_status_and_sync_tell_of_missing_and_stale_entries(client: Any, make: Make) -> None:
    await add(make, "How long does a refund take?", "What is a chargeback?", "Where is your office?")
    await past_the_doors(make, LOSE_ONE)
    await past_the_doors(make, CHANGE_ONE)

    before = (await client.get(f"{RAG}/status")).json()
    lost = await found(make, "mandate")
    synced = (await client.post(f"{RAG}/sync")).json()
    after = (await client.get(f"{RAG}/status")).json()

    index = {"success": True, "collection_name": "helpdesk.knowledge_index", "db_entries": 3}
    assert before == {**index, "qdrant_vectors": 1, "in_sync": False}
    assert lost == []
    seconds = synced["stats"].pop("time_taken_seconds")
    assert synced == {
        "success": True,
        "stats": {"success": True, "total_entries": 3, "vectors_uploaded": 3, "indexed_now": 2},
    }
    assert 0 <= seconds < 60
    assert after == {**index, "qdrant_vectors": 3, "in_sync": True}
    assert await found(make, "mandate") == ["What is a mandate?"]
    assert len(await make.audited("knowledge.synced")) == 1


async def test_a_changed_entry_is_found_by_its_new_words_only(client: Any, make: Make) -> None:
    await add(make, "How long does a refund take?")
    [entry] = (await client.get(f"{RAG}/entries")).json()["data"]["entries"]

    await client.put(f"{RAG}/entries/{entry['id']}", json={"question": "What is a chargeback?"})

    assert await found(make, "refund") == []
    assert await found(make, "chargebacks") == ["What is a chargeback?"]


async def test_the_entry_that_shares_most_with_a_question_comes_first(make: Make) -> None:
    await add(make, "What is the UPI limit?", "What is the wallet limit?", "Are there charges for UPI?")

    assert (await found(make, "upi limits please"))[0] == "What is the UPI limit?"
    assert await found(make, "how are you") == []
    assert await found(make, "") == []


async def test_an_import_adds_its_good_rows_and_says_why_others_are_skipped(client: Any, make: Make) -> None:
    await add(make, "How long does a refund take?")
    file = b"question_id,category,question,answer,keywords\n1,loan,Again?,So,\n2,loan,Who?,You,\n3,loan,,So,\n"

    answer = await client.post(f"{RAG}/import-csv", files={"file": ("kb.csv", file)})

    errors = ["line 2: 1 already exists", "line 4: question is missing"]
    assert answer.json() == {"success": True, "stats": {"imported": 1, "skipped": 2, "errors": errors}}
    assert await found(make, "refund") == ["How long does a refund take?"]
    assert (await client.get(f"{RAG}/status")).json()["in_sync"] is True
    assert len(await make.audited("knowledge.imported")) == 2


async def test_an_import_may_replace_everything(client: Any, make: Make) -> None:
    await add(make, "How long does a refund take?")
    file = b"question_id,category,question,answer\n1,loan,Who may borrow?,You\n"

    answer = await client.post(f"{RAG}/import-csv?clear_existing=true", files={"file": ("kb.csv", file)})

    assert answer.json()["stats"] == {"imported": 1, "skipped": 0, "errors": []}
    assert await found(make, "refund") == []
    assert await found(make, "who may borrow") == ["Who may borrow?"]


async def test_a_file_without_a_good_row_clears_nothing(client: Any, make: Make) -> None:
    await add(make, "How long does a refund take?")

    without_question = b"question_id,category,question,answer\n1,loan,,You\n"
    for file, says in (
        (without_question, "nothing was cleared: line 2: question is missing"),
        (b"no,such,columns\n", "question_id is missing"),
    ):
        answer = await client.post(f"{RAG}/import-csv?clear_existing=true", files={"file": ("kb.csv", file)})
        assert answer.status_code == 400
        assert says in answer.json()["detail"]
    assert await found(make, "refund") == ["How long does a refund take?"]


async def test_imports_at_once_leave_one_whole_file(client: Any, make: Make) -> None:
    def file(first: int) -> dict[str, Any]:
        rows = "".join(f"{first + number},loan,Question {number}?,So\n" for number in range(50))
        return {"file": ("kb.csv", f"question_id,category,question,answer\n{rows}".encode())}

    answers = await asyncio.gather(
        *(client.post(f"{RAG}/import-csv?clear_existing=true", files=file(first)) for first in (1000, 2000, 3000, 4000))
    )

    assert [answer.json()["stats"]["imported"] for answer in answers] == [50] * 4
    entries = (await client.get(f"{RAG}/entries?limit=500")).json()["data"]
    assert entries["total"] == 50
    assert len({entry["question_id"] // 1000 for entry in entries["entries"]}) == 1


async def test_entries_created_at_once_get_ids_of_their_own(client: Any) -> None:
    new = {"category": "loan", "question": "Who?", "answer": "You."}

    answers = await asyncio.gather(*(client.post(f"{RAG}/entries", json=new) for _ in range(6)))

    given = sorted(answer.json()["data"]["entry"]["question_id"] for answer in answers)
    assert given == list(range(1, 7))
