"""Counts of searches and clicks: appended by every batch, folded by a job, read with what is not folded yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.analytics.rules import Granularity


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its day, its term, and what of it is counted."""

    day: date
    term: str
    searches: int
    results: int
    clicks: int


@dataclass(frozen=True, slots=True)
class TermRow:
    term: str
    searches: int
    results: int
    without_results: int
    clicks: int
    total_searches: int
    total_terms: int


@dataclass(frozen=True, slots=True)
class RateRow:
    date: date
    impressions: int
    clicks: int


@dataclass(frozen=True, slots=True)
class ServiceRow:
    service_id: str
    service_name: str
    vendor_id: int
    category: str
    impressions: int
    clicks: int


def insert_terms(tx: Tx, told: Sequence[Told]) -> Query[int]:
    return tx.run(
        """
        INSERT INTO marketplace.search_delta
        SELECT day, kernel.fold(term), sum(searches), sum(results),
               coalesce(sum(searches) FILTER (WHERE results = 0), 0), sum(clicks)
          FROM unnest(%(days)s::date[], %(terms)s::text[], %(searches)s::bigint[], %(results)s::bigint[],
                      %(clicks)s::bigint[]) AS told (day, term, searches, results, clicks)
         GROUP BY 1, 2
        """,
        days=[one.day for one in told],
        terms=[one.term for one in told],
        searches=[one.searches for one in told],
        results=[one.results for one in told],
        clicks=[one.clicks for one in told],
    )


def insert_shown(tx: Tx, told: Sequence[tuple[date, str, int]]) -> Query[int]:
    """Services by their id or the platform's own, and whether it was a click; how many of them are here."""
    return tx.value(
        int,
        """
        WITH told AS (
            SELECT t.day, t.clicks, coalesce(ours.id, theirs.id) AS service_id
              FROM unnest(%(days)s::date[], %(services)s::text[], %(clicks)s::bigint[]) AS t (day, service, clicks)
              LEFT JOIN marketplace.service ours ON ours.id = t.service
              LEFT JOIN marketplace.service theirs ON theirs.external_id = t.service
        ), counted AS (
            INSERT INTO marketplace.shown_delta
            SELECT day, service_id, count(*) - sum(clicks), sum(clicks) FROM told WHERE service_id IS NOT NULL
             GROUP BY day, service_id
        )
        SELECT count(*) FROM told WHERE service_id IS NOT NULL
        """,
        days=[day for day, _, _ in told],
        services=[service for _, service, _ in told],
        clicks=[clicks for _, _, clicks in told],
    )


def list_terms(db: Db, first: date, *, past: date, limit: int, without_results: bool) -> Query[list[TermRow]]:
    """Terms most often searched for, or of those that found nothing the ones most often in vain."""
    return db.all(
        TermRow,
        """
        SELECT term, searches, results, without_results, clicks,
               (sum(searches) OVER ())::bigint AS total_searches, count(*) OVER () AS total_terms
          FROM (SELECT term, sum(searches)::bigint AS searches, sum(results)::bigint AS results,
                       sum(without_results)::bigint AS without_results, sum(clicks)::bigint AS clicks
                  FROM (SELECT * FROM marketplace.search_day WHERE day >= %(first)s AND day < %(past)s
                         UNION ALL
                        SELECT * FROM marketplace.search_delta WHERE day >= %(first)s AND day < %(past)s) AS told
                 WHERE term <> ''
                 GROUP BY term) AS found
         WHERE CASE WHEN %(without_results)s THEN without_results > 0 ELSE searches > 0 END
         ORDER BY CASE WHEN %(without_results)s THEN without_results ELSE searches END DESC, searches DESC, term
         LIMIT %(limit)s
        """,
        first=first,
        past=past,
        limit=limit,
        without_results=without_results,
    )


FOUND = """
    WITH found AS (
        SELECT * FROM marketplace.shown_day WHERE day >= %(first)s AND day < %(past)s
         UNION ALL
        SELECT * FROM marketplace.shown_delta WHERE day >= %(first)s AND day < %(past)s)
"""
BY_BUCKET = """
    SELECT date_trunc(%(granularity)s, day::timestamp)::date AS date,
           coalesce(sum(impressions), 0)::bigint AS impressions, coalesce(sum(clicks), 0)::bigint AS clicks
      FROM found GROUP BY 1 ORDER BY 1
"""
BEST = """
    SELECT s.id AS service_id, s.name AS service_name, s.vendor_id, s.category, f.impressions, f.clicks
      FROM (SELECT service_id, sum(impressions)::bigint AS impressions, sum(clicks)::bigint AS clicks
              FROM found GROUP BY service_id ORDER BY 3 DESC, 2, 1 LIMIT %(limit)s) AS f
      JOIN marketplace.service s ON s.id = f.service_id
     ORDER BY f.clicks DESC, f.impressions, s.id
"""


def list_rates(db: Db, first: date, *, past: date, granularity: Granularity) -> Query[list[RateRow]]:
    return db.all(RateRow, FOUND + BY_BUCKET, first=first, past=past, granularity=granularity)


def list_services(db: Db, first: date, *, past: date, limit: int) -> Query[list[ServiceRow]]:
    """Those that were opened most; among equals those that needed fewer showings."""
    return db.all(ServiceRow, FOUND + BEST, first=first, past=past, limit=limit)


def delete_before(tx: Tx, day: date) -> Query[int]:
    """What is too old to be asked for."""
    return tx.run(
        """
        WITH shown AS (DELETE FROM marketplace.shown_day WHERE day < %(day)s)
        DELETE FROM marketplace.search_day WHERE day < %(day)s
        """,
        day=day,
    )
