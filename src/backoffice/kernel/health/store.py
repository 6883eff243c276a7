"""What the database says of itself, of the queue and of requests; and the minutes into which requests are counted."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.write.transaction import Tx


@dataclass(frozen=True, slots=True)
class ConnectionsRow:
    active: int
    idle: int
    most: int


@dataclass(frozen=True, slots=True)
class QueueRow:
    """`waited_seconds` of the job that is due and first in line; `workers` are processes that are alive."""

    pending: int
    processing: int
    failed: int
    workers: int
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class RequestsRow:
    requests: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    amount: int
    measured_at: datetime


def ask_anything(db: Db) -> Query[int]:
    """The least that can be asked: its time is the way there and back."""
    return db.value(int, "SELECT 1")


def get_connections(db: Db) -> Query[ConnectionsRow]:
    return db.one(
        ConnectionsRow,
        """
        SELECT count(*) FILTER (WHERE state <> 'idle') AS active, count(*) FILTER (WHERE state = 'idle') AS idle,
               current_setting('max_connections')::int AS most
          FROM pg_stat_activity
        """,
    )


def get_queue(db: Db, *, alive_within_seconds: float, lanes: int) -> Query[QueueRow]:
    """A worker process is as many rows as it has lanes."""
    return db.one(
        QueueRow,
        """
        SELECT (SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE status = 'todo') AS pending,
               (SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE status = 'doing') AS processing,
               (SELECT count(*) FROM procrastinate.procrastinate_jobs j
                 WHERE status = 'failed'
                   AND EXISTS (SELECT FROM procrastinate.procrastinate_events e
                                WHERE e.job_id = j.id AND e.type = 'failed' AND e.at > now() - interval '24 hours')
               ) AS failed,
               (SELECT (count(*) + %(lanes)s - 1) / %(lanes)s FROM procrastinate.procrastinate_workers
                 WHERE last_heartbeat > now() - make_interval(secs => %(alive)s)) AS workers,
               coalesce((SELECT extract(epoch FROM now() - coalesce(j.scheduled_at, (
                                SELECT min(e.at) FROM procrastinate.procrastinate_events e WHERE e.job_id = j.id)))
                           FROM procrastinate.procrastinate_jobs j
                          WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
                          ORDER BY j.priority DESC, j.id LIMIT 1), 0)::float8 AS waited_seconds
        """,
        alive=alive_within_seconds,
        lanes=lanes,
    )


def get_requests(db: Db) -> Query[RequestsRow]:
    """Of the last 24 hours, as far as they are counted."""
    return db.one(
        RequestsRow,
        """
        SELECT coalesce(sum(requests), 0)::bigint AS requests, coalesce(sum(failed), 0)::bigint AS failed,
               coalesce(sum(seconds), 0) AS seconds
          FROM kernel.request_minute WHERE minute > now() - interval '24 hours'
        """,
    )


def find_measured(db: Db, what: str) -> Query[MeasuredRow | None]:
    return db.find(MeasuredRow, "SELECT amount, measured_at FROM kernel.measured WHERE what = %(what)s", what=what)


def set_measured(tx: Tx, what: str, *, amount: int) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.measured (what, amount) VALUES (%(what)s, %(amount)s)
            ON CONFLICT (what) DO UPDATE SET amount = excluded.amount, measured_at = excluded.measured_at
        """,
        what=what,
        amount=amount,
    )


def insert_requests(
    tx: Tx, *, products: list[str], requests: list[int], failed: list[int], seconds: list[float]
) -> Query[int]:
    """Add a process's counts to the minute that it is. In one order, so that two can't wait for each other."""
    return tx.run(
        """
        INSERT INTO kernel.request_minute AS m (minute, product, requests, failed, seconds)
        SELECT date_trunc('minute', now()), n.product, n.requests, n.failed, n.seconds
          FROM unnest(%(products)s::text[], %(requests)s::bigint[], %(failed)s::bigint[], %(seconds)s::float8[])
               AS n (product, requests, failed, seconds)
         ORDER BY n.product
            ON CONFLICT (minute, product) DO UPDATE SET requests = m.requests + excluded.requests,
               failed = m.failed + excluded.failed, seconds = m.seconds + excluded.seconds
        """,
        products=products,
        requests=requests,
        failed=failed,
        seconds=seconds,
    )


def delete_old_requests(tx: Tx) -> Query[int]:
    return tx.run("DELETE FROM kernel.request_minute WHERE minute < now() - interval '2 days'")
