"""The queue, the agents with room, and the act of placing. Whoever calls holds helpdesk.dispatch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.helpdesk.ticket.choosing import Candidate
from backoffice.helpdesk.ticket.rules import Activity, Category
from backoffice.helpdesk.ticket.store import TicketRow
from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """`read_at`: by the database's clock, after whoever held helpdesk.dispatch before."""

    id: int
    code: str
    category: Category
    whatsapp_user_id: int
    read_at: datetime


@dataclass(frozen=True, slots=True)
class AgentRow:
    staff_id: int
    username: str
    full_name: str
    department: Category
    is_active: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """A ticket given to an agent, with what its log says of it. `at` is None for now, and set where nobody decided."""

    ticket_id: int
    agent: Candidate | AgentRow
    kind: Activity
    why: dict[str, Any]
    at: datetime | None = None


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


def list_queue(tx: Tx) -> Query[list[QueuedRow]]:
    """Who waits longest: of each category as many as its own department and the general one have room for.

    No more of a category can be placed, so what it costs follows from the room and not from the queue.
    IS TRUE leaves the planner no index but ticket_waiting_idx, whatever it takes the queue's length for.
    """
    return tx.all(
        QueuedRow,
        """
        WITH room AS (
            SELECT coalesce(t.department, 'general') AS department, sum(t.capacity - t.active_tickets) AS places
              FROM helpdesk.team_member t
              JOIN kernel.membership m ON m.staff_id = t.staff_id AND m.product = 'helpdesk'
             WHERE m.role = 'agent' AND m.is_active AND t.is_available AND t.active_tickets < t.capacity
             GROUP BY 1
        ), served AS (
            SELECT c.category, sum(r.places) AS most
              FROM unnest(%(categories)s::text[]) AS c (category)
              JOIN room r ON r.department IN (c.category, 'general')
             GROUP BY 1
        )
        SELECT q.id, q.code, q.category, q.whatsapp_user_id, clock_timestamp() AS read_at
          FROM served
         CROSS JOIN LATERAL (
               SELECT id, code, category, whatsapp_user_id, queued_at
                 FROM helpdesk.ticket
                WHERE (status = 'open' AND assigned_agent_id IS NULL) IS TRUE AND category = served.category
                ORDER BY queued_at, id
                LIMIT served.most) q
         ORDER BY q.queued_at, q.id
        """,
        categories=[category.value for category in Category],
    )


def set_agent(tx: Tx, given: Assignment) -> Query[TicketRow]:
    """Give the ticket to the agent and log it; an open one becomes in progress."""
    agent, auto = given.agent, given.at is not None
    facts = {
        "agent_id": agent.staff_id,
        "agent_username": agent.username,
        "agent_department": agent.department,
        "auto_assigned": auto,
        "method": "auto" if auto else "manual",
    }
    return tx.one(
        TicketRow,
        """
        WITH moment AS (
            SELECT coalesce(%(at)s, clock_timestamp()) AS at
        ), chosen AS (
            UPDATE helpdesk.team_member SET last_assigned_at = moment.at FROM moment WHERE staff_id = %(agent_id)s
        ), logged AS (
            INSERT INTO helpdesk.ticket_activity (ticket_id, activity_type, description, staff_id, metadata, created_at)
                 SELECT %(ticket_id)s, %(kind)s, %(description)s, nullif(%(staff_id)s, 0), %(facts)s, at FROM moment
        )
        UPDATE helpdesk.ticket
           SET assigned_agent_id = %(agent_id)s, assigned_at = moment.at, auto_assigned = %(auto)s,
               status = 'in_progress', reassignment_count = reassignment_count + (%(kind)s = 'reassigned')::int
          FROM moment
         WHERE id = %(ticket_id)s
     RETURNING id, code, status, category, whatsapp_user_id, phone, assigned_agent_id, assigned_at, reassignment_count,
               updated_at, resolved_at, closed_at
        """,
        ticket_id=given.ticket_id,
        agent_id=agent.staff_id,
        kind=given.kind,
        description=f"Ticket {given.kind} to {agent.full_name} ({agent.department})",
        facts=facts | given.why,
        auto=auto,
        at=given.at,
        staff_id=tx.actor.id,
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


def list_unresolved_of(tx: Tx, agent_id: int) -> Query[list[int]]:
    return tx.values(
        int,
        """
        SELECT id FROM helpdesk.ticket
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


def has_room_for(tx: Tx, agent_id: int | None, *, beside_ticket_id: int) -> Query[bool]:
    """Whether there is an agent who is active, available and below capacity, this ticket not counted."""
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
