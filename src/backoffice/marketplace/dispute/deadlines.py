"""What becomes of disputes whose time runs out: a reminder, then one escalation. Each looks again under the lock."""

from datetime import UTC, datetime, timedelta

from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.dispute import actions, notices, rules, store
from backoffice.marketplace.dispute.rules import DisputeAct, Event


async def remind(tx: Tx, dispute_id: int) -> None:
    """Whoever has it is reminded 12 hours before the deadline, once; whoever comes second changes nothing."""
    dispute, _ = await actions.hold(tx, dispute_id)
    is_due = timedelta() < dispute.resolution_deadline - datetime.now(UTC) <= rules.REMINDED_BEFORE
    if dispute.status not in rules.LIVE or dispute.reminded_at is not None or not is_due:
        return
    await store.set_reminded(tx, dispute_id)
    event_id = await store.insert_event(tx, dispute_id, Event.REMINDED, actor="system")
    tx.record("dispute deadline reminder", dispute_id)
    await notices.tell_running_out(tx, dispute_id, event_id)


async def escalate(tx: Tx, dispute_id: int) -> None:
    """Past its deadline it is one step more urgent and managers know of it, once until it is opened again."""
    dispute, _ = await actions.hold(tx, dispute_id)
    is_late = dispute.resolution_deadline <= datetime.now(UTC)
    if dispute.status not in rules.LIVE or dispute.escalated_at is not None or not is_late:
        return
    priority = rules.raised(dispute.priority)
    await store.set_escalated(tx, dispute_id, priority)
    event_id = await store.insert_event(
        tx, dispute_id, Event.ESCALATED, actor="system", before=dispute.priority, priority=priority
    )
    tx.audit(
        DisputeAct.ESCALATED,
        dispute_id,
        before={"priority": dispute.priority},
        after={"priority": priority},
        person=customer_rules.person(dispute.customer_id),
    )
    await notices.tell_escalated(tx, dispute_id, event_id)
