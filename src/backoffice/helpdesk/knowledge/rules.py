"""What an entry may look like, which words of a question count, and how well an entry answers it. Pure."""

import re
from dataclasses import dataclass

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.folding import fold

HIGHEST_QUESTION_ID = 999_999_999
LONGEST_CATEGORY = 50
LONGEST_QUESTION = 500
LONGEST_ANSWER = 3_000
"""Leaves room for a marker and a closing line in a WhatsApp message, which holds 4,096 characters."""
LONGEST_KEYWORD = 100
MOST_KEYWORDS = 30
MOST_WORDS = 24
"""Of a question. Whoever writes more says the same several times."""
ANSWERS_FROM = 0.55
"""An entry that scores less is about something else. The demo's entries and their questions tell these apart."""

WORD = re.compile(r"[^\W_]+")
KEYWORD_SEPARATORS = re.compile(r"[,;|\n]")
CHATTER = frozenset(
    WORD.findall(
        """
        aap actually arent arey bhai bro cant could couldnt dear didnt doesnt dont exactly fast get getting give
        gives guys haan hai hain hello hasnt havent heres ill im isnt its ive help hey hi ho hoga hum ji ka
        kaise kar kare karna karo ke ki kindly know ko kya let like maam madam main many may mein mera mere meri
        much mujhe namaste need ok okay one please pls plz possible question quick se sir tell thank thanks
        thats theres u ur us want wasnt whats wheres wont would yaar ye yeh
        """
    )
)
"""Words that say nothing about what is asked, beside the stop words that PostgreSQL leaves out by itself."""


class KnowledgeAct(Act):
    ENTRY_CREATED = "knowledge.entry_created"
    ENTRY_UPDATED = "knowledge.entry_updated"
    ENTRY_DELETED = "knowledge.entry_deleted"
    IMPORTED = "knowledge.imported"
    SYNCED = "knowledge.synced"


class EntryNotFound(NotFound):
    """Knowledge base entry with ID {entry_id} not found"""

    entry_id: int


class QuestionIdTaken(Invalid):
    """An entry with question_id '{question_id}' already exists"""

    question_id: int


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be; `line` is where it stood in its file, 0 when it came alone. question_id 0: the next free one."""

    question_id: int
    category: str
    question: str
    answer: str
    keywords: tuple[str, ...] = ()
    line: int = 0


def keywords_in(text: str) -> tuple[str, ...]:
    """Keywords as people write them into one cell: separated by commas, semicolons, bars or lines."""
    return tidy_keywords(KEYWORD_SEPARATORS.split(text))


def tidy_keywords(written: list[str]) -> tuple[str, ...]:
    """Trimmed, each once, none empty."""
    return tuple(dict.fromkeys(" ".join(one.split()) for one in written if one.strip()))


def question_id_in(text: str) -> int | None:
    """A question_id as people write it: a number from 1 to 999,999,999, with or without zeros before it."""
    digits = text.strip().lstrip("0")
    number = (
        int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= len(str(HIGHEST_QUESTION_ID)) else 0
    )
    return number or None


def shown_keywords(keywords: list[str]) -> str:
    """Keywords as the dashboard shows and edits them: one text, separated by commas."""
    return ", ".join(keywords)


def words_in(text: str) -> list[str]:
    """The words of a question that say what it is about, each once."""
    words = WORD.findall(fold(text))
    return list(dict.fromkeys(word for word in words if word not in CHATTER and len(word) < 40))[:MOST_WORDS]


def search_terms(search: str) -> str:
    """A full-text query for entries with all these words, the beginning of a word being enough."""
    return " & ".join(f"{word}:*" for word in WORD.findall(fold(search)))


def match_score(*, asked: int, found: int, covered: float) -> float:
    """How well an entry answers a question, 0 to 1: the half of it is how many of the `asked` words are `found` in it,
    the other half how much of its own question (or of a keyword phrase) the customer's words cover.

    Each half alone misleads: a long message shares words with much, a short entry is soon covered.
    """
    return (found / asked + covered) / 2 if asked else 0.0
