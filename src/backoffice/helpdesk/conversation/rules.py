"""What becomes of a customer's message, and the words the house itself says. Pure: no SQL, no clock, no HTTP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backoffice.helpdesk.conversation.wishes import Wish, agrees, refuses, wish_of
from backoffice.helpdesk.outbox.rules import LONGEST_QUESTION, Question
from backoffice.helpdesk.responder.rules import MARKER, has_marker, without_marker
from backoffice.helpdesk.ticket.rules import Category
from backoffice.helpdesk.whatsapp.content import MessageKind
from backoffice.helpdesk.whatsapp.payload import Button
from backoffice.kernel.errors import Conflict, Invalid
from backoffice.kernel.lanes import JobName, Lane

ANSWER_MESSAGE = JobName("helpdesk.answer_message", Lane.MODEL)
REOPENS_WITHIN = timedelta(hours=24)
"""A customer's message so soon after the resolution opens the ticket again; a closed one stays closed."""
HISTORY_LENGTH = 10
LONGEST_READ = 4096
"""Characters of a message that the responder reads: as many as WhatsApp takes."""

REASON = "User requested human agent assistance"
QUESTION = "Shall I raise a ticket, so that one of our agents writes to you here?"
APOLOGY = "Sorry, I can't answer right now."
NOT_ANSWERED = "The assistant could not answer this message ({cause})"
UNREADABLE = "I can only read text so far."
DECLINED = "All right, no ticket. Write to me any time if you need help."
GOODBYE = "You will get no more messages from us. Send START to hear from us again."
OFFERS_STOPPED = "You will get no more offers from us. We still answer when you write. Send START to get offers again."
OFFERS_RESUMED = "You will get our offers again."
WELCOME_BACK = "Welcome back. You will get our messages again."
PLACED = "Your ticket {code} is raised and assigned to {agent}, who will write to you here."
QUEUED = (
    "Your ticket {code} is raised. All agents are busy, you are in the queue: the next free one writes to you here."
)

PRESSED = re.compile(r"ticket:(yes|no):([1-9][0-9]{0,17})", re.ASCII)
SCRIPTS = {
    "hi": "\u0900-\u097f",
    "bn": "\u0980-\u09ff",
    "pa": "\u0a00-\u0a7f",
    "gu": "\u0a80-\u0aff",
    "or": "\u0b00-\u0b7f",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "ur": "\u0600-\u06ff",
}
"""The language whose letters a text is written in; English shares its own with too many to be told by them."""

STORED_AS = {MessageKind.AUDIO: "audio", MessageKind.IMAGE: "image", MessageKind.STICKER: "image"}
SHOWN_INLINE = frozenset(
    {
        "audio/aac",
        "audio/amr",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
    }
)
"""What a browser may play or show; anything else a customer sent could carry a script and is downloaded."""
KEPT_KINDS = {MessageKind.DOCUMENT: "document", MessageKind.VIDEO: "video"}
SAYS_NOTHING = frozenset(
    {MessageKind.REACTION, MessageKind.UNSUPPORTED, MessageKind.SYSTEM, MessageKind.EDIT, MessageKind.REVOKE}
)
"""Kept for staff, but no words, media or buttons of the customer's own: never answered, never a reason to reopen."""


class Step(StrEnum):
    """What happens with a customer's message once it is kept."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    STOP_OFFERS = "stop_offers"
    LEAVE_TO_AGENT = "leave_to_agent"
    STAY_SILENT = "stay_silent"
    RAISE_TICKET = "raise_ticket"
    DECLINE_TICKET = "decline_ticket"
    SAY_FIXED_ANSWER = "say_fixed_answer"
    SAY_UNREADABLE = "say_unreadable"
    ASK_RESPONDER = "ask_responder"


SILENT_OR_STOP = {True: Step.STAY_SILENT, False: Step.STOP_OFFERS}


class ReplyToFinishedTicket(Invalid):
    """A {status} ticket can't be answered. Reopen it first."""

    status: str


class WindowClosed(Conflict):
    """The 24-hour window is closed. Send a template instead."""


class NoTemplate(Conflict):
    """No template is configured. Ask an administrator to set one, or wait until the customer writes again."""


class CustomerOptedOut(Conflict):
    """The customer has opted out of messages. Wait until they send START."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the next step depends on. `owned` by a person: from the ticket's creation until it is resolved.

    `asked`: the last thing we said was whether to raise a ticket. `resolved_lately`: a word from them would reopen one.
    """

    kind: MessageKind
    text: str | None
    button_id: str | None
    opted_out: bool
    owned: bool
    has_fixed_answer: bool
    offers_stopped: bool = False
    asked: bool = False
    resolved_lately: bool = False


def next_step(facts: Facts) -> Step:
    """What to do with a message: the customer's own wishes first, then who owns the conversation, then an answer."""
    wish = wish_of(facts.kind, facts.text, button_id=facts.button_id)
    choice, _ = pressed(facts.button_id)
    typed_yes = facts.asked and not facts.owned and agrees(facts.kind, facts.text)
    says_no = choice == "no" or refuses(facts.kind, facts.text)
    cases = (
        (wish is Wish.STOP, Step.STAY_SILENT if facts.opted_out else Step.OPT_OUT),
        (wish is Wish.START and (facts.opted_out or facts.offers_stopped), Step.OPT_IN),
        (wish is Wish.STOP_OFFERS and not facts.opted_out, SILENT_OR_STOP[facts.offers_stopped]),
        (facts.opted_out or facts.kind in SAYS_NOTHING, Step.STAY_SILENT),
        (choice == "yes" or typed_yes, Step.RAISE_TICKET),
        (facts.owned, Step.LEAVE_TO_AGENT),
        (says_no and facts.resolved_lately, Step.STAY_SILENT),
        (choice == "no", Step.DECLINE_TICKET),
        (facts.has_fixed_answer, Step.SAY_FIXED_ANSWER),
        (not without_marker(facts.text or ""), Step.SAY_UNREADABLE),
    )
    return next((step for holds, step in cases if holds), Step.ASK_RESPONDER)


def lock_of(whatsapp_user_id: int) -> str:
    """One customer's messages are answered in turn."""
    return f"whatsapp:{whatsapp_user_id}"


def check_reachable(*, opted_out: bool, window_open: bool, as_template: bool, has_template: bool) -> None:
    """Whether an agent may write now, and in this way."""
    if opted_out:
        raise CustomerOptedOut
    if as_template and not has_template:
        raise NoTemplate
    if not as_template and not window_open:
        raise WindowClosed


def may_reopen(*, sent_at: datetime, resolved_at: datetime | None) -> bool:
    """Whether a message comes soon enough after the resolution."""
    return resolved_at is not None and sent_at <= resolved_at + REOPENS_WITHIN


def reopens(kind: MessageKind, text: str | None, *, button_id: str | None = None) -> bool:
    """Whether a message opens the customer's resolved ticket again: one in their own words, media or buttons.

    A command, a no, a reaction, or what WhatsApp tells by itself says nothing about the ticket.
    """
    if kind in SAYS_NOTHING or wish_of(kind, text, button_id=button_id) is not None:
        return False
    return pressed(button_id)[0] != "no" and not refuses(kind, text)


def buttons_of(message_id: int) -> tuple[Button, ...]:
    """Yes and No, under our message that asks: it remembers what the ticket would be about."""
    return Button(f"ticket:yes:{message_id}", "Yes"), Button(f"ticket:no:{message_id}", "No")


def pressed(button_id: str | None) -> tuple[str | None, int | None]:
    """Which of our buttons was pressed, and under which message of ours."""
    found = PRESSED.fullmatch(button_id or "")
    return (found[1], int(found[2])) if found else (None, None)


def with_marker(text: str) -> str:
    """What staff read in the history: the responder's words, and that it asked for a person."""
    return text if has_marker(text) else f"{text} {MARKER}".strip()


def question_after(answer: str, message_id: int) -> tuple[str | None, Question]:
    """The answer followed by our question; as a message of its own before it where WhatsApp's buttons leave no room."""
    together = f"{answer}\n\n{QUESTION}" if answer else QUESTION
    if len(together) <= LONGEST_QUESTION:
        return None, Question(together, buttons_of(message_id))
    return answer, Question(QUESTION, buttons_of(message_id))


def confirmation(code: str, agent: str | None) -> str:
    return PLACED.format(code=code, agent=agent) if agent else QUEUED.format(code=code)


def language_of(text: str) -> str:
    """The language of the letters most of the text is written in, `en` for Latin ones."""
    letters = "".join(filter(str.isalpha, text))
    counts = {language: len(re.findall(f"[{script}]", letters)) for language, script in SCRIPTS.items()}
    language = max(counts, key=lambda each: counts[each])
    return language if counts[language] * 2 > len(letters) else "en"


def stored_kind(kind: MessageKind) -> str:
    """A message's kind as the dashboard knows it."""
    return STORED_AS.get(kind) or KEPT_KINDS.get(kind) or "text"


PLACEHOLDERS = {
    MessageKind.REVOKE: "[a message was deleted]",
    MessageKind.REACTION: "[a reaction was taken back]",
}


def placeholder(kind: MessageKind, facts: Mapping[str, Any]) -> str:
    """What staff read of a message without words."""
    return PLACEHOLDERS.get(kind) or f"[{facts.get('type') or kind}]"


def category_in(offer: str | None) -> Category:
    """The category decided when the question was asked; a question without one was about anything."""
    return Category(offer) if offer else Category.GENERAL
