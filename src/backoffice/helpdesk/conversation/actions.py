"""Hearing a customer: their message is kept, and whatever needs no responder is done in the same write."""

from dataclasses import dataclass
from typing import assert_never

from backoffice.helpdesk.conversation import amending, rules, store
from backoffice.helpdesk.conversation.rules import Facts, Step
from backoffice.helpdesk.conversation.speaking import Heard, offer, say
from backoffice.helpdesk.conversation.store import InboundRow, Said, SaidRow
from backoffice.helpdesk.conversation.wishes import agrees
from backoffice.helpdesk.outbox.rules import Purpose
from backoffice.helpdesk.responder.port import Asked, Turn
from backoffice.helpdesk.responder.rules import without_marker
from backoffice.helpdesk.testing_mode import store as testing_mode
from backoffice.helpdesk.ticket import actions as ticketing
from backoffice.helpdesk.ticket import queue
from backoffice.helpdesk.ticket import store as tickets
from backoffice.helpdesk.ticket.rules import OCCUPYING, Status
from backoffice.helpdesk.ticket.store import TicketRow
from backoffice.helpdesk.usage.store import add_usage
from backoffice.helpdesk.whatsapp.content import MessageKind
from backoffice.kernel.database import together
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, once it is kept; or why it could not be had."""

    file_id: str | None = None
    mime: str | None = None
    error: str | None = None


class FileWanted(Exception):
    """A message came with a file that has to be fetched before it is heard: nothing was written."""

    def __init__(self, inbound: InboundRow) -> None:
        super().__init__(inbound.wa_message_id)
        self.inbound = inbound


async def hear(tx: Tx, wa_message_id: str, attachment: Attachment | None) -> tuple[Heard, Asked] | None:
    """Keep a message and do at once what needs no responder; returns what needs it. A handled one stays as it is.

    FileWanted when it came with a file, and nobody has tried to fetch that.
    """
    inbound = await store.lock_inbound(tx, wa_message_id)
    if inbound.handled_at is not None:
        return None
    if attachment is None and inbound.media_id is not None and inbound.message_id is None:
        raise FileWanted(inbound)
    tx.record("message", wa_message_id)
    if await _amends(tx, inbound):
        tx.send_ahead(store.set_handled(tx, wa_message_id))
        return None
    user_id = inbound.whatsapp_user_id
    latest, fixed_answer, history = await together(
        tickets.find_latest(tx, user_id),
        testing_mode.find_static_answer(tx, inbound.phone),
        store.list_history(tx, user_id, before_id=inbound.message_id, most=rules.HISTORY_LENGTH),
    )
    lately = _resolved_lately(inbound, latest)
    owner = await _find_owner(tx, inbound, latest, resolved_lately=lately)
    _keep(tx, inbound, attachment or Attachment(), ticket_id=owner)
    heard = Heard(wa_message_id, user_id)
    asked_in = await _asked_in(tx, inbound)
    facts = _facts(
        inbound,
        owned=owner is not None,
        has_fixed_answer=fixed_answer is not None,
        asked=asked_in is not None,
        resolved_lately=lately,
    )
    step = rules.next_step(facts)
    if step is Step.ASK_RESPONDER:
        return heard, _asked(inbound, history)
    await _take(tx, step, heard, asked_in=asked_in, fixed_answer=fixed_answer or "")
    tx.send_ahead(store.set_handled(tx, wa_message_id))
    return None


def _facts(inbound: InboundRow, **found: bool) -> Facts:
    return Facts(
        kind=inbound.kind,
        text=inbound.text,
        button_id=inbound.button_id,
        opted_out=inbound.opted_out_at is not None,
        offers_stopped=inbound.offers_stopped_at is not None,
        **found,
    )


async def _amends(tx: Tx, inbound: InboundRow) -> bool:
    """Whether it changed a message we know, instead of being one."""
    edited, deleted = inbound.facts.get("edits"), inbound.facts.get("deletes")
    if inbound.kind is MessageKind.EDIT and edited:
        return await amending.set_edited(tx, inbound, edited, words=inbound.text or "") > 0
    if inbound.kind is MessageKind.REVOKE and deleted:
        return await amending.set_deleted(tx, inbound, deleted) > 0
    return False


async def give_up(tx: Tx, wa_message_id: str, *, problem: str) -> None:
    """End a message whose every try failed: it is kept, staff read what went wrong, and the customer gets an apology.

    Does as little as possible, so that what failed before has no part in it.
    """
    inbound = await store.lock_inbound(tx, wa_message_id)
    if inbound.handled_at is not None:
        return
    tx.record("message given up", wa_message_id)
    latest = await tickets.find_latest(tx, inbound.whatsapp_user_id)
    owner = latest.id if latest is not None and latest.status in OCCUPYING else None
    _keep(tx, inbound, Attachment(), ticket_id=owner)
    tx.send_ahead(store.set_problem(tx, wa_message_id, problem))
    if owner is None and inbound.opted_out_at is None and inbound.kind not in rules.SAYS_NOTHING:
        await offer(tx, Heard(wa_message_id, inbound.whatsapp_user_id), rules.APOLOGY)
    tx.send_ahead(store.set_handled(tx, wa_message_id))


async def _asked_in(tx: Tx, inbound: InboundRow) -> int | None:
    """Our question that this message answers: the one whose button was pressed, or the last thing we said."""
    _, pressed_in = rules.pressed(inbound.button_id)
    if pressed_in is not None or not agrees(inbound.kind, inbound.text):
        return pressed_in
    return await store.find_question(tx, inbound.whatsapp_user_id, before=inbound.received_at)


def _resolved_lately(inbound: InboundRow, latest: TicketRow | None) -> bool:
    if latest is None or latest.status is not Status.RESOLVED:
        return False
    return rules.may_reopen(sent_at=inbound.sent_at, resolved_at=latest.resolved_at)


async def _find_owner(tx: Tx, inbound: InboundRow, latest: TicketRow | None, *, resolved_lately: bool) -> int | None:
    """The ticket whose people own the conversation: an unresolved one, or one that this message opens again."""
    if latest is None:
        return None
    if latest.status in OCCUPYING:
        return latest.id
    if not resolved_lately or not rules.reopens(inbound.kind, inbound.text, button_id=inbound.button_id):
        return None
    _, ticket = await together(tickets.lock_dispatch(tx), tickets.lock_ticket(tx, latest.id))
    if ticket.status is Status.RESOLVED:
        await ticketing.reopen(tx, ticket, by="customer")
        tx.record("ticket reopened", ticket.id)
    return ticket.id if ticket.status is not Status.CLOSED else None


def _keep(tx: Tx, inbound: InboundRow, attachment: Attachment, *, ticket_id: int | None) -> None:
    """Into the conversation, unless an earlier try has put it there."""
    if inbound.message_id is not None:
        return
    text = inbound.text or rules.placeholder(inbound.kind, inbound.facts)
    language = rules.language_of(text)
    file = {"file_id": attachment.file_id, "file_mime": attachment.mime, "file_error": attachment.error}
    known = {name: value for name, value in file.items() if value}
    details = {"language": {"detected": language}, **inbound.facts, **known}
    if inbound.kind is not MessageKind.TEXT:
        details["kind"] = inbound.kind
    kind = rules.stored_kind(inbound.kind)
    said = Said("user", text, kind, language, inbound.wa_message_id, ticket_id=ticket_id, details=details)
    is_audio = kind == "audio"
    tx.send_ahead(add_usage(tx, messages_received=1, audio_messages=int(is_audio), text_messages=int(not is_audio)))
    tx.send_ahead(store.insert_message(tx, inbound.whatsapp_user_id, said))


def _asked(inbound: InboundRow, history: list[SaidRow]) -> Asked:
    """The question and what was said before it. A marker that a customer typed is not passed on."""
    turns = [Turn(said.author, without_marker(said.content)) for said in reversed(history)]
    question = without_marker(inbound.text or "")[: rules.LONGEST_READ]
    return Asked(question, turns, rules.language_of(question))


async def _take(tx: Tx, step: Step, heard: Heard, *, asked_in: int | None, fixed_answer: str) -> None:
    match step:
        case Step.OPT_OUT:
            await store.set_opted_out(tx, heard.whatsapp_user_id, opted_out=True)
            await say(tx, heard, rules.GOODBYE, purpose=Purpose.OPT_OUT)
        case Step.OPT_IN:
            await store.set_opted_out(tx, heard.whatsapp_user_id, opted_out=False)
            await say(tx, heard, rules.WELCOME_BACK, purpose=Purpose.NOTICE)
        case Step.STOP_OFFERS:
            await store.set_offers_stopped(tx, heard.whatsapp_user_id)
            await say(tx, heard, rules.OFFERS_STOPPED, purpose=Purpose.NOTICE)
        case Step.RAISE_TICKET:
            await _raise_ticket(tx, heard, asked_in)
        case Step.DECLINE_TICKET:
            await say(tx, heard, rules.DECLINED, purpose=Purpose.BOT)
        case Step.SAY_FIXED_ANSWER:
            await say(tx, heard, fixed_answer, purpose=Purpose.BOT)
        case Step.SAY_UNREADABLE:
            await offer(tx, heard, rules.UNREADABLE)
        case Step.LEAVE_TO_AGENT | Step.STAY_SILENT:
            pass
        case Step.ASK_RESPONDER:
            raise AssertionError("the responder is never asked inside a write")
        case _:
            assert_never(step)


async def _raise_ticket(tx: Tx, heard: Heard, asked_in: int | None) -> None:
    """Raise the ticket this customer was asked about, or find the one they have, and tell them who takes it."""
    category = rules.category_in(await store.find_offer(tx, heard.whatsapp_user_id, asked_in))
    ticket, agent = await ticketing.open_ticket(tx, heard.whatsapp_user_id, category=category, reason=rules.REASON)
    if agent is None and ticket.assigned_agent_id is not None:
        agent = await queue.find_agent(tx, ticket.assigned_agent_id)
    await say(tx, heard, rules.confirmation(ticket.code, agent.full_name if agent else None), purpose=Purpose.NOTICE)


async def take_up(tx: Tx, *, after_seconds: float) -> None:
    """Queue again the messages that nobody handled and no job is about to."""
    for unhandled in await store.list_unhandled(tx, after_seconds=after_seconds):
        lock = rules.lock_of(unhandled.whatsapp_user_id)
        tx.defer(rules.ANSWER_MESSAGE, lock=lock, wa_message_id=unhandled.wa_message_id)
