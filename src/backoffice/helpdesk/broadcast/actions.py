"""What staff do with broadcasts, and how one goes on. Each runs inside one write."""

from backoffice.helpdesk.broadcast import rules, store
from backoffice.helpdesk.broadcast.rules import BroadcastAct, Status, Unreachable, Way
from backoffice.helpdesk.broadcast.store import BroadcastRow, RecipientRow
from backoffice.helpdesk.customer.numbers import Numbers
from backoffice.helpdesk.outbox import actions as outbox
from backoffice.kernel.database import together
from backoffice.kernel.write import Tx


async def start_broadcast(tx: Tx, message: str, numbers: Numbers) -> int:
    """Take in a broadcast; sending begins within seconds. What is no phone number counts as failed. Returns its id."""
    if not numbers.phones:
        raise rules.NobodyToSendTo
    unreadable = list(dict.fromkeys(numbers.unreadable))
    total = len(numbers.phones) + len(unreadable)
    broadcast_id = await store.insert_broadcast(tx, message, recipients=total)
    await together(
        store.insert_recipients(tx, broadcast_id, numbers.phones),
        store.insert_recipients(tx, broadcast_id, unreadable, error=rules.NOT_A_NUMBER),
    )
    tx.audit(BroadcastAct.STARTED, broadcast_id, after={"message": message, "total_recipients": total})
    return broadcast_id


async def cancel_broadcast(tx: Tx, broadcast_id: int) -> None:
    """Stop handing over. What is in the outbox already is still sent. Cancelling again changes nothing."""
    broadcast = await store.lock_broadcast(tx, broadcast_id)
    if broadcast.status is Status.CANCELLED:
        return
    rules.check_can_cancel(broadcast.status)
    await store.set_status(tx, broadcast, Status.CANCELLED)
    before, after = {"status": broadcast.status}, {"status": Status.CANCELLED}
    tx.audit(BroadcastAct.CANCELLED, broadcast_id, before=before, after=after)


async def carry_on(tx: Tx, broadcast_id: int, *, has_template: bool) -> None:
    """Hand the next recipients to the outbox while it keeps up, or end the broadcast once everybody is settled."""
    broadcast, progress = await together(store.lock_broadcast(tx, broadcast_id), store.get_progress(tx, broadcast_id))
    if broadcast.status not in rules.LIVE:
        return
    if broadcast.status is Status.PENDING:
        broadcast = await _move(tx, broadcast, Status.IN_PROGRESS)
    if not progress.waiting and not progress.in_outbox:
        await _move(tx, broadcast, rules.end_of(progress.sent))
    room = min(rules.BATCH, rules.MOST_IN_OUTBOX - progress.in_outbox)
    if progress.waiting and room > 0:
        await _hand_over(tx, broadcast, most=room, has_template=has_template)


async def _move(tx: Tx, broadcast: BroadcastRow, to: Status) -> BroadcastRow:
    await store.set_status(tx, broadcast, to)
    tx.record(f"broadcast {to}", broadcast.id)
    return BroadcastRow(broadcast.id, broadcast.message, to)


async def _hand_over(tx: Tx, broadcast: BroadcastRow, *, most: int, has_template: bool) -> None:
    _, recipients = await together(
        store.ensure_users(tx, broadcast.id, most=most), store.list_next(tx, broadcast.id, most=most)
    )
    outbound: dict[int, int] = {}
    unreachable: dict[int, str] = {}
    for recipient in recipients:
        way = rules.way_to(opted_out=recipient.opted_out, in_window=recipient.in_window, has_template=has_template)
        if isinstance(way, Unreachable):
            unreachable[recipient.position] = way.reason
        else:
            outbound[recipient.position] = await _queue(tx, recipient, broadcast.message, way=way)
    await together(
        store.set_handed_over(tx, broadcast.id, outbound), store.set_unreachable(tx, broadcast.id, unreachable)
    )
    tx.record("broadcast handed over", broadcast.id)


async def _queue(tx: Tx, recipient: RecipientRow, message: str, *, way: Way) -> int:
    if way is Way.TEMPLATE:
        return await outbox.queue_template(tx, recipient.whatsapp_user_id, message, purpose="broadcast")
    return await outbox.queue_text(tx, recipient.whatsapp_user_id, message, purpose="broadcast")
