"""The job behind every customer's message. What takes time (files, the responder) happens outside any transaction."""

import asyncio
import time

import psycopg
import structlog

from backoffice.helpdesk.conversation import actions, rules, speaking, store
from backoffice.helpdesk.conversation.actions import Attachment
from backoffice.helpdesk.conversation.speaking import Heard, Thought
from backoffice.helpdesk.conversation.store import InboundRow
from backoffice.helpdesk.responder import responder_for
from backoffice.helpdesk.responder.port import Asked, Reply
from backoffice.helpdesk.responder.rules import without_marker
from backoffice.helpdesk.whatsapp.account import graph_of
from backoffice.helpdesk.whatsapp.graph import GraphFailure, GraphRefused
from backoffice.kernel.errors import Refusal, Unavailable
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import MINUTE, JobRun, job, periodic
from backoffice.kernel.web.refusals import refusal_of

log = structlog.get_logger("backoffice.conversation")
MEDIA_TRIES = 3
TRIES = 4
"""Then the message is kept as it is and the customer gets an apology: theirs after it wait no longer."""
UNHANDLED_AFTER_SECONDS = 600


@job(rules.ANSWER_MESSAGE, attempts=12)
async def answer_message(run: JobRun, *, wa_message_id: str) -> None:
    """Answer one message. Whatever did not commit before a crash runs again from its inbound row.

    A failure is tried again for some seconds, then given up; only a lost database is waited for longer.
    """
    try:
        await _answer(run, wa_message_id)
    except Exception as failure:
        log.warning("a try to answer a message failed", attempt=run.attempt + 1, cause=_cause(failure))
        if run.attempt + 1 < TRIES:
            raise
        await _give_up(run, wa_message_id, _cause(failure))


async def _answer(run: JobRun, wa_message_id: str) -> None:
    try:
        waiting = await _hear(run, wa_message_id)
    except actions.FileWanted as wanted:
        attachment = await _fetch_attachment(run, wanted.inbound)
        waiting = await _hear(run, wa_message_id, attachment)
    if waiting is None:
        return
    heard, asked = waiting
    thought = await _think(run.house, asked)
    async with run.write() as tx:
        await speaking.answer(tx, heard, thought)


async def _hear(run: JobRun, wa_message_id: str, attachment: Attachment | None = None) -> tuple[Heard, Asked] | None:
    """Hear it, and answer in the same write where the database is all that is asked. Returns what waits for a model.

    A second try keeps the message first: whatever failed may have been the answer's making.
    """
    async with run.write() as tx:
        waiting = await actions.hear(tx, wa_message_id, attachment)
        if waiting is None or run.attempt > 0:
            return waiting
        heard, asked = waiting
        began = time.perf_counter()
        reply = await responder_for(run.house).reply_at_once(tx, asked)
        if reply is None:
            return waiting
        await speaking.answer_at_once(tx, heard, _thought(run.house, reply, began=began))
    return None


async def _give_up(run: JobRun, wa_message_id: str, cause: str) -> None:
    """Apologise; where even that fails, at least stop standing in the way of the customer's next message."""
    problem = rules.NOT_ANSWERED.format(cause=cause)
    try:
        async with run.write() as tx:
            await actions.give_up(tx, wa_message_id, problem=problem)
    except Exception as failure:
        if is_passing(failure):
            raise
        log.error("a message could not be kept", wa_message_id=wa_message_id, cause=_cause(failure))
        async with run.write() as tx:
            tx.record("message given up", wa_message_id)
            await store.set_left(tx, wa_message_id, problem)


def is_passing(failure: Exception) -> bool:
    """Whether it is the database that is away or busy, which ends by itself."""
    return isinstance(refusal_of(failure, ""), Unavailable)


def _cause(failure: Exception) -> str:
    """What went wrong, without anybody's data: PostgreSQL's details may hold some."""
    if isinstance(failure, psycopg.Error):
        return f"{type(failure).__name__}: {failure.diag.message_primary or 'no connection'}"
    return str(failure) if isinstance(failure, GraphFailure | Refusal) else type(failure).__name__


async def _fetch_attachment(run: JobRun, inbound: InboundRow) -> Attachment:
    """Keep the file that came with a message; one that can't be had does not hold the message up."""
    assert inbound.media_id is not None
    if not run.house.settings.whatsapp_access_token.get_secret_value():
        return Attachment(error="No WhatsApp account is configured")
    try:
        media = await graph_of(run.house.settings).download_media(inbound.media_id)
        mime = media.mime or inbound.media_mime or ""
        return Attachment(await run.house.files.keep(media.content, mime), mime)
    except Exception as failure:
        is_final = isinstance(failure, GraphRefused) and not failure.throttled
        if not is_final and run.attempt + 1 < MEDIA_TRIES:
            raise
        log.warning("a customer's file could not be fetched", cause=_cause(failure))
        why = str(failure) if isinstance(failure, GraphFailure) else f"The file could not be kept: {_cause(failure)}"
        return Attachment(error=why)


async def _think(house: House, asked: Asked) -> Thought:
    """Ask the responder; one that is slow, fails or has nothing to say leaves no reply. A lost database is retried."""
    began = time.perf_counter()
    reply: Reply | None = None
    try:
        async with asyncio.timeout(house.settings.llm_timeout_seconds):
            reply = await responder_for(house).reply(asked)
    except Exception as failure:
        if is_passing(failure):
            raise
        log.warning("the responder failed", cause=_cause(failure))
    return _thought(house, reply, began=began)


def _thought(house: House, reply: Reply | None, *, began: float) -> Thought:
    """A reply without a word is none."""
    if reply is not None and not reply.raises_ticket and not without_marker(reply.text):
        reply = None
    milliseconds = round((time.perf_counter() - began) * 1000)
    return Thought(reply, milliseconds, calls=int(bool(house.settings.llm_base_url)))


@periodic("helpdesk.take_up_messages", every_seconds=MINUTE)
async def take_up_messages(run: JobRun) -> None:
    """Queue again the messages whose job gave up, for a day."""
    async with run.write() as tx:
        await actions.take_up(tx, after_seconds=UNHANDLED_AFTER_SECONDS)
