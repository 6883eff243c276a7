"""From rows to the shapes of the contract. No database, no decisions."""

from backoffice.helpdesk.team.listing import WorkloadRow
from backoffice.helpdesk.team.schemas import BriefOut, ListedOut, MemberOut, UpdatedOut, WorkloadOut
from backoffice.helpdesk.team.store import MemberRow


def brief_out(row: MemberRow) -> BriefOut:
    return {
        "id": row.id,
        "username": row.username,
        "email": row.email,
        "full_name": row.full_name,
        "role": row.role,
        "department": row.department,
        "is_active": row.is_active,
    }


def updated_out(row: MemberRow) -> UpdatedOut:
    return {**brief_out(row), "agent_capacity": row.agent_capacity, "is_available": row.is_available}


def listed_out(row: MemberRow) -> ListedOut:
    return {**updated_out(row), "created_at": row.created_at, "last_login_at": row.last_login_at}


def member_out(row: MemberRow) -> MemberOut:
    return {**listed_out(row), "updated_at": row.updated_at}


def workload_out(row: WorkloadRow) -> WorkloadOut:
    return {
        "agent_id": row.agent_id,
        "username": row.username,
        "full_name": row.full_name,
        "department": row.department,
        "is_available": row.is_available,
        "capacity": row.capacity,
        "tickets": {"active": row.active, "resolved": row.resolved, "closed": row.closed, "total": row.total},
        "utilization": round(100 * row.active / row.capacity, 1),
    }
