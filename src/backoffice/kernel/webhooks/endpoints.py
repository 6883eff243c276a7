"""The table of endpoints. Secrets stand in it sealed under the key ring, each bound to its endpoint."""

from dataclasses import dataclass, field
from datetime import datetime

from psycopg.errors import UniqueViolation

from backoffice.kernel.database import Db, Query
from backoffice.kernel.secrets.rotation import sealed_column
from backoffice.kernel.webhooks import rules
from backoffice.kernel.write import Tx

SEALED = (
    sealed_column("kernel.webhook_endpoint"),
    sealed_column("kernel.webhook_endpoint", key_id="old_key_id", sealed="old_sealed"),
)


@dataclass(frozen=True, slots=True)
class EndpointRow:
    id: str
    url: str
    events: list[str]
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: str
    url: str
    events: list[str]
    disabled_at: datetime | None
    failing_since: datetime | None
    old_until: datetime | None
    pending: int
    failed: int


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    id: str
    url: str
    events: list[str]
    key_id: str
    sealed: bytes = field(repr=False)


async def insert_endpoint(tx: Tx, new: NewEndpoint) -> None:
    """An endpoint of the product that the write is for. EndpointKnown."""
    try:
        await tx.run(
            """
            INSERT INTO kernel.webhook_endpoint (id, product, url, events, key_id, sealed)
                 VALUES (%(id)s, %(product)s, %(url)s, %(events)s, %(key_id)s, %(sealed)s)
            """,
            id=new.id,
            product=tx.actor.product,
            url=new.url,
            events=new.events,
            key_id=new.key_id,
            sealed=new.sealed,
        )
    except UniqueViolation as violation:
        raise rules.EndpointKnown(url=new.url) from violation


def lock_endpoint(tx: Tx, endpoint_id: str) -> Query[EndpointRow]:
    """An endpoint of the product that the write is for, held. What is published meanwhile goes to it all the same."""
    return tx.one(
        EndpointRow,
        """
        SELECT id, url, events, disabled_at FROM kernel.webhook_endpoint
         WHERE id = %(endpoint_id)s AND product = %(product)s
           FOR NO KEY UPDATE
        """,
        endpoint_id=endpoint_id,
        product=tx.actor.product,
        missing=rules.EndpointNotFound(endpoint_id=endpoint_id),
    )


def list_endpoints(db: Db, product: str) -> Query[list[ListedRow]]:
    return db.all(
        ListedRow,
        """
        SELECT e.id, e.url, e.events, e.disabled_at, e.failing_since,
               CASE WHEN e.old_until > now() THEN e.old_until END AS old_until,
               (SELECT count(*) FROM kernel.webhook_delivery d
                 WHERE d.endpoint_id = e.id AND d.status = 'pending') AS pending,
               (SELECT count(*) FROM kernel.webhook_delivery d
                 WHERE d.endpoint_id = e.id AND d.status = 'failed') AS failed
          FROM kernel.webhook_endpoint e
         WHERE e.product = %(product)s
         ORDER BY e.created_at, e.id
        """,
        product=product,
    )


def delete_endpoint(tx: Tx, endpoint_id: str) -> Query[int]:
    """With its deliveries."""
    return tx.run("DELETE FROM kernel.webhook_endpoint WHERE id = %(endpoint_id)s", endpoint_id=endpoint_id)


def set_secret(tx: Tx, endpoint_id: str, *, key_id: str, sealed: bytes, overlap_hours: int) -> Query[int]:
    """The new secret signs from now on, the one before it beside it for so long. One before that no longer signs."""
    return tx.run(
        """
        UPDATE kernel.webhook_endpoint
           SET key_id = %(key_id)s, sealed = %(sealed)s, old_key_id = key_id, old_sealed = sealed,
               old_until = now() + make_interval(hours => %(hours)s::int)
         WHERE id = %(endpoint_id)s
        """,
        endpoint_id=endpoint_id,
        key_id=key_id,
        sealed=sealed,
        hours=overlap_hours,
    )


def forget_old_secrets(tx: Tx) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.webhook_endpoint SET old_key_id = NULL, old_sealed = NULL, old_until = NULL
         WHERE old_until <= now()
        """
    )


def set_enabled(tx: Tx, endpoint_id: str) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.webhook_endpoint SET disabled_at = NULL, failing_since = NULL, left_alone_until = NULL
         WHERE id = %(endpoint_id)s
        """,
        endpoint_id=endpoint_id,
    )


def set_disabled(tx: Tx, endpoint_id: str) -> Query[int]:
    return tx.run(
        "UPDATE kernel.webhook_endpoint SET disabled_at = now() WHERE id = %(endpoint_id)s AND disabled_at IS NULL",
        endpoint_id=endpoint_id,
    )


def set_failing(tx: Tx, endpoint_id: str, *, alone_seconds: int) -> Query[int]:
    """Failing since the first failure; where nobody was there, left alone for so long."""
    return tx.run(
        """
        UPDATE kernel.webhook_endpoint
           SET failing_since = coalesce(failing_since, now()),
               left_alone_until = CASE WHEN %(seconds)s > 0 THEN now() + make_interval(secs => %(seconds)s) END
         WHERE id = %(endpoint_id)s
        """,
        endpoint_id=endpoint_id,
        seconds=alone_seconds,
    )


def set_well(tx: Tx, endpoint_id: str) -> Query[int]:
    """No write for an endpoint that was well already: its deliveries do not wait for each other."""
    return tx.run(
        """
        UPDATE kernel.webhook_endpoint SET failing_since = NULL, left_alone_until = NULL
         WHERE id = %(endpoint_id)s AND failing_since IS NOT NULL
        """,
        endpoint_id=endpoint_id,
    )
