"""The dashboard door of shield's contract (7)."""

from datetime import UTC, datetime

from backoffice.kernel.database import Db
from backoffice.kernel.web import Doors
from backoffice.shield.dashboard import store
from backoffice.shield.dashboard.answers import Sums, stats_out
from backoffice.shield.dashboard.rules import Periods
from backoffice.shield.dashboard.schemas import StatsOut
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, success

door = Doors(SHIELD, tag="Dashboard", prefix="/v1/admin/dashboard")


@door.get("/stats", permission=Shield.CLAIMS_READ)
async def get_dashboard_stats(db: Db) -> Success[StatsOut]:
    """Members, claims, payouts and plans in figures, as they are now. Weeks start on Monday, in UTC."""
    periods = Periods.around(datetime.now(UTC).date())
    return success(stats_out(Sums(await store.list_sums(db, periods))))
