"""The queue, the agents with room, and the act of placing. Whoever calls holds helpdesk.dispatch."""

from dataclasses import dataclass

from backoffice.helpdesk.ticket.choosing import Candidate
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class QueuedRow:
    id: int
    code: str
    category: Category
    whatsapp_user_id: int


@dataclass(frozen=True, slots=True)
class AgentRow:
    staff_id: int
    username: str
    full_name: str
    department: Category
    is_active: bool


def list_candidates(tx: Tx) -> Query[list[Candidate]]:
    return tx.all(
        Candidate,
        """
        SELECT t.staff_id, s.username, s.full_name, coalesce(t.department, 'general') AS department, t.capacity,
               t.active_tickets AS active, t.last_assigned_at
          FROM helpdesk.team_member t
          JOIN kernel.staff s ON s.id = t.staff_id
          JOIN kernel.membership m ON m.staff_id = t.staff_id AND m.product = 'helpdesk'
         WHERE m.role = 'agent' AND m.is_active AND t.is_available AND t.active_tickets < t.capacity
        """,
    )


def list_queue(tx: Tx, categories: list[Category], *, most: int) -> Query[list[QueuedRow]]:
    """Who waits longest in these categories; none is skipped for being looked at by another."""
    return tx.all(
        QueuedRow,
        """
        SELECT id, code, category, whatsapp_user_id
          FROM helpdesk.ticket
         WHERE status = 'open' AND assigned_agent_id IS NULL AND category = ANY (%(categories)s)
         ORDER BY queued_at, id
         LIMIT %(most)s
           FOR UPDATE
        """,
        categories=[category.value for category in categories],
        most=most,
    )


def has_queue(tx: Tx) -> Query[bool]:
    return tx.value(
        bool, "SELECT EXISTS (SELECT FROM helpdesk.ticket WHERE status = 'open' AND assigned_agent_id IS NULL)"
    )


def set_agent(tx: Tx, ticket_id: int, agent_id: int, *, auto: bool, again: bool) -> Query[int]:
    """Give the ticket to the agent; an open one becomes in progress. `again` counts a reassignment."""
    return tx.value(
        int,
        """
        WITH chosen AS (
            UPDATE helpdesk.team_member SET last_assigned_at = clock_timestamp() WHERE staff_id = %(agent_id)s
        )
        UPDATE helpdesk.ticket
           SET assigned_agent_id = %(agent_id)s, assigned_at = clock_timestamp(), auto_assigned = %(auto)s,
               status = 'in_progress', reassignment_count = reassignment_count + %(again)s::int
         WHERE id = %(ticket_id)s
     RETURNING id
        """,
        ticket_id=ticket_id,
        agent_id=agent_id,
        auto=auto,
        again=int(again),
    )


def set_unassigned(tx: Tx, ticket_id: int) -> Query[int]:
    """Back to the queue, with the place its waiting time gives it."""
    return tx.value(
        int,
        """
        UPDATE helpdesk.ticket SET assigned_agent_id = NULL, assigned_at = NULL, auto_assigned = false, status = 'open'
         WHERE id = %(ticket_id)s
     RETURNING id
        """,
        ticket_id=ticket_id,
    )


def list_unresolved_of(tx: Tx, agent_id: int) -> Query[list[QueuedRow]]:
    return tx.all(
        QueuedRow,
        """
        SELECT id, code, category, whatsapp_user_id FROM helpdesk.ticket
         WHERE assigned_agent_id = %(agent_id)s AND status IN ('open', 'in_progress')
         ORDER BY id
           FOR UPDATE
        """,
        agent_id=agent_id,
    )


def find_agent(tx: Tx, agent_id: int) -> Query[AgentRow | None]:
    return tx.find(
        AgentRow,
        """
        SELECT t.staff_id, s.username, s.full_name, coalesce(t.department, 'general') AS department, m.is_active
          FROM helpdesk.team_member t
          JOIN kernel.staff s ON s.id = t.staff_id
          JOIN kernel.membership m ON m.staff_id = t.staff_id AND m.product = 'helpdesk'
         WHERE t.staff_id = %(agent_id)s AND m.role = 'agent'
        """,
        agent_id=agent_id,
    )


def has_room_for(tx: Tx, agent_id: int, *, beside_ticket_id: int) -> Query[bool]:
    """Whether the agent is active, available and below capacity, this ticket not counted."""
    return tx.value(
        bool,
        """
        SELECT EXISTS (
            SELECT FROM helpdesk.team_member t
              JOIN kernel.membership m ON m.staff_id = t.staff_id AND m.product = 'helpdesk'
             WHERE t.staff_id = %(agent_id)s AND m.role = 'agent' AND m.is_active AND t.is_available
               AND t.active_tickets - (SELECT count(*) FROM helpdesk.ticket k
                                        WHERE k.id = %(ticket_id)s AND k.assigned_agent_id = t.staff_id
                                          AND k.status IN ('open', 'in_progress')) < t.capacity)
        """,
        agent_id=agent_id,
        ticket_id=beside_ticket_id,
    )
