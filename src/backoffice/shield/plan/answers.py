"""From rows to the shapes of the contract. No database, no decisions."""

from backoffice.kernel.money import dollars
from backoffice.shield.member.schemas import PlanOut
from backoffice.shield.plan.rules import Proration
from backoffice.shield.plan.schemas import OfferedOut, ProrationOut
from backoffice.shield.plan.store import PlanRow


def plan_out(row: PlanRow) -> PlanOut:
    return {
        "id": row.id,
        "name": row.name,
        "monthly_cost": dollars(row.monthly_cost_minor),
        "coverage_amount": dollars(row.coverage_amount_minor),
    }


def offered_out(row: PlanRow) -> OfferedOut:
    return {
        **plan_out(row),
        "coverage_duration_months": row.coverage_duration_months,
        "waiting_period_days": row.waiting_period_days,
        "active": row.is_active,
        "subscriber_count": row.subscribers,
    }


def proration_out(proration: Proration) -> ProrationOut:
    return {
        "days_in_period": proration.days_in_period,
        "days_remaining": proration.days_remaining,
        "months_ahead": proration.months_ahead,
        "credit": dollars(proration.credit_minor),
        "charge": dollars(proration.charge_minor),
        "amount_due": dollars(proration.due_minor),
    }
