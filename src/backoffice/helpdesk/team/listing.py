"""Reading each agent's workload. Nothing here writes."""

from backoffice.helpdesk.team.schemas import WorkOut
from backoffice.helpdesk.ticket.rules import AgentNotFound, Category
from backoffice.kernel.database import Db, Listing, Query

WORKLOAD = Listing(
    WorkOut,
    """
    SELECT t.staff_id AS agent_id, s.username, s.full_name, t.department, t.is_available, t.capacity,
           k.tickets_active, k.tickets_resolved, k.tickets_closed, k.tickets_total
      FROM helpdesk.team_member t
      JOIN kernel.staff s ON s.id = t.staff_id
      JOIN kernel.membership m ON m.staff_id = s.id AND m.product = 'helpdesk' AND m.role = 'agent'
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(tickets) FILTER (WHERE status IN ('open', 'in_progress')), 0)::bigint AS tickets_active,
                  coalesce(sum(tickets) FILTER (WHERE status = 'resolved'), 0)::bigint AS tickets_resolved,
                  coalesce(sum(tickets) FILTER (WHERE status = 'closed'), 0)::bigint AS tickets_closed,
                  coalesce(sum(tickets), 0)::bigint AS tickets_total
             FROM helpdesk.ticket_tally
            WHERE agent_id = t.staff_id) k
     {where}
     ORDER BY k.tickets_active::float8 / t.capacity, t.staff_id
    """,
    filters={
        "agent_id": "t.staff_id = %(agent_id)s",
        "department": "t.department = %(department)s",
        "is_active": "m.is_active = %(is_active)s",
    },
)


def list_workloads(db: Db, department: Category | None) -> Query[list[WorkOut]]:
    """Active agents, least busy first."""
    shown = {"department": department, "is_active": True}
    return db.all(WorkOut, WORKLOAD.where(shown), **shown)


def get_workload(db: Db, agent_id: int) -> Query[WorkOut]:
    """One agent's workload, also of a deactivated one."""
    shown = {"agent_id": agent_id}
    return db.one(WorkOut, WORKLOAD.where(shown), **shown, missing=AgentNotFound(agent_id=agent_id))
