"""The platform's doors of referrals: a customer's code, and who came by it."""

from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import inviting, rules
from backoffice.marketplace.customer.rules import InvitationAct
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.referral.schemas import CodeOut, NewCodeIn, NewReferralIn, RecordedOut

door = Doors(MARKETPLACE, tag="Platform: referrals", prefix="/api/v1/platform")


@door.post(
    "/customers/{user_id}/referral-code",
    scope=Scope.CUSTOMERS_WRITE,
    audit=[InvitationAct.CODE_GIVEN],
    errors=[rules.UserNotFound, rules.UserDeleted, rules.ReferralCodeTaken],
)
async def give_referral_code(user_id: Id, body: NewCodeIn, tx: Tx) -> Success[CodeOut]:
    """The code that a customer gives to friends: made the first time, the same one ever after."""
    code = await inviting.give_code(tx, user_id, wanted=body.referral_code)
    return success({"user_id": user_id, "referral_code": code})


@door.post(
    "/referrals",
    scope=Scope.CUSTOMERS_WRITE,
    status=201,
    audit=[InvitationAct.RECORDED],
    errors=[
        rules.UserNotFound,
        rules.UserDeleted,
        rules.ReferralCodeNotFound,
        rules.ReferralExists,
        rules.SelfReferral,
        rules.UserHasBooked,
    ],
)
async def record_referral(body: NewReferralIn, tx: Tx, call: Call) -> Success[RecordedOut]:
    """A customer came by somebody's code, before they booked anything; sent again it is the same referral."""
    terms = inviting.terms_of(call.house.settings)
    invited = await inviting.invite(tx, body.user_id, body.referral_code, terms=terms)
    return success(
        {
            "id": invited.id,
            "referral_code": invited.code,
            "referrer_id": invited.referrer_id,
            "referred_id": invited.referred_id,
        }
    )
