"""The doors of roles (remaining endpoints, 3) and of staff accounts. Whatever gives power asks for a fresh code."""

from backoffice.kernel.database import Db
from backoffice.kernel.identity import accounts, roles
from backoffice.kernel.identity.accounts import AccountNotFound, OwnAccount, RoleNotHeld
from backoffice.kernel.identity.membership import NewPerson
from backoffice.kernel.identity.role_book import (
    BeyondOwn,
    OwnRole,
    RoleExists,
    RoleInUse,
    RoleNameInvalid,
    RoleNotFound,
    SystemRoleProtected,
    UnknownPermission,
)
from backoffice.kernel.identity.roles import RoleAct, RoleWish
from backoffice.kernel.identity.rules import EmailTaken, IdentityAct, LastSuperAdmin, PhoneTaken, UsernameTaken
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.access.schemas import DoneOut
from backoffice.marketplace.permissions import BOOK, Market
from backoffice.marketplace.product import MARKETPLACE, Success, meta, success
from backoffice.marketplace.staff.answers import account_out, role_out
from backoffice.marketplace.staff.schemas import (
    AccountIn,
    AccountOut,
    AccountsOut,
    AccountsQuery,
    GivenIn,
    NewAccountIn,
    NewAccountOut,
    NewRoleIn,
    PathRole,
    RoleIn,
    RoleOut,
    RolesOut,
)

door = Doors(MARKETPLACE, tag="Roles", prefix="/api/v1/admin/roles")
account_door = Doors(MARKETPLACE, tag="Staff accounts", prefix="/api/v1/admin/accounts")
GIVEN, SHUT_OUT = IdentityAct.MEMBERSHIP_GRANTED, IdentityAct.MEMBERSHIP_DEACTIVATED
LET_IN = IdentityAct.MEMBERSHIP_ACTIVATED


@door.get("", permission=Market.ROLES_LIST)
async def list_roles(db: Db, call: Call) -> RolesOut:
    """Every role with what it may do and how many people have it, system roles first."""
    rows = await roles.list_roles(db, BOOK.product)
    return {
        "success": True,
        "data": [role_out(row, call.caller) for row in rows],
        "meta": {"total_roles": len(rows), "total_permissions": len(BOOK.known)},
    }


@door.get("/available", permission=Market.ROLES_LIST)
async def list_available_roles(db: Db, call: Call) -> RolesOut:
    """The same; `can_be_assigned` says which of them whoever asks may give."""
    return await list_roles(db=db, call=call)


@door.post(
    "",
    permission=Market.ROLES_MANAGE,
    step_up=True,
    status=201,
    audit=[RoleAct.CREATED],
    errors=[RoleExists, RoleNameInvalid, UnknownPermission, BeyondOwn],
)
async def create_role(body: NewRoleIn, tx: Tx) -> Success[RoleOut]:
    """A role of any known permissions, in any spelling of theirs."""
    wish = RoleWish(body.name, body.description, body.permissions)
    return success(role_out(await roles.create_role(tx, wish, book=BOOK, name=body.id), tx.actor))


@door.post(
    "/assign",
    permission=Market.ACCOUNTS_MANAGE,
    step_up=True,
    audit=[GIVEN],
    errors=[AccountNotFound, RoleNotFound, OwnRole, BeyondOwn, LastSuperAdmin],
)
async def assign_role(body: GivenIn, tx: Tx) -> Success[AccountOut]:
    """Give somebody this role instead of theirs; they sign in anew. Whoever is deactivated stays so."""
    return success(account_out(await accounts.change_role(tx, body.user_id, book=BOOK, role=body.role)))


@door.post(
    "/revoke",
    permission=Market.ACCOUNTS_MANAGE,
    step_up=True,
    audit=[SHUT_OUT],
    errors=[AccountNotFound, RoleNotHeld, OwnRole, BeyondOwn, LastSuperAdmin],
)
async def revoke_role(body: GivenIn, tx: Tx) -> Success[AccountOut]:
    """Take somebody's role from them. Everybody has one role: without it they are shut out."""
    return success(account_out(await accounts.revoke_role(tx, body.user_id, book=BOOK, role=body.role)))


@door.patch(
    "/{role_id}",
    permission=Market.ROLES_MANAGE,
    step_up=True,
    audit=[RoleAct.CHANGED],
    errors=[RoleNotFound, SystemRoleProtected, OwnRole, UnknownPermission, BeyondOwn],
)
async def change_role(role_id: PathRole, body: RoleIn, tx: Tx) -> Success[RoleOut]:
    """Change a role that staff made; it holds at the next request of everybody who has it."""
    wish = RoleWish(body.name, body.description, body.permissions)
    return success(role_out(await roles.change_role(tx, role_id, book=BOOK, wish=wish), tx.actor))


@door.delete(
    "/{role_id}",
    permission=Market.ROLES_MANAGE,
    step_up=True,
    audit=[RoleAct.DELETED],
    errors=[RoleNotFound, SystemRoleProtected, OwnRole, RoleInUse],
)
async def delete_role(role_id: PathRole, tx: Tx) -> Success[DoneOut]:
    """Delete a role that staff made and nobody has."""
    await roles.remove_role(tx, role_id, book=BOOK)
    return success({"message": f"Role '{role_id}' deleted"})


@account_door.get("", permission=Market.ACCOUNTS_MANAGE)
async def list_accounts(query: AccountsQuery, db: Db, call: Call) -> AccountsOut:
    """Everybody who works or worked here, in the order in which they came."""
    rows, total = await accounts.ACCOUNTS.page(db, query, call, product=BOOK.product)
    page = meta(query.number, query.size, total=total)
    return {"success": True, "data": [account_out(row) for row in rows], "meta": page}


@account_door.post(
    "",
    permission=Market.ACCOUNTS_MANAGE,
    step_up=True,
    status=201,
    audit=[IdentityAct.STAFF_CREATED],
    errors=[RoleNotFound, BeyondOwn, EmailTaken, UsernameTaken, PhoneTaken],
)
async def create_account(body: NewAccountIn, call: Call) -> Success[NewAccountOut]:
    """A new colleague, with a password that signs in once to choose another; it is shown here only."""
    username = body.username or body.email.partition("@")[0]
    new = NewPerson(username, body.email, body.name, body.role, body.phone)
    account, password = await accounts.open_account(call.house, call.caller, context=call.context, book=BOOK, new=new)
    return success({**account_out(account), "one_time_password": password})


@account_door.get("/{account_id}", permission=Market.ACCOUNTS_MANAGE, errors=[AccountNotFound])
async def get_account(account_id: Id, db: Db) -> Success[AccountOut]:
    """One colleague."""
    return success(account_out(await accounts.get_account(db, BOOK.product, account_id)))


@account_door.patch(
    "/{account_id}",
    permission=Market.ACCOUNTS_MANAGE,
    step_up=True,
    audit=[GIVEN, SHUT_OUT, LET_IN],
    errors=[AccountNotFound, RoleNotFound, OwnRole, OwnAccount, BeyondOwn, LastSuperAdmin],
)
async def update_account(account_id: Id, body: AccountIn, tx: Tx) -> Success[AccountOut]:
    """Another role, shut out or let in; names and passwords belong to the person and change on the command line."""
    if body.role is not None:
        await accounts.change_role(tx, account_id, book=BOOK, role=body.role)
    if body.is_active is not None:
        await (accounts.activate if body.is_active else accounts.deactivate)(tx, account_id, book=BOOK)
    return success(account_out(await accounts.get_account(tx, BOOK.product, account_id)))


@account_door.post(
    "/{account_id}/deactivate",
    permission=Market.ACCOUNTS_MANAGE,
    audit=[SHUT_OUT],
    errors=[AccountNotFound, OwnAccount, BeyondOwn, LastSuperAdmin],
)
async def deactivate_account(account_id: Id, tx: Tx) -> Success[AccountOut]:
    """Shut a colleague out; their sessions here end. In a hurry it needs no code."""
    return success(account_out(await accounts.deactivate(tx, account_id, book=BOOK)))


@account_door.post(
    "/{account_id}/activate",
    permission=Market.ACCOUNTS_MANAGE,
    step_up=True,
    audit=[LET_IN],
    errors=[AccountNotFound, BeyondOwn],
)
async def activate_account(account_id: Id, tx: Tx) -> Success[AccountOut]:
    """Let a colleague in again, as what they were."""
    return success(account_out(await accounts.activate(tx, account_id, book=BOOK)))
