"""What the dashboard shows."""

from typing_extensions import TypedDict

from backoffice.kernel.money import Amount


class UserFigures(TypedDict):
    total: int
    active: int
    pending: int
    deactivated: int
    new_this_month: int
    new_this_week: int


class ClaimFigures(TypedDict):
    """`approved` are those not paid yet."""

    total: int
    pending: int
    under_review: int
    approved: int
    denied: int
    paid: int
    avg_processing_days: float


class PayoutFigures(TypedDict):
    """Completed payouts; `pending_amount` is what is pending or processing."""

    total_all_time: Amount
    total_this_month: Amount
    total_this_week: Amount
    pending_amount: Amount
    avg_payout_amount: Amount


class PlanFigures(TypedDict):
    """`mrr` is what current subscriptions of every plan come to in a month."""

    basic_subscribers: int
    premium_subscribers: int
    mrr: Amount


class StatsOut(TypedDict):
    users: UserFigures
    claims: ClaimFigures
    payouts: PayoutFigures
    plans: PlanFigures
