"""What products, operators and the worker do with webhooks, each inside one write. The endpoint is held first."""

import base64
import random
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from backoffice.kernel.database import Query, together
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.web.lock import ENCODING
from backoffice.kernel.webhooks import deliveries, endpoints, rules
from backoffice.kernel.webhooks.deliveries import DueRow, NewEvent
from backoffice.kernel.webhooks.endpoints import NewEndpoint
from backoffice.kernel.webhooks.rules import Outcome, Status, WebhookAct
from backoffice.kernel.write import Tx

SECRET_BYTES = 32
CHANCE = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret about to be kept: shown once as `plain`, stored as `sealed`."""

    key_id: str
    sealed: bytes = field(repr=False)
    plain: str = field(repr=False)

    @classmethod
    def new(cls, keys: KeyRing, endpoint_id: str) -> "Secret":
        plain = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        return cls(*keys.encrypt(plain.encode(), bound_to=endpoint_id), plain)


async def publish(tx: Tx, name: str, data: Mapping[str, Any], *, beside: Query[Any] | None = None) -> None:
    """Tell every endpoint of the product that subscribed to this event, if the write commits.

    `beside` is a statement of that write, sent in the same round trip: with one publishing has none of its own.
    """
    event = deliveries.insert_event(tx, _event(name, data))
    *_, queued = await together(*([beside, event] if beside else [event]))
    _queue(tx, queued)


async def publish_all(tx: Tx, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Several events, in their order, in one round trip: their data by their names."""
    queued = await together(*(deliveries.insert_event(tx, _event(name, data)) for name, data in told.items()))
    for some in queued:
        _queue(tx, some)


async def add_endpoint(tx: Tx, keys: KeyRing, url: str, *, events: Collection[str]) -> tuple[str, str]:
    """Send these events there from now on. Its id, and its secret, which is shown once and kept sealed."""
    endpoint_id = f"endpoint_{uuid7().hex}"
    secret = Secret.new(keys, endpoint_id)
    new = NewEndpoint(endpoint_id, url, sorted(events), secret.key_id, secret.sealed)
    await endpoints.insert_endpoint(tx, new)
    tx.audit(WebhookAct.ENDPOINT_ADDED, endpoint_id, after={"url": url, "events": new.events})
    return endpoint_id, secret.plain


async def remove_endpoint(tx: Tx, endpoint_id: str) -> None:
    """Nothing is sent there any more, and its deliveries are forgotten."""
    endpoint = await endpoints.lock_endpoint(tx, endpoint_id)
    await endpoints.delete_endpoint(tx, endpoint_id)
    tx.audit(WebhookAct.ENDPOINT_REMOVED, endpoint_id, before={"url": endpoint.url, "events": endpoint.events})


async def rotate_secret(tx: Tx, keys: KeyRing, endpoint_id: str, *, overlap_hours: int) -> str:
    """A new secret, shown once. Until the overlap ends both sign, so that the receiver may change when it likes."""
    await endpoints.lock_endpoint(tx, endpoint_id)
    secret = Secret.new(keys, endpoint_id)
    await endpoints.set_secret(tx, endpoint_id, key_id=secret.key_id, sealed=secret.sealed, overlap_hours=overlap_hours)
    tx.audit(WebhookAct.SECRET_ROTATED, endpoint_id, after={"overlap_hours": overlap_hours})
    return secret.plain


async def enable_endpoint(tx: Tx, endpoint_id: str) -> None:
    """Send there again what is published from now on; what failed meanwhile is replayed by hand."""
    await endpoints.lock_endpoint(tx, endpoint_id)
    await endpoints.set_enabled(tx, endpoint_id)
    tx.audit(WebhookAct.ENDPOINT_ENABLED, endpoint_id)


async def send_ping(tx: Tx, endpoint_id: str) -> int:
    """A test event for this endpoint alone. Returns its delivery."""
    endpoint = await endpoints.lock_endpoint(tx, endpoint_id)
    if endpoint.disabled_at is not None:
        raise rules.EndpointDisabled(url=endpoint.url)
    event = _event(rules.PING, {"endpoint_id": endpoint_id})
    [delivery_id] = await deliveries.insert_event(tx, event, endpoint_id=endpoint_id)
    _queue(tx, [delivery_id])
    tx.audit(WebhookAct.TESTED, endpoint_id)
    return delivery_id


async def replay(tx: Tx, delivery_id: int) -> None:
    """Deliver once more what was delivered or given up: the same bytes under the same webhook-id."""
    settled = await deliveries.lock_settled(tx, delivery_id)
    if settled.status is Status.PENDING:
        raise rules.StillPending(delivery_id=delivery_id)
    if settled.is_disabled:
        raise rules.EndpointDisabled(url=settled.url)
    again = await deliveries.set_pending_again(tx, delivery_id, give_up_at=datetime.now(UTC) + rules.LIFETIME)
    _queue(tx, again)
    tx.audit(WebhookAct.REPLAYED, delivery_id, before={"status": settled.status})


async def replay_failed(tx: Tx, *, since: datetime, endpoint_id: str | None) -> int:
    """Deliver once more whatever was given up of the events since then. Returns how many deliveries that is."""
    again = await deliveries.set_failed_pending_again(
        tx, since=since, endpoint_id=endpoint_id, give_up_at=datetime.now(UTC) + rules.LIFETIME
    )
    _queue(tx, again)
    tx.audit(WebhookAct.REPLAYED, endpoint_id or "all", after={"since": since, "deliveries": len(again)})
    return len(again)


async def settle(tx: Tx, due: DueRow, outcome: Outcome) -> None:
    """Log an attempt and what follows from it: delivered, given up, or the next attempt."""
    await _note_health(tx, due, outcome)
    to, next_at = _what_follows(due, outcome, now=datetime.now(UTC))
    _, counted = await together(
        deliveries.insert_attempt(tx, due.id, outcome),
        deliveries.set_tried(tx, due, to, next_attempt_at=next_at),
    )
    if counted is not None and next_at is not None:
        seconds = round((next_at - datetime.now(UTC)).total_seconds())
        tx.defer(rules.DELIVER, after_seconds=max(1, seconds), delivery_id=due.id, tries=due.tries + 1)
    tx.record(f"webhook {to}", due.id)


def _what_follows(due: DueRow, outcome: Outcome, *, now: datetime) -> tuple[Status, datetime | None]:
    if outcome.is_delivered:
        return Status.DELIVERED, None
    if due.is_disabled or outcome.answer == rules.GONE:
        return Status.FAILED, None
    next_at = rules.next_attempt(
        now,
        failures=due.tries + 1,
        chance=CHANCE.random(),
        patience_seconds=outcome.patience_seconds,
        give_up_at=due.give_up_at,
    )
    return (Status.FAILED if next_at is None else Status.PENDING), next_at


async def _note_health(tx: Tx, due: DueRow, outcome: Outcome) -> None:
    """What the attempt says of the endpoint; one that was not made says nothing."""
    if not due.may_call:
        return
    if outcome.is_delivered:
        await endpoints.set_well(tx, due.endpoint_id)
        return
    await endpoints.set_failing(tx, due.endpoint_id, alone_seconds=0 if outcome.answer else rules.ALONE_SECONDS)
    if outcome.answer == rules.GONE and await endpoints.set_disabled(tx, due.endpoint_id):
        tx.audit(WebhookAct.ENDPOINT_DISABLED, due.endpoint_id, reason="It answered 410 Gone")


def _event(name: str, data: Mapping[str, Any]) -> NewEvent:
    now = datetime.now(UTC)
    body = orjson.dumps({"event": name, "timestamp": now, "data": data}, option=ENCODING)
    return NewEvent(f"event_{uuid7().hex}", name, now, body.decode())


def _queue(tx: Tx, delivery_ids: Sequence[int]) -> None:
    for delivery_id in delivery_ids:
        tx.defer(rules.DELIVER, delivery_id=delivery_id, tries=0)
