"""What the knowledge base page takes and gives."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints
from typing_extensions import TypedDict

from backoffice.helpdesk.knowledge import rules
from backoffice.kernel.web import In, QueryString
from backoffice.kernel.web.paging import LARGEST_OFFSET, Paged


def _as_list(given: Any) -> Any:
    """Keywords may come as one text with commas."""
    return list(rules.keywords_in(given)) if isinstance(given, str) else given


def _as_number(given: Any) -> Any:
    """Texts that are numbers are accepted."""
    return rules.question_id_in(given) or given if isinstance(given, str) else given


Keyword = Annotated[str, StringConstraints(strip_whitespace=True, max_length=rules.LONGEST_KEYWORD)]
Keywords = Annotated[list[Keyword], BeforeValidator(_as_list), Field(max_length=rules.MOST_KEYWORDS)]
QuestionId = Annotated[int, BeforeValidator(_as_number), Field(ge=1, le=rules.HIGHEST_QUESTION_ID, strict=True)]
Category = Annotated[str, Field(min_length=1, max_length=rules.LONGEST_CATEGORY)]
Question = Annotated[str, Field(min_length=1, max_length=rules.LONGEST_QUESTION)]
Answer = Annotated[str, Field(min_length=1, max_length=rules.LONGEST_ANSWER)]


class EntriesQuery(Paged, default=50, most=500):
    skip: int | None = Field(None, ge=0, le=LARGEST_OFFSET, description="Rows to skip, as `offset`")
    category: str | None = Field(None, max_length=rules.LONGEST_CATEGORY)
    search: str | None = Field(None, max_length=200, description="Beginnings of words, or of the entry's number")

    @property
    def start(self) -> int:
        return self.skip if self.skip is not None else super().start


class ImportQuery(QueryString):
    clear_existing: bool = Field(False, description="Replace all entries by those of the file")


class EntryIn(In):
    """Without a question_id the next free one is given."""

    question_id: QuestionId | None = None
    category: Category
    question: Question
    answer: Answer
    keywords: Keywords = Field([])


class EntryChangeIn(In):
    """What is absent stays as it is."""

    question_id: QuestionId | None = None
    category: Category | None = None
    question: Question | None = None
    answer: Answer | None = None
    keywords: Keywords | None = None


class EntryOut(TypedDict):
    """`keywords` is one text, separated by commas."""

    id: int
    question_id: int
    category: str
    question: str
    answer: str
    keywords: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    updated_by: str | None


class EntryPage(TypedDict):
    entries: list[EntryOut]
    total: int


class EntryShown(TypedDict):
    entry: EntryOut


class EntrySaved(TypedDict):
    message: str
    entry: EntryOut


class CategoriesOut(TypedDict):
    success: bool
    categories: list[str]


class NextIdOut(TypedDict):
    success: bool
    next_question_id: int


class StatusOut(TypedDict):
    """`qdrant_vectors` are the entries whose index is up to date."""

    success: bool
    db_entries: int
    qdrant_vectors: int
    in_sync: bool
    collection_name: str


class SyncStats(TypedDict):
    """`vectors_uploaded` are the entries that the index holds now, as in the status; `indexed_now` those made anew."""

    success: bool
    total_entries: int
    vectors_uploaded: int
    indexed_now: int
    time_taken_seconds: float


class SyncedOut(TypedDict):
    success: bool
    stats: SyncStats


class ImportStats(TypedDict):
    """`skipped` rows were not imported; `errors` has a line for each that says why."""

    imported: int
    skipped: int
    errors: list[str]


class ImportedOut(TypedDict):
    success: bool
    stats: ImportStats
