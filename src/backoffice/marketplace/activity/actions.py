"""What customers did on the platform, recorded once. Each runs inside one write and holds the customer first."""

from typing import Any

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.marketplace.activity import rules, store
from backoffice.marketplace.activity.rules import EndedBy, Known, ProfileAct, Told
from backoffice.marketplace.activity.store import NewActivity, Origin, SessionRow
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.customer.actions import hold
from backoffice.marketplace.customer.rules import DeviceType
from backoffice.marketplace.customer.store import CustomerRow


async def sign_in(tx: Tx, attempt: NewActivity, origin: Origin, *, device: dict[str, Any]) -> tuple[CustomerRow, str]:
    """A sign-in that began a session: `device` is what its row says beside its origin.

    UserNotFound, UserDeleted, SessionExists, ActivityExists.
    """
    customer = await hold(tx, attempt.customer_id)
    known = await store.find_session(tx, device["external_id"])
    if known is not None:
        if known.customer_id != customer.id:
            raise rules.SessionExists(session_id=device["external_id"])
        return customer, known.id
    session_id = new_id("sess")
    kind = DeviceType(device["device_type"])
    facts = {"ip_address": origin.ip_address, "user_agent": origin.user_agent, "location": origin.location}
    await store.insert_session(tx, {**device, **facts, "at": origin.at, "id": session_id, "customer_id": customer.id})
    await _tell(tx, NewActivity(attempt.external_id, customer.id, Told.LOGIN, session_id), origin)
    tx.send_ahead(store.set_signed_in(tx, customer.id, device_type=kind, at=origin.at))
    return customer, session_id


async def fail_sign_in(tx: Tx, attempt: NewActivity, origin: Origin) -> CustomerRow:
    """Somebody tried to sign in as this customer and could not. UserNotFound, UserDeleted, ActivityExists."""
    customer = await hold(tx, attempt.customer_id)
    await _tell(tx, attempt, origin, again=True)
    return customer


async def see(tx: Tx, customer_id: int, session: str | None, *, origin: Origin) -> tuple[CustomerRow, str | None]:
    """The customer was active, in this session if it is named. UserNotFound, UserDeleted, SessionNotFound."""
    customer = await hold(tx, customer_id)
    found = await _session_of(tx, customer, session)
    tx.send_ahead(store.set_active(tx, customer.id, origin.at))
    if found is not None:
        tx.send_ahead(store.set_session_active(tx, found.id, origin.at))
    tx.record("customer seen", customer.id)
    return customer, found.id if found else None


async def sign_out(tx: Tx, told: NewActivity, session: str, *, by: EndedBy, origin: Origin) -> tuple[CustomerRow, str]:
    """A session ended on the platform; one that has ended stays as it ended.

    UserNotFound, UserDeleted, SessionNotFound, ActivityExists.
    """
    customer = await hold(tx, told.customer_id)
    found = await _session_of(tx, customer, session)
    assert found is not None, "it was named"
    if found.ended_at is None:
        await store.set_ended(tx, found.id, by=by, at=origin.at)
        await _tell(tx, NewActivity(told.external_id, customer.id, Told.LOGOUT, found.id), origin)
        tx.send_ahead(store.set_active(tx, customer.id, origin.at))
    return customer, found.id


async def update_profile(
    tx: Tx, told: NewActivity, changes: dict[str, Any], *, session: str | None, origin: Origin
) -> tuple[CustomerRow, str | None]:
    """What the customer changed of their profile, once.

    UserNotFound, UserDeleted, SessionNotFound, UserExists, ActivityExists.
    """
    customer = await hold(tx, told.customer_id)
    found = await _session_of(tx, customer, session)
    session_id = found.id if found else None
    changed = tuple(sorted(changes))
    new = NewActivity(told.external_id, customer.id, Told.PROFILE_UPDATE, session_id, changed=changed)
    if await _tell(tx, new, origin, again=True) is Known.SAME:
        return customer, session_id
    with customers.taken():
        await store.set_profile(tx, customer.id, changes)
    tx.send_ahead(store.set_active(tx, customer.id, origin.at))
    named = [name for name in changed if name in ("name", "email", "phone")]
    before: dict[str, Any] = {name: personal(getattr(customer, name)) for name in named}
    after: dict[str, Any] = {name: personal(changes[name]) for name in named}
    tx.audit(
        ProfileAct.UPDATED,
        customer.id,
        before=before,
        after={**after, "fields": list(changed)},
        person=customer_rules.person(customer.id),
    )
    return customer, session_id


async def _tell(tx: Tx, new: NewActivity, origin: Origin, *, again: bool = False) -> Known:
    """Whether it is new or, where it may come `again`, was told before.

    ActivityExists where its name is another thing's: nothing is lost.
    """
    known = await store.insert_activity(tx, new, origin)
    if known is Known.ANOTHER or (known is Known.SAME and not again):
        raise rules.ActivityExists(external_id=new.external_id)
    tx.record(str(new.type), new.customer_id)
    return known


async def _session_of(tx: Tx, customer: CustomerRow, session: str | None) -> SessionRow | None:
    if session is None:
        return None
    found = await store.find_session(tx, session)
    if found is None or found.customer_id != customer.id:
        raise rules.SessionNotFound(session_id=session)
    return found
