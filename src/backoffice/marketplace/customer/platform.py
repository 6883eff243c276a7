"""The platform's doors of customers."""

from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import actions, inviting, rules
from backoffice.marketplace.customer.rules import InvitationAct, UserAct
from backoffice.marketplace.customer.schemas import CreatedOut, SignUpIn
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: customers", prefix="/api/v1/platform/customers")


@door.post(
    "",
    scope=Scope.CUSTOMERS_WRITE,
    status=201,
    audit=[UserAct.CREATED, InvitationAct.RECORDED],
    errors=[
        rules.UserExists,
        rules.UserDeleted,
        rules.ReferralCodeNotFound,
        rules.ReferralExists,
        rules.SelfReferral,
        rules.UserHasBooked,
    ],
)
async def create_customer(body: SignUpIn, tx: Tx, call: Call) -> Success[CreatedOut]:
    """A customer who registered on the platform; sent again it is the same one. A code says who brought them."""
    customer_id = await actions.create_customer(tx, body.model_dump(exclude={"referral_code"}))
    if body.referral_code is not None:
        await inviting.invite(tx, customer_id, body.referral_code, terms=inviting.terms_of(call.house.settings))
    return success({"id": customer_id, "external_id": body.external_id})
