"""The search door."""

from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK, Success, success
from backoffice.helpdesk.search import store
from backoffice.helpdesk.ticket.rules import sees_all
from backoffice.kernel.database import Db
from backoffice.kernel.search import Asked, SearchOut, SearchQuery, surest
from backoffice.kernel.web import Call, Doors

door = Doors(HELPDESK, tag="Search", prefix="/api/v1/search")


@door.get("", permission=Desk.TICKETS_VIEW)
async def search(query: SearchQuery, db: Db, call: Call) -> Success[SearchOut]:
    """What the term may mean, of everything one may see: the surest first, at most twenty."""
    asked = Asked.of(query.q, country=call.house.settings.default_country)
    queries = [store.find_tickets(db, asked, own=None if sees_all(call.caller) else call.caller.id)]
    if call.caller.can(Desk.CUSTOMERS_VIEW):
        queries.append(store.find_customers(db, asked))
    if call.caller.can(Desk.TEAM_MANAGE):
        queries.append(store.find_members(db, asked))
    return success(await surest(*queries))
