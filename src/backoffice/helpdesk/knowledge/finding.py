"""Finding what the knowledge base says to a customer's words."""

from dataclasses import dataclass

from backoffice.helpdesk.knowledge import rules, store
from backoffice.kernel.database import Db


@dataclass(frozen=True, slots=True)
class Found:
    """An entry and how well it answers what was asked, 0 to 1."""

    question_id: int
    category: str
    question: str
    answer: str
    score: float

    @property
    def answers(self) -> bool:
        return self.score >= rules.ANSWERS_FROM


async def find_entries(db: Db, text: str, *, most: int = 5) -> list[Found]:
    """Entries about this text, the best first, whether or not they answer it."""
    words = rules.words_in(text)
    if not words:
        return []
    found = [
        Found(
            question_id=row.question_id,
            category=row.category,
            question=row.question,
            answer=row.answer,
            score=rules.match_score(asked=row.asked, found=row.found, covered=row.covered),
        )
        for row in await store.list_matches(db, text, words=words)
    ]
    return sorted(found, key=lambda one: (-one.score, one.question_id))[:most]
