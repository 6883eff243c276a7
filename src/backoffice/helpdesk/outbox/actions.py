"""Queueing messages to customers, and recording what became of them. Nothing here calls WhatsApp: the job does."""

from backoffice.helpdesk.outbox import rules, store, sweep
from backoffice.helpdesk.outbox.rules import Intent, Kind, Notice, OutboxAct, Outcome, Purpose, Question, Status
from backoffice.helpdesk.outbox.store import OutboundRow, ReplyRow, TrackedRow
from backoffice.helpdesk.whatsapp.payload import DeliveryStatus
from backoffice.kernel.database import together
from backoffice.kernel.lanes import Lane
from backoffice.kernel.write import Tx


async def queue_text(tx: Tx, whatsapp_user_id: int, body: str, *, purpose: str, message_id: int | None = None) -> int:
    """Send these words once the write has committed. Returns the id the message travels under."""
    payload = {"body": rules.shorten(body, rules.LONGEST_TEXT)}
    return await _queue(tx, whatsapp_user_id, Intent(Purpose(purpose), Kind.TEXT, payload, message_id))


async def queue_buttons(
    tx: Tx, whatsapp_user_id: int, question: Question, *, purpose: str, message_id: int | None = None
) -> int:
    """Send a question with its reply buttons once the write has committed."""
    payload = {
        "body": rules.shorten(question.body, rules.LONGEST_QUESTION),
        "buttons": [{"id": button.id, "title": button.title} for button in question.buttons],
    }
    return await _queue(tx, whatsapp_user_id, Intent(Purpose(purpose), Kind.BUTTONS, payload, message_id))


async def queue_template(
    tx: Tx, whatsapp_user_id: int, text: str, *, purpose: str, message_id: int | None = None
) -> int:
    """Send the configured template with this text as its variable, which WhatsApp wants on one line."""
    payload = {"variable": rules.shorten(rules.on_one_line(text), rules.LONGEST_VARIABLE)}
    return await _queue(tx, whatsapp_user_id, Intent(Purpose(purpose), Kind.TEMPLATE, payload, message_id))


def queue_notice(tx: Tx, notice: Notice) -> None:
    """Tell a customer something, where WhatsApp and they themselves let us. It goes with what is sent next."""
    tx.record("notice", notice.whatsapp_user_id)
    tx.send_ahead(store.insert_notice(tx, notice, tx.job(rules.SEND, lock=rules.lock_of(notice.whatsapp_user_id))))


async def _queue(tx: Tx, whatsapp_user_id: int, intent: Intent) -> int:
    outbound_id = await store.insert_outbound(tx, whatsapp_user_id, intent)
    _defer(tx, outbound_id, whatsapp_user_id, purpose=intent.purpose)
    return outbound_id


def _defer(tx: Tx, outbound_id: int, whatsapp_user_id: int, *, purpose: Purpose | None = None) -> None:
    """What goes to many at once has a lane of its own, so that an agent's reply does not wait behind all of it."""
    tx.record("message queued", outbound_id)
    lane = Lane.BULK if purpose is Purpose.BROADCAST else None
    tx.defer(rules.SEND, lock=rules.lock_of(whatsapp_user_id), lane=lane, outbound_id=outbound_id)


async def claim(tx: Tx, outbound_id: int) -> OutboundRow | None:
    """Take a queued message for sending. None when there is nothing to send.

    One that is being sent already was left by a sender that died in the middle: whether it went out is unknown.
    """
    row = await store.lock_outbound(tx, outbound_id)
    if row is None or row.status not in (Status.QUEUED, Status.SENDING):
        return None
    tx.record("delivery", outbound_id)
    if row.status is Status.SENDING:
        tx.send_ahead(store.set_outcome(tx, outbound_id, Outcome(Status.UNKNOWN, error="The sender was interrupted")))
        return None
    if rules.is_unwanted(row.purpose, opted_out=row.opted_out_at is not None, no_offers=row.no_offers):
        tx.send_ahead(store.set_outcome(tx, outbound_id, Outcome(Status.FAILED, error=rules.OPTED_OUT)))
        return None
    tx.send_ahead(store.set_sending(tx, outbound_id))
    return row


def settle(tx: Tx, outbound_id: int, outcome: Outcome) -> None:
    """Record what a try to send came to."""
    tx.send_ahead(store.set_outcome(tx, outbound_id, outcome))
    tx.record("delivery", outbound_id)


def record_statuses(tx: Tx, tracked: list[TrackedRow], statuses: list[DeliveryStatus]) -> None:
    """Record how far messages came, as WhatsApp tells it: in any order, twice, or about none of ours."""
    for row in tracked:
        own = [one for one in statuses if row.id == rules.id_of(one.tracker) or row.wa_message_id == one.wa_message_id]
        told = rules.told_by(own, status=row.status, wa_message_id=row.wa_message_id)
        if told is not None:
            tx.send_ahead(store.set_told(tx, row.id, told))
            tx.record("delivery", row.id)


async def resend(tx: Tx, row: ReplyRow) -> None:
    """Send an uncertain message again, because a person decided that a duplicate is better than silence."""
    if row.status is not Status.UNKNOWN:
        raise rules.NotUncertain(status=row.status)
    await store.set_resent(tx, row.id)
    _defer(tx, row.id, row.whatsapp_user_id)
    tx.audit(
        OutboxAct.RESENT,
        row.id,
        before={"status": row.status},
        after={"status": Status.QUEUED},
        person=f"whatsapp:{row.whatsapp_user_id}",
    )


async def sweep_up(tx: Tx, *, after_seconds: float) -> None:
    """Put right what a crash left: messages queued without a job, being sent without a sender, or never confirmed."""
    abandoned, given_up, resent, forgotten = await together(
        sweep.set_abandoned(tx, after_seconds=after_seconds),
        sweep.set_given_up(tx, after_seconds=after_seconds),
        sweep.set_resent_unconfirmed(tx, after_seconds=after_seconds),
        sweep.list_forgotten(tx, after_seconds=after_seconds),
    )
    for outbound_id in (*abandoned, *given_up):
        tx.record("delivery", outbound_id)
    for row in (*resent, *forgotten):
        _defer(tx, row.id, row.whatsapp_user_id)
