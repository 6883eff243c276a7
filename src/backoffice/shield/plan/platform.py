"""The platform's doors of enrolments and premiums: it collects the money, shield keeps what was paid."""

from datetime import UTC, datetime

from backoffice.kernel.identifiers import ShownId, new_id
from backoffice.kernel.money import dollars
from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.shield.member import rules as member_rules
from backoffice.shield.permissions import Scope
from backoffice.shield.plan import actions, billing, rules
from backoffice.shield.plan.answers import plan_out
from backoffice.shield.plan.payments import PaymentRow
from backoffice.shield.plan.rules import PlanAct
from backoffice.shield.plan.schemas import EnrolIn, EnrolledOut, PaymentIn, PaymentOut
from backoffice.shield.product import SHIELD, Success, success

door = Doors(SHIELD, tag="Platform: members", prefix="/v1/platform/members")


@door.post(
    "/{member_id}/enrolment",
    scope=Scope.MEMBERS_WRITE,
    status=201,
    audit=[PlanAct.ENROLLED],
    errors=[
        member_rules.MemberNotFound,
        member_rules.MemberDeactivated,
        rules.PlanNotFound,
        rules.PlanRetired,
        rules.AlreadyEnrolled,
    ],
)
async def enrol_member(member_id: ShownId, body: EnrolIn, tx: Tx) -> Success[EnrolledOut]:
    """Put a member on a plan; they are active as soon as it begins."""
    starts_at, method = body.effective_date or datetime.now(UTC), body.payment_method
    plan, status = await actions.enrol(tx, member_id, body.plan_id, starts_at=starts_at, payment_method=method)
    return success({"user_id": member_id, "plan": plan_out(plan), "enrolled_date": starts_at, "status": status})


@door.post(
    "/{member_id}/payments",
    scope=Scope.MEMBERS_WRITE,
    status=201,
    audit=[PlanAct.PREMIUM_RECORDED],
    errors=[member_rules.MemberNotFound, rules.PaymentKnown],
)
async def record_payment(member_id: ShownId, body: PaymentIn, tx: Tx) -> Success[PaymentOut]:
    """A premium the platform collected: it pays whole months, the rest is credit. Sent again, it answers as before."""
    new = PaymentRow(
        id=new_id("premium"),
        external_id=body.external_id,
        member_id=member_id,
        amount_minor=body.amount,
        method=body.method,
        paid_at=body.paid_at,
        months_paid=0,
        credit_minor=0,
    )
    kept = await billing.record_payment(tx, new)
    return success(
        {
            "id": kept.id,
            "external_id": kept.external_id,
            "user_id": kept.member_id,
            "amount": dollars(kept.amount_minor),
            "paid_at": kept.paid_at,
            "method": kept.method,
            "months_paid": kept.months_paid,
            "credit": dollars(kept.credit_minor),
        }
    )
