"""The search door."""

from backoffice.kernel.database import Db
from backoffice.kernel.search import Asked, SearchOut, SearchQuery, surest
from backoffice.kernel.web import Call, Doors
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, success
from backoffice.marketplace.search import store

door = Doors(MARKETPLACE, tag="Search", prefix="/api/v1/admin/search")
FINDERS = {
    Market.BOOKINGS_LIST: store.find_bookings,
    Market.DISPUTES_VIEW: store.find_disputes,
    Market.REFUNDS_LIST: store.find_refunds,
    Market.PAYMENTS_LIST: store.find_payments,
    Market.VENDORS_LIST: store.find_vendors,
    Market.SERVICES_LIST: store.find_services,
    Market.REVIEWS_MODERATE: store.find_takedowns,
}


@door.get("", permission=Market.SELF)
async def search(query: SearchQuery, db: Db, call: Call) -> Success[SearchOut]:
    """What the term may mean, of everything one may see: the surest first, at most twenty."""
    asked = Asked.of(query.q, country=call.house.settings.default_country)
    queries = [find(db, asked) for permission, find in FINDERS.items() if call.caller.can(permission)]
    if call.caller.can(Market.USERS_LIST):
        queries.insert(0, store.find_customers(db, asked, sees_personal=call.caller.can(Market.USERS_VIEW_PII)))
    return success(await surest(*queries))
