"""Work among staff: who has a dispute, how urgent it is, what they note for each other. Each is one write."""

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.identity.roles import permissions_now
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.actions import hold as hold_customer
from backoffice.marketplace.dispute import actions, notes, notices, rules, store
from backoffice.marketplace.dispute.notes import NoteRow
from backoffice.marketplace.dispute.rules import DisputeAct, Event, Status
from backoffice.marketplace.dispute.store import DisputeRow
from backoffice.marketplace.permissions import BOOK, Market


async def assign_dispute(tx: Tx, dispute_id: int, staff_id: int, *, note: str | None = None) -> None:
    """Give a dispute to somebody; one that is open is in progress from now on. To whom it is given already: nothing.

    Of two who assign at once the later one holds, and both are in its timeline. DisputeNotFound, NotAssignable,
    DisputeClosed, UserDeleted where something is noted of somebody who was erased.
    """
    dispute, booking = await actions.hold(tx, dispute_id)
    if dispute.status is Status.CLOSED:
        raise rules.DisputeClosed(current_status=dispute.status)
    if Market.DISPUTES_MANAGE not in await permissions_now(tx, staff_id, book=BOOK):
        raise rules.NotAssignable(admin_user_id=staff_id)
    if note is not None:
        await _keep_note(tx, dispute, note, attachments=[])
    if dispute.assigned_to == staff_id:
        return
    if dispute.status is Status.OPEN:
        await actions.move(tx, dispute, Status.IN_PROGRESS, booking=booking, resolution=None)
    await store.set_assigned(tx, dispute_id, staff_id)
    event_id = await store.insert_event(
        tx, dispute_id, Event.ASSIGNED, actor="staff", to=staff_id, before=dispute.assigned_to
    )
    tx.audit(
        DisputeAct.ASSIGNED,
        dispute_id,
        before={"assigned_to": dispute.assigned_to},
        after={"assigned_to": staff_id},
        person=customer_rules.person(dispute.customer_id),
    )
    await notices.tell_assignee(tx, dispute_id, event_id, news="A dispute was given to you")


async def set_priority(tx: Tx, dispute_id: int, priority: Priority) -> None:
    """How urgent it is, until its deadline raises that by itself. DisputeNotFound, DisputeClosed."""
    dispute, _ = await actions.hold(tx, dispute_id)
    if dispute.status is Status.CLOSED:
        raise rules.DisputeClosed(current_status=dispute.status)
    if dispute.priority is priority:
        return
    await store.set_priority(tx, dispute_id, priority)
    await store.insert_event(
        tx, dispute_id, Event.PRIORITY_CHANGED, actor="staff", before=dispute.priority, priority=priority
    )
    tx.audit(
        DisputeAct.UPDATED,
        dispute_id,
        before={"priority": dispute.priority},
        after={"priority": priority},
        person=customer_rules.person(dispute.customer_id),
    )


async def add_note(tx: Tx, dispute_id: int, note: str, *, attachments: list[str]) -> NoteRow:
    """Note something that only staff read, at any time. DisputeNotFound, UserDeleted."""
    dispute, _ = await actions.hold(tx, dispute_id)
    return await _keep_note(tx, dispute, note, attachments=attachments)


async def _keep_note(tx: Tx, dispute: DisputeRow, note: str, *, attachments: list[str]) -> NoteRow:
    await hold_customer(tx, dispute.customer_id)
    kept = await notes.insert_note(tx, dispute.id, note, attachments=attachments)
    await store.set_touched(tx, dispute.id)
    await store.insert_event(tx, dispute.id, Event.NOTE_ADDED, actor="staff", message=kept.id)
    tx.audit(
        DisputeAct.NOTE_ADDED,
        dispute.id,
        after={"note_id": kept.id, "note": personal(note)},
        person=customer_rules.person(dispute.customer_id),
    )
    return kept
