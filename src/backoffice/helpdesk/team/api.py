"""The team doors of the helpdesk contract ("Admin User Management APIs" 1-9), and the one-time password."""

from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK, Message, Success, success
from backoffice.helpdesk.team import actions, listing, rules, store
from backoffice.helpdesk.team.answers import workload_out
from backoffice.helpdesk.team.rules import Details, MemberAct, NewMember
from backoffice.helpdesk.team.schemas import (
    AvailabilityIn,
    AvailabilityOut,
    BriefOut,
    CreatedData,
    CreateIn,
    ListedOut,
    MemberData,
    PasswordOut,
    TeamPage,
    TeamQuery,
    UpdatedData,
    UpdatedOut,
    UpdateIn,
    WorkloadOut,
    WorkloadQuery,
    WorkloadsOut,
)
from backoffice.helpdesk.ticket.rules import AgentNotFound
from backoffice.kernel.database import Db
from backoffice.kernel.database.rows import part_of
from backoffice.kernel.identity.rules import EmailTaken, IdentityAct, PersonOfMoney, UsernameTaken, WeakPassword
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Team", prefix="/api/v1/admin/users")


@door.post(
    "",
    permission=Desk.TEAM_MANAGE,
    status=201,
    audit=[MemberAct.CREATED],
    errors=[
        UsernameTaken,
        EmailTaken,
        WeakPassword,
        rules.DepartmentRequired,
        rules.AgentsOnly,
        rules.SuperAdminNotMade,
        rules.AdminsNotCreated,
    ],
)
async def create_member(body: CreateIn, call: Call) -> Success[CreatedData]:
    """Create an agent or, as super admin, an admin. An agent has room for 10 tickets unless told otherwise."""
    new = NewMember(
        username=body.username,
        email=body.email,
        full_name=body.full_name,
        role=body.role,
        department=body.department,
        capacity=body.agent_capacity,
    )
    member = await actions.add_member(call.house, call.caller, context=call.context, new=new, password=body.password)
    return success({"message": f"{new.role.capitalize()} created successfully", "user": part_of(BriefOut, member)})


@door.get("", permission=Desk.TEAM_MANAGE)
async def list_members(query: TeamQuery, db: Db, call: Call) -> Success[TeamPage]:
    """Admins and agents in the order in which they joined, with the total under the same filters."""
    rows, total = await store.MEMBERS.page(db, query, call)
    users = [part_of(ListedOut, row) for row in rows]
    return success({"users": users, "total": total, "limit": query.size, "offset": query.start})


@door.get("/agents/stats", permission=Desk.TEAM_MANAGE)
async def list_workloads(query: WorkloadQuery, db: Db) -> Success[WorkloadsOut]:
    """Active agents with their tickets, least busy first."""
    agents = [workload_out(row) for row in await listing.list_workloads(db, query.department)]
    return success({"agents": agents, "total_agents": len(agents)})


@door.get("/agents/{agent_id}/stats", permission=Desk.TEAM_MANAGE, errors=[AgentNotFound])
async def get_workload(agent_id: Id, db: Db) -> Success[WorkloadOut]:
    """One agent's tickets, also those of a deactivated agent."""
    return success(workload_out(await listing.get_workload(db, agent_id)))


@door.patch(
    "/agents/{agent_id}/availability",
    permission=Desk.AVAILABILITY_SET,
    audit=[MemberAct.AVAILABILITY_SET],
    errors=[AgentNotFound, rules.OthersAvailability],
)
async def set_availability(agent_id: Id, body: AvailabilityIn, tx: Tx) -> Success[AvailabilityOut]:
    """Turn an agent's availability over or, with `is_available`, set it. Agents may set their own."""
    agent = await actions.set_availability(tx, agent_id, to=body.is_available)
    said = "available" if agent.is_available else "unavailable"
    return success(
        {
            "message": f"Agent '{agent.username}' marked as {said}",
            "agent": {"id": agent.id, "username": agent.username, "is_available": agent.is_available},
        }
    )


@door.get("/{user_id}", permission=Desk.TEAM_MANAGE, errors=[rules.MemberNotFound])
async def get_member(user_id: Id, db: Db) -> Success[MemberData]:
    """Everything about one member."""
    return success({"user": await store.get_member(db, user_id)})


@door.put(
    "/{user_id}",
    permission=Desk.TEAM_MANAGE,
    audit=[MemberAct.UPDATED, MemberAct.ACTIVATED, MemberAct.DEACTIVATED],
    errors=[
        rules.MemberNotFound,
        rules.AdminsNotManaged,
        rules.WorksElsewhere,
        PersonOfMoney,
        rules.AgentsOnly,
        rules.SuperAdminStays,
        EmailTaken,
    ],
)
async def update_member(user_id: Id, body: UpdateIn, tx: Tx) -> Success[UpdatedData]:
    """Change a member's details. `is_active` does what deactivating and activating do."""
    member = await actions.update_member(tx, user_id, Details(**body.model_dump()))
    return success({"message": "User updated successfully", "user": part_of(UpdatedOut, member)})


@door.delete(
    "/{user_id}",
    permission=Desk.TEAM_MANAGE,
    audit=[MemberAct.DEACTIVATED],
    errors=[rules.MemberNotFound, rules.AdminsNotManaged, rules.SuperAdminStays],
)
async def deactivate_member(user_id: Id, tx: Tx) -> Success[Message]:
    """End a member's access. Nothing is deleted; an agent's unresolved tickets find other agents."""
    member = await actions.deactivate_member(tx, user_id)
    return success({"message": f"User '{member.username}' deactivated successfully"})


@door.patch(
    "/{user_id}/activate",
    permission=Desk.TEAM_MANAGE,
    audit=[MemberAct.ACTIVATED],
    errors=[rules.MemberNotFound, rules.AdminsNotManaged],
)
async def activate_member(user_id: Id, tx: Tx) -> Success[Message]:
    """Let a deactivated member in again."""
    member = await actions.activate_member(tx, user_id)
    return success({"message": f"User '{member.username}' activated successfully"})


@door.post(
    "/{user_id}/reset-password",
    permission=Desk.TEAM_MANAGE,
    audit=[IdentityAct.PASSWORD_RESET],
    errors=[rules.MemberNotFound, rules.AdminsNotManaged, rules.WorksElsewhere, PersonOfMoney],
)
async def reset_password(user_id: Id, call: Call) -> Success[PasswordOut]:
    """Issue a one-time password. It is shown here only; whoever signs in with it must choose another first."""
    member, password = await actions.reset_password(call.house, call.caller, context=call.context, staff_id=user_id)
    return success({"message": f"Password of '{member.username}' reset successfully", "temporary_password": password})
