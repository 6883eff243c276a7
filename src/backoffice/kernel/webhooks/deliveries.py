"""Events, their way to each endpoint, and the attempts made on it."""

from dataclasses import dataclass, field
from datetime import datetime

from backoffice.kernel.database import Db, Listing, Pages, Query
from backoffice.kernel.webhooks import rules
from backoffice.kernel.webhooks.rules import Outcome, Status
from backoffice.kernel.write import Tx

FORGOTTEN_AT_ONCE = 5_000

PUBLISHED = Listing(
    int,
    """
    WITH addressed AS (
        SELECT id FROM kernel.webhook_endpoint {where} FOR KEY SHARE
    ), event AS (
        INSERT INTO kernel.webhook_event (id, product, name, happened_at, body)
             SELECT %(id)s, %(product)s, %(name)s, %(happened_at)s, %(body)s WHERE EXISTS (SELECT FROM addressed)
          RETURNING id
    )
    INSERT INTO kernel.webhook_delivery (event_id, endpoint_id, give_up_at)
         SELECT event.id, addressed.id, %(give_up_at)s FROM event, addressed
      RETURNING id
    """,
    filters={
        "subscribers": "product = %(product)s AND disabled_at IS NULL AND %(name)s = ANY (events)",
        "endpoint_id": "id = %(endpoint_id)s",
    },
)
"""To whoever subscribed, or to one endpoint. An endpoint that is being removed is waited for, and gets nothing."""

REPLAYED = Listing(
    int,
    """
    WITH again AS (
        SELECT d.id
          FROM kernel.webhook_delivery d
          JOIN kernel.webhook_event v ON v.id = d.event_id
          JOIN kernel.webhook_endpoint e ON e.id = d.endpoint_id
        {where}
           FOR UPDATE OF d
    )
    UPDATE kernel.webhook_delivery d
       SET status = 'pending', tries = 0, next_attempt_at = now(), give_up_at = %(give_up_at)s
      FROM again WHERE d.id = again.id
 RETURNING d.id
    """,
    filters={
        "delivery_id": "d.id = %(delivery_id)s",
        "failed_of": "d.status = 'failed' AND e.product = %(failed_of)s AND e.disabled_at IS NULL",
        "since": "v.happened_at >= %(since)s",
        "endpoint_id": "d.endpoint_id = %(endpoint_id)s",
    },
)


@dataclass(frozen=True, slots=True)
class NewEvent:
    id: str
    name: str
    happened_at: datetime
    body: str

    @property
    def give_up_at(self) -> datetime:
        return self.happened_at + rules.LIFETIME


@dataclass(frozen=True, slots=True)
class DueRow:
    """A delivery whose turn has come, with all that an attempt needs. `may_call` is false where nobody should."""

    id: int
    tries: int
    give_up_at: datetime
    event_id: str
    body: str
    endpoint_id: str
    product: str
    url: str
    is_disabled: bool
    may_call: bool
    key_id: str
    sealed: bytes = field(repr=False)
    old_key_id: str | None
    old_sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoggedRow:
    id: int
    event: str
    happened_at: datetime
    url: str
    status: Status
    attempts: int
    answer: int | None
    error: str | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    ended_at: datetime
    answer: int | None
    milliseconds: int
    error: str | None


@dataclass(frozen=True, slots=True)
class SettledRow:
    status: Status
    url: str
    is_disabled: bool


LOG = Pages(
    "webhook deliveries",
    LoggedRow,
    source="""
           kernel.webhook_delivery d
      JOIN kernel.webhook_event v ON v.id = d.event_id
      JOIN kernel.webhook_endpoint e ON e.id = d.endpoint_id""",
    key="d.id",
    order="d.id DESC",
    sql="""
    SELECT d.id, v.name AS event, v.happened_at, e.url, d.status, coalesce(made.attempts, 0) AS attempts,
           latest.answer, latest.error, d.next_attempt_at
      FROM {source}
      LEFT JOIN LATERAL (SELECT count(*) AS attempts, max(id) AS latest_id
                           FROM kernel.webhook_attempt WHERE delivery_id = d.id) made ON true
      LEFT JOIN kernel.webhook_attempt latest ON latest.id = made.latest_id
    {where}
     ORDER BY {order} {cut}
    """,
    filters={
        "product": "e.product = %(product)s",
        "endpoint_id": "d.endpoint_id = %(endpoint_id)s",
        "status": "d.status = %(status)s",
    },
)


def insert_event(tx: Tx, new: NewEvent, *, endpoint_id: str | None = None) -> Query[list[int]]:
    """The event and its deliveries, whose ids it returns; nothing at all where nobody subscribed."""
    return tx.values(
        int,
        PUBLISHED.where({"subscribers": endpoint_id is None or None, "endpoint_id": endpoint_id}),
        id=new.id,
        product=tx.actor.product,
        name=new.name,
        happened_at=new.happened_at,
        body=new.body,
        give_up_at=new.give_up_at,
        endpoint_id=endpoint_id,
    )


def begin_attempt(tx: Tx, delivery_id: int, *, tries: int) -> Query[DueRow | None]:
    """What is to be sent; None when this try was made before, or the delivery is settled or gone.

    Where nobody was there lately, one delivery at a time may look whether somebody is back.
    """
    return tx.find(
        DueRow,
        """
        WITH looking AS (
            UPDATE kernel.webhook_endpoint e SET left_alone_until = now() + make_interval(secs => %(alone)s)
              FROM kernel.webhook_delivery d
             WHERE d.id = %(delivery_id)s AND d.status = 'pending' AND d.tries = %(tries)s AND e.id = d.endpoint_id
               AND e.left_alone_until <= now()
         RETURNING e.id
        )
        SELECT d.id, d.tries, d.give_up_at, v.id AS event_id, v.body, e.id AS endpoint_id, e.product, e.url,
               e.disabled_at IS NOT NULL AS is_disabled,
               e.disabled_at IS NULL AND (e.left_alone_until IS NULL OR EXISTS (SELECT FROM looking)) AS may_call,
               e.key_id, e.sealed,
               CASE WHEN e.old_until > now() THEN e.old_key_id END AS old_key_id,
               CASE WHEN e.old_until > now() THEN e.old_sealed END AS old_sealed
          FROM kernel.webhook_delivery d
          JOIN kernel.webhook_event v ON v.id = d.event_id
          JOIN kernel.webhook_endpoint e ON e.id = d.endpoint_id
         WHERE d.id = %(delivery_id)s AND d.status = 'pending' AND d.tries = %(tries)s
        """,
        delivery_id=delivery_id,
        tries=tries,
        alone=float(rules.ALONE_SECONDS),
    )


def insert_attempt(tx: Tx, delivery_id: int, outcome: Outcome) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.webhook_attempt (delivery_id, answer, milliseconds, error)
             SELECT id, %(answer)s, %(milliseconds)s, %(error)s FROM kernel.webhook_delivery WHERE id = %(delivery_id)s
        """,
        delivery_id=delivery_id,
        answer=outcome.answer,
        milliseconds=outcome.milliseconds,
        error=outcome.error,
    )


def set_tried(tx: Tx, due: DueRow, to: Status, *, next_attempt_at: datetime | None) -> Query[int | None]:
    """One more try and what became of it. None when another run of the same try was quicker: it counts."""
    return tx.find_value(
        int,
        """
        UPDATE kernel.webhook_delivery
           SET status = %(to)s, tries = tries + 1, next_attempt_at = %(next_attempt_at)s
         WHERE id = %(delivery_id)s AND status = 'pending' AND tries = %(tries)s
     RETURNING id
        """,
        delivery_id=due.id,
        tries=due.tries,
        to=to,
        next_attempt_at=next_attempt_at,
    )


def lock_settled(tx: Tx, delivery_id: int) -> Query[SettledRow]:
    """A delivery of the product that the write is for."""
    return tx.one(
        SettledRow,
        """
        SELECT d.status, e.url, e.disabled_at IS NOT NULL AS is_disabled
          FROM kernel.webhook_delivery d
          JOIN kernel.webhook_endpoint e ON e.id = d.endpoint_id
         WHERE d.id = %(delivery_id)s AND e.product = %(product)s
           FOR UPDATE OF d
        """,
        delivery_id=delivery_id,
        product=tx.actor.product,
        missing=rules.DeliveryNotFound(delivery_id=delivery_id),
    )


def set_pending_again(tx: Tx, delivery_id: int, *, give_up_at: datetime) -> Query[list[int]]:
    return tx.values(
        int,
        REPLAYED.where({"delivery_id": delivery_id}),
        delivery_id=delivery_id,
        give_up_at=give_up_at,
    )


def set_failed_pending_again(
    tx: Tx, *, since: datetime, endpoint_id: str | None, give_up_at: datetime
) -> Query[list[int]]:
    """What was given up of the events since then, but for endpoints that are disabled."""
    filters = {"failed_of": tx.actor.product, "since": since, "endpoint_id": endpoint_id}
    return tx.values(int, REPLAYED.where(filters), **filters, give_up_at=give_up_at)


def list_log(
    db: Db, product: str, *, endpoint_id: str | None, status: Status | None, most: int
) -> Query[list[LoggedRow]]:
    """The newest deliveries."""
    return LOG.rows(db, {"product": product, "endpoint_id": endpoint_id, "status": status}, limit=most)


def list_attempts(db: Db, product: str, *, delivery_id: int) -> Query[list[AttemptRow]]:
    return db.all(
        AttemptRow,
        """
        SELECT a.ended_at, a.answer, a.milliseconds, a.error
          FROM kernel.webhook_attempt a
          JOIN kernel.webhook_delivery d ON d.id = a.delivery_id
          JOIN kernel.webhook_endpoint e ON e.id = d.endpoint_id
         WHERE a.delivery_id = %(delivery_id)s AND e.product = %(product)s
         ORDER BY a.id
        """,
        delivery_id=delivery_id,
        product=product,
    )


def forget_events(tx: Tx, *, before: datetime) -> Query[int]:
    """Old events with their deliveries and attempts; what is still being delivered stays."""
    return tx.run(
        """
        DELETE FROM kernel.webhook_event WHERE id IN (
            SELECT v.id FROM kernel.webhook_event v
             WHERE v.happened_at < %(before)s
               AND NOT EXISTS (SELECT FROM kernel.webhook_delivery d WHERE d.event_id = v.id AND d.status = 'pending')
             LIMIT %(most)s)
        """,
        before=before,
        most=FORGOTTEN_AT_ONCE,
    )
