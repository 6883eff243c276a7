"""The staff doors of customers (users and disputes, 1)."""

from backoffice.kernel.web import Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import listing, rules
from backoffice.marketplace.customer.answers import detail_out
from backoffice.marketplace.customer.rules import UserAct
from backoffice.marketplace.customer.schemas import DetailOut
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Users", prefix="/api/v1/admin/users")


@door.get("/{user_id}", permission=Market.USERS_VIEW, audit=[UserAct.VIEWED], errors=[rules.UserNotFound])
async def get_user(user_id: Id, tx: Tx) -> Success[DetailOut]:
    """A customer's whole profile; who looked is recorded."""
    row = await listing.get_detail(tx, user_id)
    tx.audit(UserAct.VIEWED, user_id, person=rules.person(user_id))
    return success(detail_out(row))
