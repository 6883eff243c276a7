"""The entries and their index: reading, searching, writing. Whoever writes an entry indexes it in the same write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from backoffice.helpdesk.knowledge import rules
from backoffice.helpdesk.knowledge.rules import NewEntry
from backoffice.kernel.database import Db, Pages, Query
from backoffice.kernel.write import Tx

MOST_MATCHES = 20


@dataclass(frozen=True, slots=True)
class EntryRow:
    id: int
    question_id: int
    category: str
    question: str
    answer: str
    keywords: list[str]
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    updated_by: str | None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """How many entries there are, and how many of them the index knows as they are now."""

    entries: int
    indexed: int


@dataclass(frozen=True, slots=True)
class MatchRow:
    """An entry that shares words with a question: `found` of the `asked` words are in it, and the question covers this
    share of the entry's own question or of one of its keyword phrases."""

    question_id: int
    category: str
    question: str
    answer: str
    asked: int
    found: int
    covered: float


ENTRY: LiteralString = """
    SELECT e.id, e.question_id, e.category, e.question, e.answer, e.keywords, e.created_at, e.updated_at,
           made.username AS created_by, changed.username AS updated_by
      FROM helpdesk.knowledge_entry e
      LEFT JOIN kernel.staff made ON made.id = e.created_by
      LEFT JOIN kernel.staff changed ON changed.id = e.updated_by
"""
ENTRIES = Pages(
    "knowledge",
    EntryRow,
    source="helpdesk.knowledge_entry e",
    key="e.id",
    order="e.question_id, e.id",
    filters={
        "category": "e.category = %(category)s",
        "search": """(e.question_id::text ^@ %(search)s OR e.id IN (
            SELECT entry_id FROM helpdesk.knowledge_index
             WHERE words @@ (to_tsquery('english', %(terms)s) || to_tsquery('simple', %(terms)s))))""",
    },
    sql=ENTRY + "{where} ORDER BY {order} {cut}",
)


def get_entry(db: Db, entry_id: int) -> Query[EntryRow]:
    return ENTRIES.one(db, entry_id, missing=rules.EntryNotFound(entry_id=entry_id))


def lock_entry(tx: Tx, entry_id: int) -> Query[int | None]:
    """Hold the entry, if there is one, until this write ends."""
    return tx.find_value(
        int, "SELECT id FROM helpdesk.knowledge_entry WHERE id = %(entry_id)s FOR UPDATE", entry_id=entry_id
    )


def lock_entries(tx: Tx) -> Query[int]:
    """Hold the whole knowledge base, against writing only, until this write ends."""
    return tx.run("LOCK TABLE helpdesk.knowledge_entry IN SHARE ROW EXCLUSIVE MODE")


def list_categories(db: Db) -> Query[list[str]]:
    return db.values(str, "SELECT DISTINCT category FROM helpdesk.knowledge_entry ORDER BY category")


def find_highest_number(db: Db) -> Query[int]:
    """The highest question_id; 0 where there is no entry."""
    return db.value(int, "SELECT coalesce(max(question_id), 0) FROM helpdesk.knowledge_entry")


def insert_entries(tx: Tx, entries: Sequence[NewEntry]) -> Query[list[int]]:
    """Write entries in their order; returns the question_ids of those whose question_id was free."""
    return tx.values(
        int,
        """
        INSERT INTO helpdesk.knowledge_entry (question_id, category, question, answer, keywords, created_by, updated_by)
             SELECT e.question_id, e.category, e.question, e.answer, e.keywords, %(staff_id)s::bigint, %(staff_id)s
               FROM jsonb_to_recordset(%(entries)s::jsonb)
                    AS e(question_id bigint, category text, question text, answer text, keywords text[], line bigint)
              ORDER BY e.line
        ON CONFLICT (question_id) DO NOTHING
          RETURNING question_id
        """,
        entries=Jsonb([asdict(entry) for entry in entries]),
        staff_id=tx.actor.staff_id,
    )


def get_id(db: Db, question_id: int) -> Query[int]:
    return db.value(
        int, "SELECT id FROM helpdesk.knowledge_entry WHERE question_id = %(question_id)s", question_id=question_id
    )


@contextmanager
def question_id_taken(question_id: int) -> Iterator[None]:
    """Turns the database's word that another entry has this question_id into the sentence people read."""
    try:
        yield
    except UniqueViolation as taken:
        raise rules.QuestionIdTaken(question_id=question_id) from taken


def set_entry(tx: Tx, entry: EntryRow) -> Query[int]:
    return tx.run(
        """
        UPDATE helpdesk.knowledge_entry
           SET question_id = %(question_id)s, category = %(category)s, question = %(question)s, answer = %(answer)s,
               keywords = %(keywords)s::text[], updated_by = %(staff_id)s
         WHERE id = %(entry_id)s
        """,
        question_id=entry.question_id,
        category=entry.category,
        question=entry.question,
        answer=entry.answer,
        keywords=entry.keywords,
        staff_id=tx.actor.staff_id,
        entry_id=entry.id,
    )


def delete_entry(tx: Tx, entry_id: int) -> Query[int]:
    """Its index goes with it."""
    return tx.run("DELETE FROM helpdesk.knowledge_entry WHERE id = %(entry_id)s", entry_id=entry_id)


def delete_entries(tx: Tx) -> Query[int]:
    """Empty the knowledge base; returns how many entries there were."""
    return tx.value(
        int,
        """
        WITH gone AS (
            DELETE FROM helpdesk.knowledge_entry RETURNING id
        )
        SELECT count(*) FROM gone
        """,
    )


def index_entries(tx: Tx) -> Query[int]:
    """Index every entry whose index is missing or was made from another version of it; returns how many."""
    return tx.value(
        int,
        """
        WITH made AS (
            INSERT INTO helpdesk.knowledge_index AS i (entry_id, words, made_from)
                 SELECT e.id, helpdesk.knowledge_words(e.question, e.keywords, e.answer), e.updated_at
                   FROM helpdesk.knowledge_entry e
                   LEFT JOIN helpdesk.knowledge_index known ON known.entry_id = e.id
                  WHERE known.made_from IS DISTINCT FROM e.updated_at
            ON CONFLICT (entry_id) DO UPDATE SET words = excluded.words, made_from = excluded.made_from
              RETURNING i.entry_id
        )
        SELECT count(*) FROM made
        """,
    )


def get_index(db: Db) -> Query[IndexRow]:
    return db.one(
        IndexRow,
        """
        SELECT count(*) AS entries, count(i.entry_id) AS indexed
          FROM helpdesk.knowledge_entry e
          LEFT JOIN helpdesk.knowledge_index i ON i.entry_id = e.id AND i.made_from = e.updated_at
        """,
    )


def list_matches(db: Db, text: str, *, words: list[str]) -> Query[list[MatchRow]]:
    """Entries that share words with a customer's text, the 20 that share most. A lone keyword is no phrase to cover."""
    return db.all(
        MatchRow,
        """
        WITH asked AS MATERIALIZED (
            SELECT plainto_tsquery('english', word) || plainto_tsquery('simple', word) AS word
              FROM unnest(%(words)s::text[]) AS word
             WHERE numnode(plainto_tsquery('english', word)) > 0
        ), question AS (
            SELECT string_agg(word::text, ' | ')::tsquery AS any_word, count(*) AS words,
                   tsvector_to_array(to_tsvector('english', kernel.fold(%(text)s))) AS stems
              FROM asked
        ), candidate AS (
            SELECT i.entry_id, i.words
              FROM helpdesk.knowledge_index i, question q
             WHERE i.words @@ q.any_word
             ORDER BY ts_rank(i.words, q.any_word) DESC, i.entry_id
             LIMIT %(most)s
        )
        SELECT e.question_id, e.category, e.question, e.answer, q.words AS asked,
               (SELECT count(*) FROM asked WHERE c.words @@ asked.word) AS found,
               (SELECT coalesce(max((SELECT count(*) FROM unnest(stems) AS stem WHERE stem = ANY (q.stems))::float8
                                    / cardinality(stems)), 0)
                  FROM unnest(e.question || e.keywords) WITH ORDINALITY AS title(words, place),
                       tsvector_to_array(to_tsvector('english', kernel.fold(title.words))) AS stems
                 WHERE cardinality(stems) > CASE place WHEN 1 THEN 0 ELSE 1 END) AS covered
          FROM candidate c
          JOIN helpdesk.knowledge_entry e ON e.id = c.entry_id
         CROSS JOIN question q
        """,
        text=text,
        words=words,
        most=MOST_MATCHES,
    )
