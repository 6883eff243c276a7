"""The platform's door to what waits for a customer inside the app."""

from backoffice.kernel.database import Db, together
from backoffice.kernel.encryption import data_key
from backoffice.kernel.notify import store as told
from backoffice.kernel.notify.actions import open_letters
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.marketplace.account import store
from backoffice.marketplace.account.schemas import AppMessagesOut
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: customers", prefix="/api/v1/platform/customers")
MOST = 100


@door.get("/{user_id}/messages", scope=Scope.CUSTOMERS_READ, errors=[customer_rules.UserNotFound])
async def list_app_messages(user_id: Id, db: Db, call: Call) -> Success[AppMessagesOut]:
    """The newest hundred messages to a customer inside the app, each kept for thirty days."""
    person = customer_rules.person(user_id)
    _, rows, kept = await together(
        store.get_status(db, user_id),
        told.list_to(db, person, product=MARKETPLACE.name, limit=MOST),
        data_key.find_key(db, person),
    )
    return success(
        {
            "items": [
                {
                    "id": one.id,
                    "subject": one.subject,
                    "message": one.text,
                    "priority": one.priority,
                    "action_url": one.link,
                    "created_at": one.created_at,
                }
                for one in open_letters(call.house.keys, rows, kept=kept)
            ]
        }
    )
