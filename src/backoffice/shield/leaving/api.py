"""The staff doors of leaving and returning (contract, 1)."""

from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.shield.access.store import get_admin
from backoffice.shield.leaving import actions, rules
from backoffice.shield.leaving.actions import Leaving
from backoffice.shield.leaving.answers import deactivation_out
from backoffice.shield.leaving.schemas import DeactivatedOut, DeactivateIn, ReactivatedOut, ReactivateIn
from backoffice.shield.member.answers import audited_out
from backoffice.shield.member.rules import MemberNotFound, UserAct
from backoffice.shield.payout.rules import PayoutAct
from backoffice.shield.permissions import Shield
from backoffice.shield.plan import rules as plan_rules
from backoffice.shield.plan.answers import plan_out
from backoffice.shield.plan.rules import PlanAct
from backoffice.shield.product import SHIELD, Success, success

door = Doors(SHIELD, tag="Users", prefix="/v1/admin/users")


@door.post(
    "/{user_id}/deactivate",
    permission=Shield.USERS_WRITE,
    audit=[UserAct.DEACTIVATED, UserAct.DEACTIVATION_SCHEDULED, PlanAct.CHANGE_CANCELLED, PayoutAct.HELD],
    errors=[MemberNotFound, rules.AlreadyDeactivated, rules.EffectiveDateTooEarly],
)
async def deactivate_user(user_id: ShownId, body: DeactivateIn, tx: Tx) -> Success[DeactivatedOut]:
    """Deactivate a member, at once or on the effective date: from then on nothing is covered or billed."""
    leaving = Leaving(body.reason, body.reason_details or None, body.effective_date, body.notify_user)
    left, admin = await actions.deactivate(tx, user_id, leaving), await get_admin(tx, tx.actor.id)
    return success(
        {
            "user_id": user_id,
            "status": left.status,
            "deactivation": deactivation_out(left.deactivation, admin.public_id),
            "audit_entry": audited_out(left.entry, admin),
        }
    )


@door.post(
    "/{user_id}/reactivate",
    permission=Shield.USERS_WRITE,
    audit=[UserAct.REACTIVATED, UserAct.DEACTIVATION_WITHDRAWN, PlanAct.CHANGE_CANCELLED],
    errors=[MemberNotFound, rules.NotDeactivated, plan_rules.PlanNotFound, plan_rules.PlanRetired],
)
async def reactivate_user(user_id: ShownId, body: ReactivateIn, tx: Tx) -> Success[ReactivatedOut]:
    """Reactivate a deactivated member, or withdraw a scheduled deactivation."""
    back = await actions.reactivate(tx, user_id, reason=body.reason, plan_id=body.plan_id)
    admin = await get_admin(tx, tx.actor.id)
    return success(
        {
            "user_id": user_id,
            "status": back.status,
            "plan": plan_out(back.plan) if back.plan else None,
            "audit_entry": audited_out(back.entry, admin),
        }
    )
