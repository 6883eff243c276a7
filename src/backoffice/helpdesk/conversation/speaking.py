"""Answering a customer: the words go into the conversation and into the outbox in one write, which ends the message."""

from dataclasses import dataclass
from typing import Any

from backoffice.helpdesk.conversation import rules, store
from backoffice.helpdesk.conversation.store import Said
from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.outbox.rules import Purpose
from backoffice.helpdesk.responder.port import Reply
from backoffice.helpdesk.responder.rules import Intent, without_marker
from backoffice.helpdesk.ticket import store as tickets
from backoffice.helpdesk.ticket.rules import OCCUPYING
from backoffice.helpdesk.usage.store import add_usage
from backoffice.kernel.database import together
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class Heard:
    """A customer's message as it stands in the conversation."""

    wa_message_id: str
    whatsapp_user_id: int


@dataclass(frozen=True, slots=True)
class Thought:
    """What the responder came to, None when it failed; how long it took, and how often it called a model."""

    reply: Reply | None
    milliseconds: int
    calls: int


async def answer(tx: Tx, heard: Heard, thought: Thought) -> None:
    """Say what the responder came to, and ask about a ticket where it wants one or failed.

    A person who took the conversation over while it thought has the last word: then nothing is said.
    """
    inbound, latest = await together(
        store.lock_inbound(tx, heard.wa_message_id), tickets.find_latest(tx, heard.whatsapp_user_id)
    )
    if inbound.handled_at is not None:
        return
    tx.record("message", heard.wa_message_id)
    await answer_at_once(tx, heard, thought, is_silent=latest is not None and latest.status in OCCUPYING)


async def answer_at_once(tx: Tx, heard: Heard, thought: Thought, *, is_silent: bool = False) -> None:
    """The same in the write that heard the message: nobody can have come between."""
    if not is_silent:
        await _speak(tx, heard, thought)
    tx.send_ahead(add_usage(tx, **_counters(thought)))
    tx.send_ahead(store.set_handled(tx, heard.wa_message_id))


async def _speak(tx: Tx, heard: Heard, thought: Thought) -> None:
    reply, details = thought.reply, _facts(thought)
    if reply is None:
        await offer(tx, heard, rules.APOLOGY, details=details)
    elif reply.raises_ticket:
        details["offer"] = {"category": reply.category}
        await offer(tx, heard, rules.with_marker(reply.text), details=details)
    else:
        await say(tx, heard, reply.text, purpose=Purpose.BOT, details=details)


async def say(tx: Tx, heard: Heard, text: str, *, purpose: Purpose, details: dict[str, Any] | None = None) -> None:
    """Answer with these words."""
    said = Said("assistant", text, answers=heard.wa_message_id, details=details or {})
    message = await store.insert_message(tx, heard.whatsapp_user_id, said)
    shown = without_marker(text)
    await outbox.queue_text(tx, heard.whatsapp_user_id, shown, purpose=purpose, message_id=message.id)
    tx.send_ahead(add_usage(tx, responses_sent=1))


async def offer(tx: Tx, heard: Heard, content: str, *, details: dict[str, Any] | None = None) -> None:
    """Answer with these words, then ask whether to raise a ticket. The marker stays in the history, for staff."""
    said = Said("assistant", content, answers=heard.wa_message_id, details=details or {})
    message = await store.insert_message(tx, heard.whatsapp_user_id, said)
    before, question = rules.question_after(without_marker(content), message.id)
    if before is not None:
        await outbox.queue_text(tx, heard.whatsapp_user_id, before, purpose=Purpose.BOT)
    await outbox.queue_buttons(tx, heard.whatsapp_user_id, question, purpose=Purpose.BOT, message_id=message.id)
    tx.send_ahead(add_usage(tx, responses_sent=1))


def _facts(thought: Thought) -> dict[str, Any]:
    """How an answer came about, as the dashboard shows it."""
    reply = thought.reply
    if reply is None:
        routing = {"intent": "unknown", "confidence": 0.0, "action": "apologise", "reason": "no answer in time"}
        tokens, flow, successful = (0, 0), "error", False
    else:
        action = "raise_ticket" if reply.raises_ticket else "answer"
        routing = {"intent": reply.intent, "confidence": reply.confidence, "action": action, "reason": reply.flow}
        tokens, flow, successful = (reply.input_tokens, reply.output_tokens), reply.flow, reply.successful
    counted = {"input": tokens[0], "output": tokens[1], "total": sum(tokens)}
    orchestrator = {"flow": flow, "processing_time_ms": thought.milliseconds, "tokens": counted}
    return {"routing": routing, "orchestrator": orchestrator, "successful": successful}


def _counters(thought: Thought) -> dict[str, int]:
    reply = thought.reply
    if reply is None:
        return {"failed_responses": 1, "failed_queries": 1, "llm_calls": thought.calls}
    tokens = reply.input_tokens + reply.output_tokens
    operation = "dispute_tokens" if reply.intent == Intent.PROBLEM else "response_tokens"
    return {
        "successful_responses": int(reply.successful),
        "failed_responses": int(not reply.successful),
        "successful_queries": int(reply.successful),
        "failed_queries": int(not reply.successful),
        "llm_calls": thought.calls,
        "input_tokens": reply.input_tokens,
        "output_tokens": reply.output_tokens,
        operation: tokens,
    }
