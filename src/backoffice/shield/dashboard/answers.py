"""From sums to the contract's figures. No database, no decisions."""

from backoffice.kernel.money import dollars
from backoffice.shield.dashboard.rules import BASIC, PREMIUM, average_days, average_minor
from backoffice.shield.dashboard.schemas import ClaimFigures, PayoutFigures, PlanFigures, StatsOut, UserFigures
from backoffice.shield.dashboard.store import SumRow

MEMBER_STATUSES = ("active", "pending", "deactivated")
CLAIM_STATUSES = ("pending", "under_review", "approved", "denied", "paid")


class Sums:
    """Every figure by its name; one that never moved is zero."""

    def __init__(self, rows: list[SumRow]) -> None:
        self._rows = {row.figure: row for row in rows}

    def __getitem__(self, figure: str) -> SumRow:
        return self._rows.get(figure) or SumRow(figure, 0, 0, 0, 0, 0, 0)

    def of(self, kind: str) -> list[SumRow]:
        """Every figure of a kind, whatever there is of it."""
        return [row for figure, row in self._rows.items() if figure.startswith(f"{kind}.")]


def stats_out(sums: Sums) -> StatsOut:
    return {
        "users": _users_out(sums),
        "claims": _claims_out(sums),
        "payouts": _payouts_out(sums),
        "plans": _plans_out(sums),
    }


def _users_out(sums: Sums) -> UserFigures:
    return {
        "total": sum(sums[f"member.{status}"].times for status in MEMBER_STATUSES),
        "active": sums["member.active"].times,
        "pending": sums["member.pending"].times,
        "deactivated": sums["member.deactivated"].times,
        "new_this_month": sums["member.new"].times_this_month,
        "new_this_week": sums["member.new"].times_this_week,
    }


def _claims_out(sums: Sums) -> ClaimFigures:
    decided = sums["claim.decided"]
    return {
        "total": sum(sums[f"claim.{status}"].times for status in CLAIM_STATUSES),
        "pending": sums["claim.pending"].times,
        "under_review": sums["claim.under_review"].times,
        "approved": sums["claim.approved"].times,
        "denied": sums["claim.denied"].times,
        "paid": sums["claim.paid"].times,
        "avg_processing_days": average_days(decided.amount, decided.times),
    }


def _payouts_out(sums: Sums) -> PayoutFigures:
    completed = sums["payout.completed"]
    return {
        "total_all_time": dollars(completed.amount),
        "total_this_month": dollars(completed.amount_this_month),
        "total_this_week": dollars(completed.amount_this_week),
        "pending_amount": dollars(sums["payout.pending"].amount + sums["payout.processing"].amount),
        "avg_payout_amount": dollars(average_minor(completed.amount, completed.times)),
    }


def _plans_out(sums: Sums) -> PlanFigures:
    return {
        "basic_subscribers": sums[f"plan.{BASIC}"].times,
        "premium_subscribers": sums[f"plan.{PREMIUM}"].times,
        "mrr": dollars(sum(plan.amount for plan in sums.of("plan"))),
    }
