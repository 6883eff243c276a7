"""The platform's doors to what waits for a customer or a vendor inside the app."""

from typing import Any

from backoffice.kernel.database import Db, Query, together
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
from backoffice.marketplace.vendor import rules as vendor_rules
from backoffice.marketplace.vendor import store as vendors

door = Doors(MARKETPLACE, tag="Platform: customers", prefix="/api/v1/platform/customers")
vendor_door = Doors(MARKETPLACE, tag="Platform: catalogue", prefix="/api/v1/platform/vendors")
MOST = 100


@door.get("/{user_id}/messages", scope=Scope.CUSTOMERS_READ, errors=[customer_rules.UserNotFound])
async def list_app_messages(user_id: Id, db: Db, call: Call) -> Success[AppMessagesOut]:
    """The newest hundred messages to a customer inside the app, each kept for thirty days."""
    return success(await _messages_to(call, db, customer_rules.person(user_id), known=store.get_status(db, user_id)))


@vendor_door.get("/{vendor_id}/messages", scope=Scope.VENDORS_READ, errors=[vendor_rules.VendorNotFound])
async def list_vendor_messages(vendor_id: Id, db: Db, call: Call) -> Success[AppMessagesOut]:
    """The newest hundred messages to a vendor inside the app, each kept for thirty days."""
    return success(await _messages_to(call, db, vendor_rules.person(vendor_id), known=vendors.get_id(db, vendor_id)))


async def _messages_to(call: Call, db: Db, person: str, *, known: Query[Any]) -> AppMessagesOut:
    """`known` asks whether there is such a person, in the same round trip."""
    _, rows, kept = await together(
        known, told.list_to(db, person, product=MARKETPLACE.name, limit=MOST), data_key.find_key(db, person)
    )
    return {
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
