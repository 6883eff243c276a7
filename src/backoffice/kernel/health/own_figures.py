"""The kernel's figures: the queue and its workers, messages and webhooks on their way, entries without a seal."""

from typing import LiteralString

from backoffice.kernel.database import Db, Query
from backoffice.kernel.health.figures import Figure, Reading
from backoffice.kernel.lanes import Lane

JOBS: LiteralString = """
    SELECT queue_name AS label, count(*)::float8 AS value FROM procrastinate.procrastinate_jobs
"""
"""The status follows in the text, not as a parameter: so the index over the jobs that are not done serves it."""


def count_waiting_jobs(db: Db) -> Query[list[Reading]]:
    return db.all(Reading, JOBS + "WHERE status = 'todo' GROUP BY queue_name")


def count_running_jobs(db: Db) -> Query[list[Reading]]:
    return db.all(Reading, JOBS + "WHERE status = 'doing' GROUP BY queue_name")


def list_waits_of_jobs(db: Db) -> Query[list[Reading]]:
    """Seconds that the first job in line of each lane, which is due, has waited."""
    return db.all(
        Reading,
        """
        SELECT lane.name AS label, coalesce(first.waited, 0)::float8 AS value
          FROM unnest(%(lanes)s::text[]) AS lane (name)
          LEFT JOIN LATERAL (
               SELECT extract(epoch FROM now() - coalesce(j.scheduled_at, (
                          SELECT min(e.at) FROM procrastinate.procrastinate_events e WHERE e.job_id = j.id))) AS waited
                 FROM procrastinate.procrastinate_jobs j
                WHERE j.status = 'todo' AND j.queue_name = lane.name
                  AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
                ORDER BY j.priority DESC, j.id LIMIT 1) first ON true
        """,
        lanes=list(Lane),
    )


def list_most_tries(db: Db) -> Query[list[Reading]]:
    """How often the job that was tried most has been, of each kind that waits to be tried again."""
    return db.all(
        Reading,
        """
        SELECT task_name AS label, max(attempts)::float8 AS value
          FROM procrastinate.procrastinate_jobs
         WHERE status IN ('todo', 'doing') AND attempts > 0 GROUP BY task_name
        """,
    )


def count_given_up_jobs(db: Db) -> Query[list[Reading]]:
    """Kept for 30 days."""
    return db.all(
        Reading,
        """
        SELECT task_name AS label, count(*)::float8 AS value
          FROM procrastinate.procrastinate_jobs WHERE status = 'failed' GROUP BY task_name
        """,
    )


def get_age_of_heartbeats(db: Db) -> Query[list[Reading]]:
    """Seconds since each lane of a worker said that it lives; those of dead ones go after a while."""
    return db.all(
        Reading,
        """
        SELECT id::text AS label, extract(epoch FROM clock_timestamp() - last_heartbeat)::float8 AS value
          FROM procrastinate.procrastinate_workers
        """,
    )


def count_notifications(db: Db) -> Query[list[Reading]]:
    """On their way; and those that did not leave, or may not have."""
    return db.all(
        Reading,
        """
        SELECT status AS label, count(*)::float8 AS value FROM kernel.notification
         WHERE sealed IS NOT NULL AND ended_at IS NULL GROUP BY status
         UNION ALL
        SELECT status, count(*) FROM kernel.notification
         WHERE status IN ('failed', 'unknown') AND NOT (sealed IS NOT NULL AND ended_at IS NULL) GROUP BY status
        """,
    )


def list_waits_of_notifications(db: Db) -> Query[list[Reading]]:
    return db.all(
        Reading,
        """
        SELECT product AS label, extract(epoch FROM now() - min(queued_at))::float8 AS value
          FROM kernel.notification WHERE sealed IS NOT NULL AND ended_at IS NULL AND status IN ('queued', 'sending')
         GROUP BY product
        """,
    )


def count_webhooks(db: Db) -> Query[list[Reading]]:
    """Deliveries that wait for their turn, or gave up."""
    return db.all(
        Reading,
        """
        SELECT d.status AS label, sum(d.rows)::float8 AS value
          FROM kernel.webhook_endpoint e
         CROSS JOIN LATERAL (SELECT status, count(*) AS rows FROM kernel.webhook_delivery
                              WHERE endpoint_id = e.id AND status IN ('pending', 'failed') GROUP BY status) d
         GROUP BY d.status
        """,
    )


def list_age_of_unsealed(db: Db) -> Query[list[Reading]]:
    """Seconds of the oldest entry that has no seal yet; 0 where all have."""
    return db.all(
        Reading,
        """
        SELECT 'audit' AS label, coalesce((
               SELECT extract(epoch FROM now() - uuid_extract_timestamp(entry_id))
                 FROM kernel.audit_unsealed ORDER BY entry_id LIMIT 1), 0)::float8 AS value
        """,
    )


FIGURES = (
    Figure("jobs_waiting", "Jobs that wait, those for later among them", count_waiting_jobs, by="lane"),
    Figure("jobs_waited_seconds", "Of the job that is due and first in line", list_waits_of_jobs, by="lane"),
    Figure("jobs_running", "Jobs that a worker does", count_running_jobs, by="lane"),
    Figure("jobs_tries", "Most tries of a job that is not done", list_most_tries, by="job"),
    Figure("jobs_given_up", "Jobs that gave up, of 30 days", count_given_up_jobs, by="job"),
    Figure(
        "worker_heartbeat_seconds", "Since a lane of a worker said that it lives", get_age_of_heartbeats, by="worker"
    ),
    Figure("notifications", "Messages on their way, failed or unknown", count_notifications, by="status"),
    Figure(
        "notifications_waited_seconds", "Of the message that waits longest", list_waits_of_notifications, by="product"
    ),
    Figure("webhooks", "Deliveries that wait or gave up", count_webhooks, by="status"),
    Figure("unsealed_seconds", "Of the oldest audit entry without a seal", list_age_of_unsealed, by="log"),
)
