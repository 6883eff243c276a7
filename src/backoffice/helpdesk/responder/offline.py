"""The responder that needs nothing outside: it answers from the knowledge base and says so when it can't."""

from dataclasses import dataclass

from backoffice.helpdesk.knowledge.finding import Found, find_entries
from backoffice.helpdesk.responder import rules
from backoffice.helpdesk.responder.port import Asked, Reply
from backoffice.helpdesk.responder.rules import MARKER, Intent
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.database import Db
from backoffice.kernel.house import House
from backoffice.kernel.write import outside_transaction

CONNECTING = f"I'll connect you with our support team. {MARKER}"
NOT_FOUND = f"I could not find an answer to that. Our support team can help you. {MARKER}"
PROBLEM = {
    Category.PAYMENT: f"I'm sorry about the trouble with your payment. Our payment team has to look into it. {MARKER}",
    Category.LOAN: f"I'm sorry about the trouble with your loan. Our loan team has to look into it. {MARKER}",
    Category.ACCOUNT: f"I'm sorry about the trouble with your account. Our account team has to look into it. {MARKER}",
    Category.TECHNICAL: f"I'm sorry that this doesn't work. Our technical team has to look into it. {MARKER}",
    Category.GENERAL: f"I'm sorry to hear that. Our support team has to look into it. {MARKER}",
}
OFFERS = frozenset(rules.without_marker(text) for text in (CONNECTING, NOT_FOUND, *PROBLEM.values()))
SMALL_TALK = {
    Intent.GREETING: "Hello! How can I help you? Ask me about payments, loans, your account or the app.",
    Intent.THANKS: "You're welcome! Is there anything else I can help you with?",
    Intent.GOODBYE: "Goodbye, and have a good day!",
    Intent.ACKNOWLEDGEMENT: "All right. Is there anything else I can help you with?",
    Intent.WORDLESS: "Please write your question in a few words, then I can look for an answer.",
}


@dataclass(frozen=True)
class OfflineResponder:
    house: House

    async def reply(self, asked: Asked) -> Reply:
        outside_transaction("responder")
        async with self.house.database.read() as db:
            return await self.reply_at_once(db, asked)

    async def reply_at_once(self, db: Db, asked: Asked) -> Reply:
        """Small talk and the wish for a person at once, a problem to people, a question from the knowledge base."""
        question = rules.without_marker(asked.question)
        intent = rules.intent_of(question)
        if intent is Intent.ACKNOWLEDGEMENT and rules.agrees(question) and _just_offered(asked):
            intent = Intent.PERSON
        if intent in SMALL_TALK:
            return _reply(SMALL_TALK[intent], intent, category=Category.GENERAL, flow="small_talk")
        said = [turn.text for turn in reversed(asked.history) if turn.author == "user"]
        category = rules.category_in([question, *said])
        if intent is Intent.PERSON:
            return _reply(CONNECTING, intent, category=category, flow="escalation")
        if intent is Intent.PROBLEM:
            return _reply(PROBLEM[category], intent, category=category, flow="escalation")
        found = await find_entries(db, question, most=1)
        return _answered(found[0] if found else None, category)


def _just_offered(asked: Asked) -> bool:
    """Whether a ticket was offered last: who types yes instead of pressing it means that."""
    return bool(asked.history) and rules.without_marker(asked.history[-1].text) in OFFERS


def _answered(best: Found | None, category: Category) -> Reply:
    if best is None or not best.answers:
        sure = 1.0 - (best.score if best else 0.0)
        return _reply(NOT_FOUND, Intent.QUESTION, category=category, flow="escalation", confidence=sure)
    about = Category(best.category) if best.category in set(Category) else category
    return _reply(best.answer, Intent.QUESTION, category=about, flow="knowledge", confidence=best.score)


def _reply(text: str, intent: Intent, *, category: Category, flow: str, confidence: float = 1.0) -> Reply:
    return Reply(
        text=text,
        raises_ticket=flow == "escalation",
        category=category,
        intent=intent,
        confidence=round(confidence, 2),
        flow=flow,
        input_tokens=0,
        output_tokens=0,
        successful=flow != "escalation",
    )
