"""The sums behind the dashboard: read in one small statement, folded by a job."""

from dataclasses import dataclass

from backoffice.kernel.database import Db, Query
from backoffice.shield.dashboard.rules import Periods


@dataclass(frozen=True, slots=True)
class SumRow:
    """One figure: of all time, since the first of the month, since Monday."""

    figure: str
    times: int
    amount: int
    times_this_month: int
    amount_this_month: int
    times_this_week: int
    amount_this_week: int


def list_sums(db: Db, periods: Periods) -> Query[list[SumRow]]:
    """From the tallies that members, subscriptions, claims and payouts keep, and what only the dashboard asks for."""
    return db.all(
        SumRow,
        """
        SELECT figure, sum(times)::bigint AS times, sum(amount)::bigint AS amount,
               coalesce(sum(times) FILTER (WHERE day >= %(month)s), 0)::bigint AS times_this_month,
               coalesce(sum(amount) FILTER (WHERE day >= %(month)s), 0)::bigint AS amount_this_month,
               coalesce(sum(times) FILTER (WHERE day >= %(week)s), 0)::bigint AS times_this_week,
               coalesce(sum(amount) FILTER (WHERE day >= %(week)s), 0)::bigint AS amount_this_week
          FROM (SELECT figure, day, times, amount FROM shield.dashboard_sum
                 WHERE day >= least(%(month)s::date, %(week)s::date)
                UNION ALL
                SELECT 'member.' || status, NULL, members, 0 FROM shield.member_tally
                UNION ALL
                SELECT 'claim.' || status, NULL, claims, 0 FROM shield.claim_tally
                UNION ALL
                SELECT 'payout.' || status, completed_on, payouts, amount_minor FROM shield.payout_tally
                UNION ALL
                SELECT 'plan.' || t.plan_id, NULL, t.subscribers, t.subscribers * p.monthly_cost_minor
                  FROM shield.subscriber_tally t
                  JOIN shield.plan p ON p.id = t.plan_id) AS kept
         GROUP BY figure
        """,
        month=periods.month,
        week=periods.week,
    )
