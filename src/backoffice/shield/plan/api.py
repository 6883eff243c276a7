"""The staff doors of plans (contract, 5)."""

from backoffice.kernel.database import Db
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.shield.access.store import get_admin
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member.answers import audited_out
from backoffice.shield.permissions import Shield
from backoffice.shield.plan import actions, rules, store
from backoffice.shield.plan.actions import WantedPlan
from backoffice.shield.plan.answers import offered_out, plan_out, proration_out
from backoffice.shield.plan.rules import PlanAct
from backoffice.shield.plan.schemas import ChangeCancelledOut, ChangePlanIn, PlanChangedOut, PlansOut, Progress
from backoffice.shield.product import SHIELD, Success, success

door = Doors(SHIELD, tag="Plans", prefix="/v1/admin")


@door.get("/plans", permission=Shield.USERS_READ)
async def list_plans(db: Db) -> Success[PlansOut]:
    """Every plan with how many are on it."""
    return success({"plans": [offered_out(row) for row in await store.list_plans(db)]})


@door.patch(
    "/users/{user_id}/plan",
    permission=Shield.PLANS_WRITE,
    audit=[PlanAct.CHANGED, PlanAct.CHANGE_SCHEDULED],
    errors=[
        member_rules.MemberNotFound,
        member_rules.MemberDeactivated,
        rules.PlanNotFound,
        rules.PlanRetired,
        rules.NotEnrolled,
        rules.AlreadyEnrolled,
        rules.ChangeAlreadyScheduled,
        rules.EffectiveDatePast,
    ],
)
async def change_plan(user_id: ShownId, body: ChangePlanIn, tx: Tx) -> Success[PlanChangedOut]:
    """Change a member's plan now or on a later day, for the exact difference of the days left in the billing month."""
    wanted = WantedPlan(body.plan_id, body.effective_date, body.prorate, body.change_reason)
    changed, admin = await actions.change_plan(tx, user_id, wanted), await get_admin(tx, tx.actor.id)
    return success(
        {
            "user_id": user_id,
            "status": Progress.SCHEDULED if changed.is_scheduled else Progress.IN_EFFECT,
            "plan": plan_out(changed.plan),
            "effective_date": changed.change.effective_at,
            "proration": proration_out(changed.proration) if changed.proration else None,
            "audit_entry": audited_out(changed.entry, admin),
        }
    )


@door.delete(
    "/users/{user_id}/plan/scheduled",
    permission=Shield.PLANS_WRITE,
    audit=[PlanAct.CHANGE_CANCELLED],
    errors=[member_rules.MemberNotFound, rules.NoChangeScheduled],
)
async def cancel_plan_change(user_id: ShownId, tx: Tx) -> Success[ChangeCancelledOut]:
    """Cancel a scheduled plan change; the member stays on the plan they have."""
    (change, entry), admin = await actions.cancel_scheduled_change(tx, user_id), await get_admin(tx, tx.actor.id)
    return success(
        {"user_id": user_id, "cancelled_plan_id": change.to_plan_id, "audit_entry": audited_out(entry, admin)}
    )
