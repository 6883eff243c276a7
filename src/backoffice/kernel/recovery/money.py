"""Comparing the money with those who move it, and letting things leave again once two people agreed to that.

held --> compared --> agreed by one --> released          comparing anew voids what one agreed to
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta

import orjson

from backoffice.kernel.actor import Actor, ActorKind, Context
from backoffice.kernel.approval import Proposal, Standing, agree
from backoffice.kernel.errors import Conflict, Forbidden
from backoffice.kernel.house import House
from backoffice.kernel.identity import actions as identity
from backoffice.kernel.identity import second_factor
from backoffice.kernel.identity.actions import Attempt
from backoffice.kernel.journal import hold
from backoffice.kernel.journal.book import at_of
from backoffice.kernel.journal.hold import HoldAct, HoldRow
from backoffice.kernel.journal.standing import SLACK
from backoffice.kernel.recovery import store
from backoffice.kernel.recovery.after import RESTORER
from backoffice.kernel.recovery.parts import parts
from backoffice.kernel.write.transaction import Tx

RELEASE = "hold.release"
LASTS = timedelta(hours=4)
"""How long a comparison is good for: in that time both people must agree."""
SUPER_ADMIN = "super_admin"
NO_JOURNAL = (
    "this machine's journal says nothing of that time: what left is known only if `backoffice recover` was given "
    "another machine's; else ask every rail and gateway yourself"
)


class NotHeld(Conflict):
    """The house is not held: there is nothing to compare or to release"""


class NotCompared(Conflict):
    """The money was not compared in the last {hours} hours: run `backoffice money compare` first"""

    hours: int


class NotSettled(Conflict):
    """What must be true after a restore was not made true yet: run `backoffice recover` first"""


class MayNotRelease(Forbidden):
    """Only super admins may let things leave the house again, two of them"""


class PasswordDue(Forbidden):
    """You have to choose a new password first: sign in and change it"""


@dataclass(frozen=True, slots=True)
class Released:
    """How far agreement got, and how many jobs were queued again once it was complete."""

    standing: Standing
    jobs: int


async def compare(house: House) -> list[str]:
    """Ask every gateway, take its word for what is unknown here, say what differs or can't be known here. NotHeld."""
    async with house.database.read() as db:
        before = await hold.find_hold(db)
    if before is None:
        raise NotHeld
    told = [] if await asyncio.to_thread(_is_told, house, before) else [NO_JOURNAL]
    told += [sentence for part in parts() for sentence in await part.compare(house)]
    async with house.database.write(RESTORER) as tx:
        held = await _held(tx)
        await store.set_compared(tx, held.id, told)
        tx.audit(HoldAct.COMPARED, held.id, after={"differences": len(told)})
    return told


def _is_told(house: House, held: HoldRow) -> bool:
    """Whether the journal of this machine says anything of the time between the moment and the hold."""
    since = (held.moment or held.begun_at) - SLACK
    return any(at_of(one) < held.begun_at for one in house.journal.read(since=since))


async def sign(house: House, *, product: str, login: str, password: str, code: str) -> Actor:
    """Who stands at the terminal, proved as at the door: password, then a code of the second factor.

    WrongCredentials, AccountDeactivated, TooManyRequests, PasswordDue, MayNotRelease, MfaRequired, WrongCode.
    """
    context = Context(address="command line", agent="backoffice money release")
    signed = await identity.sign_in(house, context, attempt=Attempt(product, login, password, session_hours=1))
    actor = Actor(
        ActorKind.STAFF, signed.staff_id, signed.username, product, signed.role, session_id=str(signed.session_id)
    )
    if signed.role != SUPER_ADMIN:
        raise MayNotRelease
    async with house.database.read() as db:
        if await store.is_password_due(db, signed.session_id):
            raise PasswordDue
    await second_factor.prove(house, actor, context=context, code=code)
    return actor


async def release(house: House, actor: Actor) -> Released:
    """Agree, and with the second person's word let everything leave again. Nobody is exempt from being two.

    NotHeld, NotSettled, NotCompared, AgreedAlready, NotIndependent, StepUpRequired.
    """
    async with house.database.write(actor) as tx:
        held = await _held(tx)
        if held.settled_at is None:
            raise NotSettled
        if held.compared_at is None or await store.is_older(tx, held.compared_at, than=LASTS):
            raise NotCompared(hours=LASTS // timedelta(hours=1))
        standing = await agree(tx, proposal_of(held))
        jobs = 0
        if standing.is_reached:
            jobs = await hold.let_go(tx)
            await hold.set_released(tx, held.id)
            tx.audit(HoldAct.RELEASED, held.id, after={"jobs": jobs})
    return Released(standing, jobs)


def proposal_of(held: HoldRow) -> Proposal:
    """Both agree to the same comparison with the same differences."""
    differences = (held.compared or {}).get("differences", [])
    said = hashlib.sha256(orjson.dumps(differences)).hexdigest()
    payload = {"differences": len(differences), "sha256": said, "compared_at": str(held.compared_at)}
    return Proposal(RELEASE, str(held.id), payload, quorum=2, role=SUPER_ADMIN, lasts=LASTS)


async def _held(tx: Tx) -> HoldRow:
    held = await hold.lock_hold(tx)
    if held is None:
        raise NotHeld
    return held
