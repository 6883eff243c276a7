"""The second factor of a person: enrolling an authenticator app, and proving oneself with its code.

What the proof is good for is in step_up.py. A code works once, five wrong ones close the way for ten minutes. The
secret is sealed under the key ring; recovery codes are hashed.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime

from backoffice.kernel.actor import Actor, Context
from backoffice.kernel.database.query import together
from backoffice.kernel.errors import Conflict, Invalid, Refusal, TooManyRequests
from backoffice.kernel.house import House
from backoffice.kernel.identity import actions, people, step_up, totp
from backoffice.kernel.identity import factor_store as store
from backoffice.kernel.identity import store as directory
from backoffice.kernel.identity.factor_store import TotpRow
from backoffice.kernel.identity.rules import IdentityAct, WrongPassword
from backoffice.kernel.write.transaction import Tx


class WrongCode(Invalid):
    """Wrong or used code"""


class EnrolledAlready(Conflict):
    """An authenticator app is enrolled already: remove it first, with a code of it or a recovery code"""


class NothingToConfirm(Conflict):
    """No authenticator app waits to be confirmed: enrol one first"""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the app is to know, by typing or as a picture. Shown once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


async def enrol(house: House, actor: Actor, *, context: Context, password: str, issuer: str) -> Enrolment:
    """A new secret, for whoever also knows the password; it counts once a code confirms it.

    WrongPassword, EnrolledAlready.
    """
    proved = await actions.prove_password(house, actor, context=context, password=password)
    secret = totp.new_secret()
    async with house.database.write(actor, context) as tx:
        await people.lock_person(tx, actor.id)
        row, now = await together(store.lock_totp(tx, actor.id), directory.get_credentials(tx, actor.product, actor.id))
        if now.password_hash != proved.password_hash:
            raise WrongPassword
        if row is not None and row.is_confirmed:
            raise EnrolledAlready
        key_id, sealed = tx.keys.encrypt(secret.encode(), bound_to=store.belongs(actor.id))
        await store.set_offered(tx, actor.id, key_id=key_id, sealed=sealed)
        tx.audit(IdentityAct.TOTP_OFFERED, actor.id)
    return Enrolment(secret, totp.enrolment_uri(secret, account=now.email, issuer=issuer))


async def confirm(house: House, actor: Actor, *, context: Context, code: str) -> list[str]:
    """The app's first code: it counts from now on. Its recovery codes are returned once and kept as hashes.

    NothingToConfirm, WrongCode, TooManyRequests.
    """
    refused: Refusal | None = None
    codes = totp.new_recovery_codes()
    async with house.database.write(actor, context) as tx:
        row = await store.lock_totp(tx, actor.id)
        if row is None or row.is_confirmed:
            raise NothingToConfirm
        step = await _checked_step(tx, row, code)
        if step is None:
            refused = WrongCode()
        else:
            hashes = [totp.hash_of(one) for one in codes]
            await together(
                store.set_used(tx, actor.id, step=step),
                store.insert_recovery_codes(tx, actor.id, hashes),
                step_up.set_proved(tx, actor),
            )
            entry = tx.audit(IdentityAct.TOTP_ENROLLED, actor.id)
            tx.audit_also_in(await people.list_products(tx, actor.id), entry)
    if refused:
        raise refused
    return codes


async def prove(house: House, actor: Actor, *, context: Context, code: str) -> datetime:
    """Until when this session's proof holds: a code of the app, or a recovery code. MfaRequired, WrongCode."""
    async with house.database.write(actor, context) as tx:
        is_right = await _is_right(tx, code)
        if is_right:
            until = await step_up.set_proved(tx, actor)
            tx.audit(IdentityAct.STEPPED_UP, actor.session_id)
    if not is_right:
        raise WrongCode
    return until


async def remove(house: House, actor: Actor, *, context: Context, code: str) -> None:
    """Take the app away, with a code of it or a recovery code. MfaRequired, WrongCode, TooManyRequests."""
    async with house.database.write(actor, context) as tx:
        is_right = await _is_right(tx, code)
        if is_right:
            await forget(tx, actor.id)
    if not is_right:
        raise WrongCode


async def forget(tx: Tx, staff_id: int) -> None:
    """The person has no second factor any more. Asks for no code: the command line calls it for whoever lost all."""
    if not await store.delete_totp(tx, staff_id):
        return
    entry = tx.audit(IdentityAct.TOTP_REMOVED, staff_id)
    tx.audit_also_in(await people.list_products(tx, staff_id), entry)


async def _is_right(tx: Tx, code: str) -> bool:
    """Whether it is a code of the actor's app or one of their recovery codes; it is used up, or counted as wrong."""
    me = tx.actor.id
    row = await store.lock_totp(tx, me)
    if row is None or not row.is_confirmed:
        raise step_up.MfaRequired
    if (
        len(totp.plain(code)) > 6
        and not row.wait_seconds
        and await store.set_recovery_code_used(tx, me, totp.hash_of(code))
    ):
        await store.set_used(tx, me, step=0)
        tx.audit(IdentityAct.RECOVERY_CODE_USED, me)
        return True
    step = await _checked_step(tx, row, code)
    if step is not None:
        await store.set_used(tx, me, step=step)
    return step is not None


async def _checked_step(tx: Tx, row: TotpRow, code: str) -> int | None:
    """The step of a code that is right and new, or None, counted and audited. TooManyRequests while it is closed."""
    if row.wait_seconds:
        raise TooManyRequests(retry_after_seconds=row.wait_seconds)
    secret = tx.keys.decrypt(row.key_id, row.sealed, bound_to=store.belongs(tx.actor.id)).decode()
    step = totp.step_of(secret, totp.plain(code), now=time.time(), after=row.used_step)
    if step is None:
        await store.set_wrong(tx, tx.actor.id)
        tx.audit(IdentityAct.TOTP_REFUSED, tx.actor.id)
    return step
