"""The events of gateways, and what of ours they speak of."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backoffice.kernel.database import Db, Pages, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.gateway import rules
from backoffice.marketplace.gateway.rules import Status
from backoffice.marketplace.payment.rules import Gateway


@dataclass(frozen=True)
class EventRow:
    id: str
    gateway: Gateway
    event_id: str
    kind: str
    status: Status
    about: str | None
    problem: str | None
    tries: int
    next_try_at: datetime | None
    received_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class SealedEvent:
    id: str
    gateway: Gateway
    status: Status
    tries: int
    body_key_id: str
    body_sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A payment by the id under which its gateway knows it."""

    id: str
    gateway_payment_id: str
    currency: str


EVENTS = Pages(
    "gateway_events",
    EventRow,
    source="marketplace.gateway_event e",
    key="e.id",
    order="e.received_at DESC, e.id DESC",
    filters={"status": "e.status = %(status)s", "gateway": "e.gateway = %(gateway)s", "about": "e.about = %(about)s"},
    sql="""
    SELECT e.id, e.gateway, e.event_id, e.kind, e.status, e.about, e.problem, e.tries, e.next_try_at, e.received_at,
           e.settled_at
      FROM {source}
    {where}
     ORDER BY {order} {cut}
    """,
)


def get_event(db: Db, event_id: str) -> Query[EventRow]:
    return EVENTS.one(db, event_id, missing=rules.GatewayEventNotFound(event_id=event_id))


def lock_event(tx: Tx, event_id: str) -> Query[SealedEvent]:
    """The event with its body, held until this write ends. GatewayEventNotFound."""
    return tx.one(
        SealedEvent,
        """
        SELECT id, gateway, status, tries, body_key_id, body_sealed FROM marketplace.gateway_event
         WHERE id = %(event_id)s FOR UPDATE
        """,
        event_id=event_id,
        missing=rules.GatewayEventNotFound(event_id=event_id),
    )


@dataclass(frozen=True, slots=True)
class NewEvent:
    id: str
    gateway: Gateway
    event_id: str
    kind: str
    body_key_id: str
    body_sealed: bytes = field(repr=False)


def insert_event(tx: Tx, new: NewEvent) -> Query[str | None]:
    """Its id; None when the gateway told of it before."""
    return tx.find_value(
        str,
        """
        INSERT INTO marketplace.gateway_event (id, gateway, event_id, kind, body_key_id, body_sealed)
             VALUES (%(id)s, %(gateway)s, %(event_id)s, %(kind)s, %(key_id)s, %(sealed)s)
        ON CONFLICT (gateway, event_id) DO NOTHING
          RETURNING id
        """,
        id=new.id,
        gateway=new.gateway,
        event_id=new.event_id,
        kind=new.kind,
        key_id=new.body_key_id,
        sealed=new.body_sealed,
    )


def set_settled(tx: Tx, event: SealedEvent, to: Status, *, about: str | None, problem: str | None) -> Query[str]:
    """Done, or set aside for a reason."""
    return tx.value(
        str,
        """
        UPDATE marketplace.gateway_event
           SET status = %(to)s, about = coalesce(%(about)s, about), problem = %(problem)s, next_try_at = NULL,
               settled_at = clock_timestamp()
         WHERE id = %(event_id)s AND status = %(expected)s
     RETURNING status
        """,
        event_id=event.id,
        expected=event.status,
        to=to,
        about=about,
        problem=problem,
    )


def set_stuck(tx: Tx, event: SealedEvent, problem: str, *, next_try_at: datetime | None) -> Query[str]:
    return tx.value(
        str,
        """
        UPDATE marketplace.gateway_event
           SET status = 'stuck', problem = %(problem)s, tries = tries + 1, next_try_at = %(next_try_at)s
         WHERE id = %(event_id)s AND status = %(expected)s
     RETURNING status
        """,
        event_id=event.id,
        expected=event.status,
        problem=problem,
        next_try_at=next_try_at,
    )


def set_received(tx: Tx, event: SealedEvent) -> Query[str]:
    """As if it had come just now."""
    return tx.value(
        str,
        """
        UPDATE marketplace.gateway_event
           SET status = 'received', problem = NULL, tries = 0, next_try_at = NULL, settled_at = NULL
         WHERE id = %(event_id)s AND status = %(expected)s
     RETURNING status
        """,
        event_id=event.id,
        expected=event.status,
    )


def list_waiting(db: Db) -> Query[list[str]]:
    """Events whose job got lost, and stuck ones whose time has come."""
    return db.values(
        str,
        """
        SELECT id FROM marketplace.gateway_event
         WHERE (status = 'received' OR (status = 'stuck' AND next_try_at IS NOT NULL))
           AND coalesce(next_try_at, received_at) < clock_timestamp()
           AND (status = 'stuck' OR received_at < clock_timestamp() - interval '1 minute')
         ORDER BY coalesce(next_try_at, received_at) LIMIT 500
        """,
    )


def delete_old(tx: Tx, *, before: datetime) -> Query[int]:
    return tx.run(
        """
        DELETE FROM marketplace.gateway_event
         WHERE id IN (SELECT id FROM marketplace.gateway_event WHERE received_at < %(before)s
                       ORDER BY received_at LIMIT 10000)
        """,
        before=before,
    )


def find_paid(db: Db, gateway: Gateway, payments: list[str]) -> Query[PaidRow | None]:
    """The payment that its gateway knows under one of these ids."""
    return db.find(
        PaidRow,
        """
        SELECT id, coalesce(gateway_payment_id, '') AS gateway_payment_id, currency FROM marketplace.payment
         WHERE gateway = %(gateway)s AND gateway_payment_id = ANY (%(payments)s)
         ORDER BY id LIMIT 1
        """,
        gateway=gateway,
        payments=payments,
    )


def find_refund(db: Db, gateway: Gateway, reference: str) -> Query[UUID | None]:
    """The refund that the gateway confirmed under this reference."""
    return db.find_value(
        UUID,
        """
        SELECT r.id FROM marketplace.refund r JOIN marketplace.payment p ON p.id = r.payment_id
         WHERE p.gateway = %(gateway)s AND r.gateway_refund_id = %(reference)s
         ORDER BY r.id LIMIT 1
        """,
        gateway=gateway,
        reference=reference,
    )


def has_refund(db: Db, refund_id: UUID) -> Query[bool]:
    return db.value(
        bool, "SELECT EXISTS (SELECT FROM marketplace.refund WHERE id = %(refund_id)s)", refund_id=refund_id
    )


def list_received(db: Db, *, since: datetime) -> Query[list[str]]:
    """Events that were acknowledged since then: gateway and event id, as the gateway's own books name them."""
    return db.values(
        str,
        "SELECT gateway || ':' || event_id FROM marketplace.gateway_event WHERE received_at >= %(since)s",
        since=since,
    )
