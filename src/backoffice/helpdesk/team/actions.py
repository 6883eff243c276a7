"""What staff do with the team. Whatever may change who takes which ticket holds helpdesk.dispatch first.

`create_member`, `grant`, `shut_out` and `let_in` ask for no permission: the command line and the demo use them.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from backoffice.helpdesk.permissions import Role
from backoffice.helpdesk.team import rules, store
from backoffice.helpdesk.team.rules import Details, MemberAct, NewMember, Works
from backoffice.helpdesk.team.schemas import MemberOut
from backoffice.helpdesk.ticket import placing
from backoffice.helpdesk.ticket import store as tickets
from backoffice.helpdesk.ticket.rules import AgentNotFound, Category
from backoffice.kernel.actor import Actor, Context
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.database import together
from backoffice.kernel.house import House
from backoffice.kernel.identity import actions as identity
from backoffice.kernel.identity import membership, passwords, people
from backoffice.kernel.identity import store as directory
from backoffice.kernel.identity.membership import NewPerson
from backoffice.kernel.identity.rules import check_password
from backoffice.kernel.identity.store import CredentialsRow
from backoffice.kernel.write import Tx


async def add_member(house: House, actor: Actor, *, context: Context, new: NewMember, password: str) -> MemberOut:
    """Create a member in a write of its own: the password is hashed before, so that no lock waits for it."""
    rules.check_may_create(actor, new.role)
    rules.check_post(new.role, new.department)
    check_password(password)
    hashed = await passwords.hash_password(password)
    async with house.database.write(actor, context) as tx:
        return await create_member(tx, new, password_hash=hashed)


async def create_member(tx: Tx, new: NewMember, *, password_hash: str) -> MemberOut:
    """A new person of the staff directory who is in the team; an agent takes from the queue at once.

    UsernameTaken and EmailTaken where anybody, in any product, has the name.
    """
    rules.check_post(new.role, new.department)
    await tickets.lock_dispatch(tx)
    person = NewPerson(new.username, new.email, new.full_name, new.role)
    staff_id = await membership.enter(tx, rules.PRODUCT, person, password_hash=password_hash)
    inserted = store.insert_member(tx, staff_id, new)
    if new.role is Role.AGENT:
        await placing.place_queue(tx, inserted)
    else:
        await inserted
    member = await store.get_member(tx, staff_id)
    names = ("username", "email", "full_name", "role", "department", "agent_capacity")
    tx.audit(MemberAct.CREATED, staff_id, after=_facts(member, names), person=f"staff:{staff_id}")
    return member


async def grant(
    tx: Tx, login: str, *, role: Role, department: Category | None = None, capacity: int = rules.DEFAULT_CAPACITY
) -> MemberOut:
    """Make somebody of the staff directory a member, or change what they are in the team; their sessions here end.

    Who is an agent no longer gives their tickets back. The last active super admin stays one.
    """
    rules.check_post(role, department)
    await tickets.lock_dispatch(tx)
    place = {"department": department, "agent_capacity": capacity if department else None}
    staff_id, was = await membership.grant(tx, rules.PRODUCT, login, role=role, more=place)
    placed = store.set_place(tx, staff_id, department=department, capacity=capacity)
    if role is Role.AGENT:
        await placing.place_queue(tx, placed)
    elif was == Role.AGENT:
        await placing.release_tickets_of(tx, staff_id, placed, because=f"their agent became {role}")
    else:
        await placed
    return await store.get_member(tx, staff_id)


async def update_member(tx: Tx, staff_id: int, wanted: Details) -> MemberOut:
    """Change what is wanted and differs; is_active acts as deactivating and activating do.

    An agent keeps their tickets when the department changes.
    """
    await tickets.lock_dispatch(tx)
    member, works = await _lock_with_work(tx, staff_id)
    changes = wanted.differing_from(member)
    is_active = changes.pop("is_active", None)
    if is_active is False:
        rules.check_may_deactivate(tx.actor, member.role)
    rules.check_changes(tx.actor, member.role, changed=changes, works=works)
    if changes:
        await _set_details(tx, member, changes, works=works)
    if is_active is False:
        await _deactivate(tx, member)
    elif is_active:
        await _activate(tx, member)
    elif not rules.OF_AGENTS.isdisjoint(changes):
        await placing.place_queue(tx)
    return await store.get_member(tx, staff_id)


async def _lock_with_work(tx: Tx, staff_id: int) -> tuple[MemberOut, Works]:
    """A member, and where else they work: nobody is linked to another product while the member is held."""
    member, products, with_money = await together(
        store.lock_member(tx, staff_id), people.list_products(tx, staff_id), people.moves_money(tx, staff_id)
    )
    return member, Works(tuple(products), with_money)


async def _set_details(tx: Tx, member: MemberOut, changes: dict[str, Any], *, works: Works) -> None:
    after = replace(member, **changes)
    if not rules.OF_THE_PERSON.isdisjoint(changes):
        with membership.names_taken(username=after.username, email=after.email):
            await store.set_person(tx, after)
    if not rules.OF_AGENTS.isdisjoint(changes):
        await store.set_post(tx, after)
    before, now = _facts(member, changes), _facts(after, changes)
    entry = tx.audit(MemberAct.UPDATED, member.id, before=before, after=now, person=f"staff:{member.id}")
    if not rules.OF_THE_PERSON.isdisjoint(changes):
        tx.audit_also_in(works.products, entry, product=rules.PRODUCT)


def _facts(member: MemberOut, names: Iterable[str]) -> dict[str, Any]:
    """These facts about a member as the audit log keeps them: what belongs to the person, encrypted."""
    facts = {name: getattr(member, name) for name in names}
    return {name: personal(fact) if name in rules.OF_THE_PERSON else fact for name, fact in facts.items()}


async def deactivate_member(tx: Tx, staff_id: int) -> MemberOut:
    """End a member's access: their sessions here end, their unresolved tickets find other agents."""
    _, member = await together(tickets.lock_dispatch(tx), store.lock_member(tx, staff_id))
    rules.check_may_deactivate(tx.actor, member.role)
    if member.is_active:
        await _deactivate(tx, member)
    return member


async def _deactivate(tx: Tx, member: MemberOut) -> None:
    ended = (
        membership.set_active(tx, member.id, product=rules.PRODUCT, to=False),
        directory.set_product_sessions_ended(tx, member.id, product=rules.PRODUCT, because="deactivated"),
    )
    tx.audit(MemberAct.DEACTIVATED, member.id, before={"is_active": True}, after={"is_active": False})
    await placing.release_tickets_of(tx, member.id, *ended, because="their agent was deactivated")


async def activate_member(tx: Tx, staff_id: int) -> MemberOut:
    """Let a member in again; an agent takes from the queue at once."""
    _, member = await together(tickets.lock_dispatch(tx), store.lock_member(tx, staff_id))
    rules.check_may_manage(tx.actor, member.role)
    if not member.is_active:
        await _activate(tx, member)
    return member


async def _activate(tx: Tx, member: MemberOut) -> None:
    tx.audit(MemberAct.ACTIVATED, member.id, before={"is_active": False}, after={"is_active": True})
    await placing.place_queue(tx, membership.set_active(tx, member.id, product=rules.PRODUCT, to=True))


async def shut_out(tx: Tx, person: CredentialsRow) -> None:
    """Deactivate a member whatever their role, but the last active super admin; their tickets find other agents."""
    await tickets.lock_dispatch(tx)
    await membership.deactivate(tx, person, product=rules.PRODUCT)
    await placing.release_tickets_of(tx, person.staff_id, because="their agent was deactivated")


async def let_in(tx: Tx, person: CredentialsRow) -> None:
    """Activate a member whatever their role; an agent takes from the queue at once."""
    await tickets.lock_dispatch(tx)
    await membership.activate(tx, person, product=rules.PRODUCT)
    await placing.place_queue(tx)


async def set_availability(tx: Tx, agent_id: int, *, to: bool | None) -> MemberOut:
    """Say whether an agent takes new tickets; without a word it is turned over. Who comes back takes from the queue."""
    rules.check_may_set_availability(tx.actor, agent_id)
    unknown = AgentNotFound(agent_id=agent_id)
    _, agent = await together(tickets.lock_dispatch(tx), store.lock_member(tx, agent_id, missing=unknown))
    if agent.role != Role.AGENT:
        raise unknown
    after = replace(agent, is_available=not agent.is_available if to is None else to)
    if after == agent:
        return agent
    tx.audit(
        MemberAct.AVAILABILITY_SET,
        agent_id,
        before={"is_available": agent.is_available},
        after={"is_available": after.is_available},
    )
    if after.is_available:
        await placing.place_queue(tx, store.set_post(tx, after))
    else:
        await store.set_post(tx, after)
    return after


async def reset_password(house: House, actor: Actor, *, context: Context, staff_id: int) -> tuple[MemberOut, str]:
    """Give a member a one-time password, which signs in once to choose another; all their sessions end.

    It is returned and kept nowhere. Hashed before the write, so that no lock waits for it.
    """
    password, hashed = await passwords.one_time_password()
    async with house.database.write(actor, context) as tx:
        member, works = await _lock_with_work(tx, staff_id)
        rules.check_may_manage(actor, member.role)
        rules.check_may_change_person(actor, works)
        await identity.reset_password(tx, staff_id, hashed)
    return member, password
