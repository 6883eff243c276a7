"""The platform's doors of customers."""

from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import actions, rules
from backoffice.marketplace.customer.rules import UserAct
from backoffice.marketplace.customer.schemas import CreatedOut, NewCustomerIn
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: customers", prefix="/api/v1/platform/customers")


@door.post("", scope=Scope.CUSTOMERS_WRITE, status=201, audit=[UserAct.CREATED], errors=[rules.UserExists])
async def create_customer(body: NewCustomerIn, tx: Tx) -> Success[CreatedOut]:
    """A customer who registered on the platform; sent again it is the same one."""
    customer_id = await actions.create_customer(tx, body.model_dump())
    return success({"id": customer_id, "external_id": body.external_id})
