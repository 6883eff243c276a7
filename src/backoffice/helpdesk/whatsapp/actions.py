"""Taking in a webhook: everything it tells is kept, and the work it makes is queued, in one short write."""

import json

import structlog

from backoffice.helpdesk.conversation.rules import ANSWER_MESSAGE
from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.outbox import store as outbound
from backoffice.helpdesk.whatsapp import rules, signature, store
from backoffice.helpdesk.whatsapp.payload import Events, InboundMessage, parse
from backoffice.kernel.actor import Context, system
from backoffice.kernel.database import Tx, together
from backoffice.kernel.house import House

log = structlog.get_logger("backoffice.whatsapp")


def check_signature(house: House, raw: bytes, *, header: str | None) -> None:
    """Refuse what does not come from whoever knows the app secret."""
    if not signature.is_genuine(house.settings.whatsapp_app_secret.get_secret_value(), raw, header=header):
        raise rules.WrongSignature


def read_events(raw: bytes) -> Events:
    """What a genuine body tells; one that can't be read tells nothing, because Meta would only repeat it for days."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    events = parse(body)
    if events.skipped:
        log.warning("part of a webhook was not understood", skipped=events.skipped[:20])
    return events


async def take_in(house: House, context: Context, *, events: Events) -> None:
    """Keep each message once and queue its answer, in the order of each customer; note how far our own came."""
    if not events.messages and not events.statuses:
        return
    async with house.database.write(system("helpdesk", "whatsapp"), context) as tx:
        arrived, tracked = await together(
            store.insert_inbound(tx, events.messages), outbound.lock_tracked(tx, events.statuses)
        )
        _queue_answers(tx, arrived, events.messages)
        await outbox.record_statuses(tx, tracked, events.statuses)
        tx.record("webhook", context.request_id)


def _queue_answers(tx: Tx, arrived: list[str], messages: list[InboundMessage]) -> None:
    waiting = set(arrived)
    for message in messages:
        if message.wa_message_id in waiting:
            waiting.remove(message.wa_message_id)
            tx.defer(ANSWER_MESSAGE, lock=f"whatsapp:{message.phone}", wa_message_id=message.wa_message_id)
