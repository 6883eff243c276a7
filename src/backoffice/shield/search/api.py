"""The search door."""

from backoffice.kernel.database import Db
from backoffice.kernel.search import Asked, SearchOut, SearchQuery, surest
from backoffice.kernel.web import Call, Doors
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, success
from backoffice.shield.search import store

door = Doors(SHIELD, tag="Search", prefix="/v1/admin/search")
FINDERS = {
    Shield.USERS_READ: store.find_members,
    Shield.CLAIMS_READ: store.find_claims,
    Shield.PAYOUTS_READ: store.find_payouts,
}


@door.get("", permission=Shield.SELF)
async def search(query: SearchQuery, db: Db, call: Call) -> Success[SearchOut]:
    """What the term may mean, of everything one may see: the surest first, at most twenty."""
    asked = Asked.of(query.q, country=call.house.settings.default_country)
    queries = [find(db, asked) for permission, find in FINDERS.items() if call.caller.can(permission)]
    return success(await surest(*queries))
