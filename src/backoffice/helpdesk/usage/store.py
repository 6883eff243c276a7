"""Counting: appended with a write, folded into days by a job, read as the sum of both."""

from dataclasses import dataclass
from datetime import date

from backoffice.helpdesk.usage.rules import Counter
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class CountedRow:
    counter: str
    amount: int
    times: int


def add_usage(tx: Tx, **counters: int) -> Query[int]:
    """Count for today, for instance `add_usage(tx, messages_received=1)`; kept only if the write is."""
    return tx.run(
        """
        INSERT INTO helpdesk.usage_delta (day, counter, amount)
             SELECT (now() AT TIME ZONE 'UTC')::date, counter, amount
               FROM unnest(%(counters)s::text[], %(amounts)s::bigint[]) AS added (counter, amount)
              WHERE amount <> 0
        """,
        counters=[Counter(name).value for name in counters],
        amounts=list(counters.values()),
    )


def count_customers(db: Db) -> Query[int]:
    """How many people ever wrote to us, from sums kept with every write."""
    return db.value(int, "SELECT coalesce(sum(users), 0)::bigint FROM helpdesk.whatsapp_user_tally")


def list_counted(db: Db, first: date, last: date) -> Query[list[CountedRow]]:
    """Each counter's sum over these days, both inclusive, up to this moment."""
    return db.all(
        CountedRow,
        """
        SELECT counter, sum(amount)::bigint AS amount, sum(times)::bigint AS times
          FROM (SELECT day, counter, amount, times FROM helpdesk.usage_day
                 UNION ALL
                SELECT day, counter, amount, times FROM helpdesk.usage_delta) AS counted
         WHERE day BETWEEN %(first)s AND %(last)s
         GROUP BY counter
        """,
        first=first,
        last=last,
    )
