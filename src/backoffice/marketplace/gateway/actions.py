"""Taking in what gateways tell, and taking it up again by hand."""

from datetime import UTC, datetime

from backoffice.kernel.actor import Context, system
from backoffice.kernel.errors import Refusal
from backoffice.kernel.failures import plain
from backoffice.kernel.gateways.news import Header, NewsUnreadable
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.marketplace.gateway import rules, store
from backoffice.marketplace.gateway.carrying import carry_out
from backoffice.marketplace.gateway.port import webhooks_of
from backoffice.marketplace.gateway.rules import GatewayEventAct, NewsTooEarly, Status
from backoffice.marketplace.gateway.store import NewEvent, SealedEvent
from backoffice.marketplace.payment.rules import Gateway


def check_signature(house: House, name: str, *, raw: bytes, header: Header) -> Gateway:
    """The gateway of this name, if the body comes from whoever knows its secret; else WrongSignature."""
    gateway = next((one for one in Gateway if one == name), None)
    if gateway is None or not webhooks_of(house.settings, gateway).is_genuine(raw, header, at=datetime.now(UTC)):
        raise rules.WrongSignature
    return gateway


async def take_in(house: House, context: Context, *, gateway: Gateway, raw: bytes) -> None:
    """Keep a genuine event and queue what it asks for; told again, it is the same one."""
    named = webhooks_of(house.settings, gateway).name(raw)
    new_event = new_id("gwe")
    key_id, sealed = house.keys.encrypt(raw, bound_to=new_event)
    async with house.database.write(system("marketplace", gateway), context) as tx:
        new = NewEvent(new_event, gateway, named.id, named.kind, body_key_id=key_id, body_sealed=sealed)
        if await store.insert_event(tx, new) is None:
            return
        tx.record("gateway event", new_event)
        tx.defer(rules.TAKE, lock=f"gateway-event:{new_event}", event_id=new_event)


async def carry_out_event(tx: Tx, house: House, event_id: str) -> None:
    """Do what the event says, once, and note with it that it is done, or set aside where people must look at it.

    What is refused or fails undoes all of it.
    """
    event = await store.lock_event(tx, event_id)
    if event.status not in (Status.RECEIVED, Status.STUCK):
        return
    news = webhooks_of(house.settings, event.gateway).read(body_of(house, event))
    if news is None:
        await store.set_settled(tx, event, Status.SET_ASIDE, about=None, problem=rules.UNKNOWN_KIND)
    else:
        carried = await carry_out(tx, event.gateway, news)
        to = Status.SET_ASIDE if carried.problem else Status.DONE
        await store.set_settled(tx, event, to, about=carried.about, problem=carried.problem)
    tx.record("gateway event", event_id)


async def note_failure(tx: Tx, event_id: str, failure: Exception) -> None:
    """Why an event could not be carried out: what we refuse is for people, whatever else may pass later."""
    event = await store.lock_event(tx, event_id)
    if event.status not in (Status.RECEIVED, Status.STUCK):
        return
    tx.record("gateway event", event_id)
    if isinstance(failure, Refusal) and not isinstance(failure, NewsTooEarly):
        await store.set_settled(tx, event, Status.SET_ASIDE, about=None, problem=failure.sentence)
        return
    known = isinstance(failure, Refusal | NewsUnreadable)
    problem = str(failure) if known else plain(failure)
    wait = rules.wait_after(event.tries + 1)
    next_try_at = datetime.now(UTC) + wait if wait else None
    await store.set_stuck(tx, event, problem[: rules.LONGEST_PROBLEM], next_try_at=next_try_at)


def body_of(house: House, event: SealedEvent) -> bytes:
    """The body as it came."""
    return house.keys.decrypt(event.body_key_id, event.body_sealed, bound_to=event.id)


async def view_event(tx: Tx, house: House, event_id: str) -> bytes:
    """The body of an event, for somebody who may see what gateways write of people. GatewayEventNotFound."""
    event = await store.lock_event(tx, event_id)
    tx.audit(GatewayEventAct.VIEWED, event_id, after={"gateway": event.gateway})
    return body_of(house, event)


async def retry_event(tx: Tx, event_id: str) -> None:
    """Take up again what was set aside or stuck. GatewayEventNotFound, EventCarriedOut."""
    event = await store.lock_event(tx, event_id)
    if event.status is Status.DONE:
        raise rules.EventCarriedOut(event_id=event_id)
    if event.status is not Status.RECEIVED:
        await store.set_received(tx, event)
    tx.audit(GatewayEventAct.RETRIED, event_id, before={"status": event.status}, after={"status": Status.RECEIVED})
    tx.defer(rules.TAKE, lock=f"gateway-event:{event_id}", event_id=event_id)
