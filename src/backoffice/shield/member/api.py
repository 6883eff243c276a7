"""The staff doors of members (contract, 1)."""

from backoffice.kernel.audit import listing as audit_log
from backoffice.kernel.database import Db, together
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.shield.access.store import get_admin
from backoffice.shield.audit_log.answers import listed_out as entry_listed_out
from backoffice.shield.audit_log.rules import changes_about
from backoffice.shield.member import actions, listing, rules
from backoffice.shield.member.answers import Latest, audited_out, detail_out, listed_out
from backoffice.shield.member.filters import UsersQuery
from backoffice.shield.member.rules import UserAct
from backoffice.shield.member.schemas import MembersPageOut, UpdatedOut, UpdateIn, UsersPage
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, pagination, success

door = Doors(SHIELD, tag="Users", prefix="/v1/admin/users")


@door.get("", permission=Shield.USERS_READ)
async def list_users(query: UsersQuery, db: Db, call: Call) -> Success[UsersPage]:
    """Members with their plan, bank account and what their claims come to, newest first unless sorted otherwise."""
    if query.search:
        sought = {"search": query.search, "name": rules.name_in(query.search)}
        found = await listing.list_found(db, query.search, name=sought["name"])
        rows, total = await found.page(db, query, call, **sought)
    else:
        rows, total = await listing.USERS.page(db, query, call, name=None)
    users = [listed_out(row) for row in rows]
    return success({"users": users, "pagination": pagination(query.number, query.size, total=total)})


@door.get("/{user_id}", permission=Shield.USERS_READ, audit=[UserAct.VIEWED], errors=[rules.MemberNotFound])
async def get_user(user_id: ShownId, tx: Tx, call: Call) -> Success[MembersPageOut]:
    """Everything about one member, with the latest 20 of each list. That somebody looked is audited.

    From where colleagues made a change is shown only to those who may read the audit log.
    """
    person = rules.person(user_id)
    row, claims, payouts, notes, changes = await together(
        listing.get_detail(tx, user_id),
        listing.list_claims(tx, user_id),
        listing.list_payouts(tx, user_id),
        listing.list_notes(tx, user_id),
        audit_log.LOG.rows(tx, changes_about(person), limit=listing.LATEST),
    )
    tx.audit(UserAct.VIEWED, user_id, person=person)
    shows_origin = call.caller.can(Shield.AUDIT_READ)
    log = [entry_listed_out(entry, call.house.keys, shows_origin=shows_origin) for entry in changes]
    return success(detail_out(row, Latest(claims, payouts, notes), audit_log=log))


@door.patch(
    "/{user_id}",
    permission=Shield.USERS_WRITE,
    audit=[UserAct.PROFILE_UPDATE],
    errors=[rules.MemberNotFound, rules.EmailTaken],
)
async def update_user(user_id: ShownId, body: UpdateIn, tx: Tx) -> Success[UpdatedOut]:
    """Correct a member's profile or e-mail address; what is not sent stays."""
    done = await actions.correct_profile(tx, user_id, body.columns(), reason=body.change_reason)
    entry = audited_out(done.entry, await get_admin(tx, tx.actor.id)) if done.entry else None
    return success({"user_id": user_id, "updated_fields": done.fields, "audit_entry": entry})
