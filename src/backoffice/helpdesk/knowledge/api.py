"""The knowledge base doors of the dashboard (`/rag`). Entries stand in `data`, everything else beside `success`."""

from time import perf_counter

from backoffice.helpdesk.knowledge import actions, rules, store
from backoffice.helpdesk.knowledge.rules import EntryNotFound, KnowledgeAct, NewEntry, QuestionIdTaken
from backoffice.helpdesk.knowledge.schemas import (
    CategoriesOut,
    EntriesQuery,
    EntryChangeIn,
    EntryIn,
    EntryOut,
    EntryPage,
    EntrySaved,
    EntryShown,
    ImportedOut,
    ImportQuery,
    ImportStats,
    NextIdOut,
    StatusOut,
    SyncedOut,
    SyncStats,
)
from backoffice.helpdesk.knowledge.store import EntryRow
from backoffice.helpdesk.knowledge.upload import EntriesFile
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK, Message, Success, success
from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

COLLECTION = "helpdesk.knowledge_index"

door = Doors(HELPDESK, tag="Knowledge base", prefix="/api/v1/rag")


def entry_out(row: EntryRow) -> EntryOut:
    return {
        "id": row.id,
        "question_id": row.question_id,
        "category": row.category,
        "question": row.question,
        "answer": row.answer,
        "keywords": rules.shown_keywords(row.keywords),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "created_by": row.created_by,
        "updated_by": row.updated_by,
    }


@door.get("/entries", permission=Desk.KNOWLEDGE_MANAGE)
async def list_entries(query: EntriesQuery, db: Db, call: Call) -> Success[EntryPage]:
    """Entries by question_id, with the total under the same filters."""
    terms = rules.search_terms(query.search) if query.search else None
    rows, total = await store.ENTRIES.page(db, query, call, terms=terms)
    return success({"entries": [entry_out(row) for row in rows], "total": total})


@door.post(
    "/entries",
    permission=Desk.KNOWLEDGE_MANAGE,
    audit=[KnowledgeAct.ENTRY_CREATED],
    errors=[QuestionIdTaken],
    status=201,
)
async def create_entry(body: EntryIn, tx: Tx) -> Success[EntrySaved]:
    """Add an entry; the assistant answers with it from now on."""
    new = NewEntry(
        question_id=body.question_id or 0,
        category=body.category,
        question=body.question,
        answer=body.answer,
        keywords=rules.tidy_keywords(body.keywords),
    )
    entry = await actions.create_entry(tx, new)
    return success({"message": "Entry created successfully", "entry": entry_out(entry)})


@door.get("/entries/{entry_id}", permission=Desk.KNOWLEDGE_MANAGE, errors=[EntryNotFound])
async def get_entry(entry_id: Id, db: Db) -> Success[EntryShown]:
    """One entry."""
    return success({"entry": entry_out(await store.get_entry(db, entry_id))})


@door.put(
    "/entries/{entry_id}",
    permission=Desk.KNOWLEDGE_MANAGE,
    audit=[KnowledgeAct.ENTRY_UPDATED],
    errors=[EntryNotFound, QuestionIdTaken],
)
async def update_entry(entry_id: Id, body: EntryChangeIn, tx: Tx) -> Success[EntrySaved]:
    """Change an entry; what is absent stays."""
    wanted = body.model_dump(exclude_none=True)
    if body.keywords is not None:
        wanted["keywords"] = list(rules.tidy_keywords(body.keywords))
    entry = await actions.update_entry(tx, entry_id, wanted)
    return success({"message": "Entry updated successfully", "entry": entry_out(entry)})


@door.delete(
    "/entries/{entry_id}",
    permission=Desk.KNOWLEDGE_MANAGE,
    audit=[KnowledgeAct.ENTRY_DELETED],
    errors=[EntryNotFound],
)
async def delete_entry(entry_id: Id, tx: Tx) -> Success[Message]:
    """Remove an entry; the assistant no longer answers with it."""
    entry = await actions.delete_entry(tx, entry_id)
    return success({"message": f"Entry {entry.question_id} deleted successfully"})


@door.get("/categories", permission=Desk.KNOWLEDGE_MANAGE)
async def list_categories(db: Db) -> CategoriesOut:
    """The categories in use."""
    return {"success": True, "categories": await store.list_categories(db)}


@door.get("/next-id", permission=Desk.KNOWLEDGE_MANAGE)
async def get_next_question_id(db: Db) -> NextIdOut:
    """The question_id that the next entry may have. It is not reserved."""
    return {"success": True, "next_question_id": await store.find_highest_number(db) + 1}


@door.get("/status", permission=Desk.KNOWLEDGE_MANAGE)
async def get_index_status(db: Db) -> StatusOut:
    """Whether the index that answers are found by knows every entry as it is now."""
    stand = await store.get_index(db)
    return {
        "success": True,
        "db_entries": stand.entries,
        "qdrant_vectors": stand.indexed,
        "in_sync": stand.entries == stand.indexed,
        "collection_name": COLLECTION,
    }


@door.post("/sync", permission=Desk.KNOWLEDGE_MANAGE, audit=[KnowledgeAct.SYNCED])
async def sync_index(tx: Tx) -> SyncedOut:
    """Index the entries whose index is missing or stale."""
    began = perf_counter()
    indexed, stand = await actions.sync(tx)
    stats: SyncStats = {
        "success": stand.entries == stand.indexed,
        "total_entries": stand.entries,
        "vectors_uploaded": stand.indexed,
        "indexed_now": indexed,
        "time_taken_seconds": round(perf_counter() - began, 3),
    }
    return {"success": True, "stats": stats}


@door.post("/import-csv", permission=Desk.KNOWLEDGE_MANAGE, audit=[KnowledgeAct.IMPORTED])
async def import_csv(query: ImportQuery, upload: EntriesFile, tx: Tx) -> ImportedOut:
    """Add the entries of a CSV file; rows that can't be read or are known already are skipped, with the reason."""
    done = await actions.import_file(tx, upload.entries, clear_existing=query.clear_existing)
    stats: ImportStats = {
        "imported": done.imported,
        "skipped": len(done.refused),
        "errors": done.errors,
    }
    return {"success": True, "stats": stats}
