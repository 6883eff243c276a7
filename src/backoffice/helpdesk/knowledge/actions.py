"""What staff do with the knowledge base. Each runs inside one write and leaves the index up to date."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from backoffice.helpdesk.knowledge import rules, store
from backoffice.helpdesk.knowledge.rows import Entries
from backoffice.helpdesk.knowledge.rules import KnowledgeAct, NewEntry
from backoffice.helpdesk.knowledge.store import EntryRow, IndexRow
from backoffice.kernel.database import together
from backoffice.kernel.errors import BadInput
from backoffice.kernel.importing import RefusedLine, Report
from backoffice.kernel.write import Tx

FACTS = ("question_id", "category", "question", "answer", "keywords")


async def create_entry(tx: Tx, new: NewEntry) -> EntryRow:
    """Add an entry; one without a question_id gets the next free one. QuestionIdTaken if another entry has it."""
    if not new.question_id:
        _, highest = await together(store.lock_entries(tx), store.find_highest_number(tx))
        new = replace(new, question_id=highest + 1)
    if not await store.insert_entries(tx, [new]):
        raise rules.QuestionIdTaken(question_id=new.question_id)
    entry_id, _ = await together(store.get_id(tx, new.question_id), store.index_entries(tx))
    entry = await store.get_entry(tx, entry_id)
    tx.audit(KnowledgeAct.ENTRY_CREATED, entry.id, after=_facts(entry, FACTS))
    return entry


async def update_entry(tx: Tx, entry_id: int, wanted: dict[str, Any]) -> EntryRow:
    """Change what is wanted and differs; nothing that differs changes and records nothing."""
    _, entry = await together(store.lock_entry(tx, entry_id), store.get_entry(tx, entry_id))
    changes = {name: value for name, value in wanted.items() if value != getattr(entry, name)}
    if not changes:
        return entry
    after = replace(entry, **changes)
    with store.question_id_taken(after.question_id):
        await store.set_entry(tx, after)
    tx.audit(KnowledgeAct.ENTRY_UPDATED, entry_id, before=_facts(entry, changes), after=_facts(after, changes))
    _, changed = await together(store.index_entries(tx), store.get_entry(tx, entry_id))
    return changed


async def delete_entry(tx: Tx, entry_id: int) -> EntryRow:
    """Remove an entry; the audit log keeps what it said."""
    _, entry = await together(store.lock_entry(tx, entry_id), store.get_entry(tx, entry_id))
    tx.audit(KnowledgeAct.ENTRY_DELETED, entry_id, before=_facts(entry, FACTS))
    await store.delete_entry(tx, entry_id)
    return entry


async def import_entries(tx: Tx, entries: Sequence[NewEntry]) -> int:
    """Add the entries whose question_id is free; returns how many. What is known already stays as it is."""
    added = await store.insert_entries(tx, entries)
    await store.index_entries(tx)
    tx.audit(KnowledgeAct.IMPORTED, "entries", after={"imported": len(added), "skipped": len(entries) - len(added)})
    return len(added)


async def import_file(tx: Tx, read: Entries, *, clear_existing: bool) -> Report:
    """Add the good rows of a file, or replace the knowledge base by them: all in one write.

    Nothing is cleared for a file without a single good row.
    """
    if clear_existing and not read.entries:
        raise BadInput(summary=f"file: No row can be imported, so nothing was cleared: {read.refused[0]}")
    await store.lock_entries(tx)
    cleared = await store.delete_entries(tx) if clear_existing else 0
    added = set(await store.insert_entries(tx, read.entries))
    await store.index_entries(tx)
    known = [
        RefusedLine(entry.line, f"{entry.question_id} already exists")
        for entry in read.entries
        if entry.question_id not in added
    ]
    skipped = sorted([*read.refused, *known])
    facts = {"imported": len(added), "skipped": len(skipped), "cleared": cleared}
    tx.audit(KnowledgeAct.IMPORTED, "entries", after=facts)
    return Report(len(added), skipped)


async def sync(tx: Tx) -> tuple[int, IndexRow]:
    """Index what the index lacks or knows in another version; returns how many entries, and how the index stands."""
    _, made, stand = await together(store.lock_entries(tx), store.index_entries(tx), store.get_index(tx))
    tx.audit(KnowledgeAct.SYNCED, "index", after={"indexed": made, "entries": stand.entries})
    return made, stand


def _facts(entry: EntryRow, names: Sequence[str] | dict[str, Any]) -> dict[str, Any]:
    facts = asdict(entry)
    return {name: facts[name] for name in names}
