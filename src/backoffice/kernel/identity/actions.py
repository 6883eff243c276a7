"""Signing in and out, refreshing, changing a password. Each opens short writes of its own and hashes between them."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from backoffice.kernel.actor import Actor, ActorKind, Context, system
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.database.query import Db, together
from backoffice.kernel.errors import Unauthenticated
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.identity import confirming, devices, passwords, people, rules, store
from backoffice.kernel.identity.membership import names_taken
from backoffice.kernel.identity.people import Names
from backoffice.kernel.identity.rules import IdentityAct
from backoffice.kernel.identity.store import CredentialsRow
from backoffice.kernel.tokens import Claims
from backoffice.kernel.write.transaction import Tx


@dataclass(frozen=True, slots=True)
class Signed:
    """A person with a live session, and the id of the refresh token to hand out."""

    staff_id: int
    username: str
    email: str
    role: str
    session_id: UUID
    refresh_id: UUID


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody wants to sign in to a product; `login` is a username or an e-mail."""

    product: str
    login: str
    password: str
    session_hours: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Tokens as a client gets them; `expires_in` is seconds of the access token."""

    access_token: str
    refresh_token: str
    expires_in: int


async def sign_in(house: House, context: Context, *, attempt: Attempt) -> Signed:
    """Open a session. Throttled; a wrong name takes as long as a wrong password.

    The password is compared outside any transaction. What was read for it is looked at again where the session begins.
    """
    device = devices.device_of(house, context)
    async with house.database.read() as db:
        found, known = await together(
            store.find_credentials(db, attempt.product, attempt.login),
            devices.is_known(db, attempt.product, attempt.login, device=device),
        )
    account = f"staff:{found.staff_id}" if found else f"nobody:{attempt.login.lower()}"
    await throttle(house, context, account=account, known=known)
    signed = None
    if await passwords.is_right(attempt.password, found.password_hash if found else None) and found is not None:
        signed = await _begin_session(house, context, attempt, compared=found)
    if signed is None:
        await _record_refusal(house, context, attempt.product, found.username if found else "nobody we know")
        raise rules.WrongCredentials
    return signed


async def _begin_session(
    house: House, context: Context, attempt: Attempt, *, compared: CredentialsRow
) -> Signed | None:
    """The session of a person whose password was right, or None where it is another by now."""
    product, hours = attempt.product, attempt.session_hours
    actor = Actor(ActorKind.STAFF, compared.staff_id, compared.username, product, compared.role)
    async with house.database.write(actor, context) as tx:
        person = await people.lock_credentials(tx, product, compared.staff_id)
        if person is None or person.password_hash != compared.password_hash:
            return None
        if not person.is_active:
            raise rules.AccountDeactivated
        signed = Signed(person.staff_id, person.username, person.email, person.role, uuid7(), uuid7())
        session = store.NewSession(
            id=signed.session_id,
            staff_id=person.staff_id,
            product=product,
            address=context.address,
            agent=context.agent,
            hours=hours,
            password_change_due=person.password_change_due,
        )
        await store.insert_session(tx, session)
        await store.insert_refresh_token(tx, signed.refresh_id, signed.session_id, hours=hours)
        await together(
            store.set_signed_in(tx, person.staff_id, product),
            devices.keep(tx, person.staff_id, devices.device_of(house, context)),
        )
        tx.audit(IdentityAct.SESSION_STARTED, signed.session_id)
    return signed


async def throttle(house: House, context: Context, *, account: str, known: bool) -> None:
    """Count one try to sign in, right or wrong, or TooManyRequests.

    Strangers share the account's minute, however many addresses they have. A device that has signed in counts apart
    from them, so they can't use up its tries; from its network it has no more of them than anybody.
    """
    per_account, per_address = house.settings.sign_ins_per_account, house.settings.sign_ins_per_address
    network = devices.network_of(context.address)
    whose = "known device" if known else "stranger"
    await house.limits.hit(per_address, "sign-in", whose, network)
    await house.limits.hit(per_account, "sign-in", whose, account, network)
    if not known:
        await house.limits.hit(per_account, "sign-in", "account", account)


async def _record_refusal(house: House, context: Context, product: str, who: str) -> None:
    """Whose password was wrong. What was typed is not kept: it may be a password in the wrong field."""
    async with house.database.write(system(product, "sign-in"), context) as tx:
        tx.audit(IdentityAct.SESSION_REFUSED, who)


def read_refresh_token(house: House, token: str, *, product: str) -> Claims:
    """What a refresh token says, or RefreshRefused."""
    try:
        return house.tokens.read("refresh", token, product=product)
    except Unauthenticated as exc:
        raise rules.RefreshRefused from exc


async def refresh_session(house: House, context: Context, *, claims: Claims) -> Signed:
    """Rotate a refresh token. Several at once within 30 s all succeed; a later reuse revokes the session."""
    refused: rules.RefreshRefused | None = None
    actor = Actor(ActorKind.STAFF, claims.staff_id, claims.username, claims.product)
    async with house.database.write(actor, context) as tx:
        row = await store.lock_refresh_token(tx, claims.token_id)
        if row is None or not row.is_live:
            raise rules.RefreshRefused
        if row.used_at is not None and row.checked_at - row.used_at > rules.REUSE_WINDOW:
            await store.set_session_ended(tx, row.session_id, "a refresh token was used twice")
            tx.audit(IdentityAct.SESSION_REVOKED, row.session_id, reason="a refresh token was used twice")
            refused = rules.RefreshRefused()
        else:
            await store.set_refresh_token_used(tx, claims.token_id)
            signed = Signed(row.staff_id, row.username, row.email, row.role, row.session_id, uuid7())
            hours = house.settings.refresh_token_days * 24
            await store.insert_refresh_token(tx, signed.refresh_id, row.session_id, hours=hours)
    if refused:
        raise refused
    return signed


def issue_pair(house: House, signed: Signed, *, product: str, **more: Any) -> Pair:
    """The two tokens of a session; `more` are claims only this product's access tokens carry."""
    settings = house.settings
    who = {"user_id": signed.staff_id, "username": signed.username, "sid": str(signed.session_id)}
    access_for = timedelta(minutes=settings.access_token_minutes)
    access = {**who, "email": signed.email, "role": signed.role, **more}
    refresh = {**who, "jti": str(signed.refresh_id)}
    return Pair(
        access_token=house.tokens.issue("access", product, lifetime=access_for, claims=access),
        refresh_token=house.tokens.issue(
            "refresh", product, lifetime=timedelta(days=settings.refresh_token_days), claims=refresh
        ),
        expires_in=int(access_for.total_seconds()),
    )


async def prove_password(house: House, actor: Actor, *, context: Context, password: str) -> CredentialsRow:
    """Whoever is signed in types their password again; what it was compared with. Counted like signing in."""
    await throttle(house, context, account=f"session:{actor.session_id}", known=True)
    async with house.database.read() as db:
        mine = await store.get_credentials(db, actor.product, actor.id)
    if not await passwords.is_right(password, mine.password_hash):
        async with house.database.write(actor, context) as tx:
            tx.audit(IdentityAct.PASSWORD_REFUSED, actor.id)
        raise rules.WrongPassword
    return mine


async def change_password(house: House, actor: Actor, *, context: Context, old: str, new: str) -> None:
    """A person's own new password; every other session of theirs ends, in all products.

    Wrong old passwords are counted and audited like sign-ins. A reset while this one is hashed wins.
    """
    mine = await prove_password(house, actor, context=context, password=old)
    if new == old:
        raise rules.PasswordUnchanged
    rules.check_password(new)
    hashed = await passwords.hash_password(new)
    async with house.database.write(actor, context) as tx:
        await people.lock_person(tx, actor.id)
        live, now = await together(
            confirming.confirm_session(tx, actor), store.get_credentials(tx, actor.product, actor.id)
        )
        if live is None:
            raise Unauthenticated
        if now.password_hash != mine.password_hash:
            raise rules.WrongPassword
        await store.set_password(tx, actor.id, hashed, change_due=False)
        await store.set_other_sessions_ended(tx, actor.id, kept_session_id=actor.session_id, because="password changed")
        await devices.forget(tx, actor.id, but=devices.device_of(house, context))
        entry = tx.audit(IdentityAct.PASSWORD_CHANGED, actor.id)
        tx.audit_also_in(await people.list_products(tx, actor.id), entry)


async def sign_out(tx: Tx) -> None:
    """End the session this request was made with."""
    assert tx.actor.session_id is not None
    await store.set_session_ended(tx, tx.actor.session_id, "signed out")
    tx.audit(IdentityAct.SESSION_ENDED, tx.actor.session_id)


async def end_own_session(tx: Tx, session_id: UUID) -> None:
    """End one of one's own sessions, for example on a lost phone."""
    if not await store.set_own_session_ended(tx, session_id, tx.actor.id, because="ended by its owner"):
        raise rules.SessionNotFound(session_id=str(session_id))
    tx.audit(IdentityAct.SESSION_ENDED, session_id)


async def reset_password(tx: Tx, staff_id: int, hashed: str) -> None:
    """Set a one-time password: it signs in once, to choose another; all sessions end, no device is known any more.

    The person is held first: a sign-in with the old password either ended its session here or finds the new one.
    """
    await people.lock_person(tx, staff_id)
    await store.set_password(tx, staff_id, hashed, change_due=True)
    await store.set_other_sessions_ended(tx, staff_id, kept_session_id=None, because="password reset")
    await devices.forget(tx, staff_id, but=None)
    entry = tx.audit(IdentityAct.PASSWORD_RESET, staff_id)
    tx.audit_also_in(await people.list_products(tx, staff_id), entry)


async def rename_person(tx: Tx, staff_id: int, *, names: Names) -> None:
    """Another username, e-mail or name, in every product. Asks for no permission: the command line alone calls it."""
    await people.lock_person(tx, staff_id)
    was = await people.get_names(tx, staff_id)
    now = replace(was, **{name: value for name, value in asdict(names).items() if value})
    changed = [name for name in asdict(now) if getattr(now, name) != getattr(was, name)]
    if not changed:
        return
    with names_taken(username=now.username or "", email=now.email or ""):
        await people.set_names(tx, staff_id, now)
    before = {name: personal(getattr(was, name)) for name in changed}
    after = {name: personal(getattr(now, name)) for name in changed}
    entry = tx.audit(IdentityAct.STAFF_RENAMED, staff_id, before=before, after=after, person=f"staff:{staff_id}")
    tx.audit_also_in(await people.list_products(tx, staff_id), entry)


async def live_sessions(db: Db, actor: Actor) -> list[store.SessionRow]:
    return await store.list_live_sessions(db, actor.id, actor.product)
