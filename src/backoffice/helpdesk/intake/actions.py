"""Taking in a webhook: everything it tells is kept, and the work it makes is queued, in one short write."""

from dataclasses import replace

import psycopg
import structlog

from backoffice.helpdesk.conversation import actions as conversation
from backoffice.helpdesk.conversation.actions import Attachment
from backoffice.helpdesk.conversation.rules import ANSWER_MESSAGE, OFFERS_RESUMED, OFFERS_STOPPED, lock_of
from backoffice.helpdesk.conversation.wishes import wish_of
from backoffice.helpdesk.intake import leftovers, rules, store
from backoffice.helpdesk.intake.people import find_offers, recognise, set_offers
from backoffice.helpdesk.intake.store import ArrivedRow
from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.outbox import store as outbound
from backoffice.helpdesk.outbox.rules import Notice
from backoffice.helpdesk.whatsapp import signature
from backoffice.helpdesk.whatsapp.payload import Events, InboundMessage, Person, read
from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.write import Tx

log = structlog.get_logger("backoffice.whatsapp")
MET_ANOTHER = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected, psycopg.errors.NoDataFound)
"""Another webhook made the same person known, or joined two of them, at the same moment: tried again, we see it."""


def check_signature(house: House, raw: bytes, *, header: str | None) -> None:
    """Refuse what does not come from whoever knows the app secret."""
    if not signature.is_genuine(house.settings.whatsapp_app_secret.get_secret_value(), raw, header=header):
        raise rules.WrongSignature


def read_events(raw: bytes) -> Events:
    """What a genuine body tells. None is refused: Meta would only repeat it for days."""
    events = read(raw)
    if events.skipped:
        log.warning("part of a webhook was not understood", skipped=events.skipped[:20])
    return events


async def take_in(house: House, context: Context, *, events: Events) -> None:
    """Keep each message once and queue its answer, in the order of each customer; note how far our own came."""
    if not (events.messages or events.statuses or events.preferences or events.leftovers):
        return
    for _ in range(rules.TRIES_BEFORE_THE_LAST):
        try:
            return await _take_in(house, context, events)
        except MET_ANOTHER:
            continue
    await _take_in(house, context, events)


async def _take_in(house: House, context: Context, events: Events) -> None:
    async with house.database.write(system("helpdesk", "whatsapp"), context) as tx:
        told = [*(one.person for one in events.messages), *(one.person for one in events.preferences)]
        people = await recognise(tx, told) if any(person.user_id for person in told) else {}
        messages = [replace(one, person=people.get(one.person, one.person)) for one in events.messages]
        arrived = await store.insert_inbound(tx, messages) if messages else []
        tracked = await outbound.lock_tracked(tx, events.statuses) if events.statuses else []
        await _hear_or_queue(tx, arrived, messages)
        for preference in events.preferences:
            person = people.get(preference.person, preference.person)
            await _note_preference(tx, person, stops=preference.stops)
        outbox.record_statuses(tx, tracked, events.statuses)
        if events.leftovers:
            tx.send_ahead(leftovers.insert_leftovers(tx, events.leftovers))
        tx.record("webhook", context.request_id)


async def _note_preference(tx: Tx, person: Person, *, stops: bool) -> None:
    """Heard once, and said once, while WhatsApp lets us write."""
    known = await find_offers(tx, person.phone)
    if known is not None and known.stopped == stops:
        return
    user_id = await set_offers(tx, person, stopped=stops)
    tx.record("offers stopped" if stops else "offers resumed", user_id)
    outbox.queue_notice(tx, Notice(user_id, OFFERS_STOPPED if stops else OFFERS_RESUMED))


async def _hear_or_queue(tx: Tx, arrived: list[ArrivedRow], messages: list[InboundMessage]) -> None:
    """Wishes like STOP are heard now, behind nothing else; everything else is a job, in the order of each customer."""
    waiting = {row.wa_message_id: row.whatsapp_user_id for row in arrived}
    wishes = 0
    for message in messages:
        user_id = waiting.pop(message.wa_message_id, None)
        if user_id is None:
            continue
        lock = lock_of(user_id)
        if wish_of(message.kind, message.text, button_id=message.button_id) is not None:
            wishes += 1
            if wishes <= rules.MOST_WISHES_HEARD and await _heard(tx, message.wa_message_id):
                continue
            lock = f"whatsapp-wish:{user_id}"
        tx.defer(ANSWER_MESSAGE, lock=lock, wa_message_id=message.wa_message_id)


async def _heard(tx: Tx, wa_message_id: str) -> bool:
    """Whether nothing is left to do about it. One that can't be heard costs the webhook nothing: it becomes a job."""
    try:
        async with tx.savepoint():
            return await conversation.hear(tx, wa_message_id, Attachment()) is None
    except psycopg.OperationalError:
        raise
    except Exception as failure:
        log.warning("a wish could not be heard at once", cause=type(failure).__name__)
        return False
