"""The platform's door of searches and clicks."""

from backoffice.kernel.web import Doors
from backoffice.kernel.write import Tx
from backoffice.marketplace.browsing import actions
from backoffice.marketplace.browsing.schemas import BrowsedOut, BrowsingIn
from backoffice.marketplace.permissions import Scope
from backoffice.marketplace.product import MARKETPLACE, Success, success

door = Doors(MARKETPLACE, tag="Platform: searches and clicks", prefix="/api/v1/platform/browsing")


@door.post("", scope=Scope.ACTIVITY_WRITE)
async def tell_browsing(body: BrowsingIn, tx: Tx) -> Success[BrowsedOut]:
    """Up to a thousand searches and a thousand clicks. Send an Idempotency-Key: told twice they count twice."""
    return success(await actions.count_browsing(tx, body))
